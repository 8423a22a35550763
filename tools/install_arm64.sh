#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: tools/install_arm64.sh [ROOT]
#
# What it takes to build for arm64 and run it here: Debian's cross compiler and emulator, and Debian's arm64 libraries,
# taken apart under ROOT, where this system's packages are not touched (570 MB; 160 MB are fetched once). Prints ROOT.
set -eu
. "$(dirname "$0")/script_help.sh"
cd "$(dirname "$0")/.."
root=${1:-${XDG_CACHE_HOME:-${HOME:-/var/cache}/.cache}/sfdet-arm64}
packages="libc6-dev libavdevice-dev libavformat-dev libavcodec-dev libavfilter-dev libswscale-dev libswresample-dev
    libavutil-dev libopenblas-pthread-dev libstb-dev libcsv-dev libcjson-dev libyaml-dev libxml2-dev zlib1g-dev libcmocka-dev"

./tools/install_packages.sh gcc-aarch64-linux-gnu qemu-user-static
if [ "$(cat "$root/packages" 2>/dev/null)" = "$packages" ]; then
    echo "$root"
    exit 0
fi

# apt of its own: this system's sources, for arm64, as if nothing were installed.
rm -rf "$root"
apt=$root/apt
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$root/usr/lib" "$root/usr/bin" "$root/usr/sbin"
: >"$apt/status"
cat >"$apt/conf" <<END
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Architecture "arm64";
APT::Architectures "arm64";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
END
echo "fetching arm64 libraries into $root" >&2
export APT_CONFIG="$apt/conf"
apt-get update -qq >&2
# shellcheck disable=SC2086 # the list is meant to be split
apt-get install -qq -y --download-only $packages >&2

for folder in lib bin sbin; do
    ln -s usr/$folder "$root/$folder"
done
for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
        tar -x -C "$root" --keep-directory-symlink --exclude='./usr/share/doc/*' --exclude='./usr/share/locale/*' \
            --exclude='libav*.a' --exclude='libicu*.a' --exclude='libopenblas*.a'
done
# Where installed packages would have put links.
lib=$root/usr/lib/aarch64-linux-gnu
for file in "$lib"/openblas-pthread/*.so* "$lib"/pulseaudio/*.so; do
    ln -sf "${file#"$lib"/}" "$lib/"
done
ln -sf ../openblas-pthread/pkgconfig/openblas.pc "$lib/pkgconfig/"
rm -r "$apt"
echo "$packages" >"$root/packages"
echo "$root"
