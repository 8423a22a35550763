#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The scripts of bench/ take the programs of build/, else those of demo.sh, else say what to run; from
# any folder. Those of tools/ tell what they do, and take no option for a folder's name.
set -u
. "$(dirname "$0")/lib.sh"
scripts=$PWD/../../bench
tree=$tmp/tree
mkdir -p "$tree/build-demo" "$tmp/elsewhere"
cp -r "$scripts" "$tree/bench"
cd "$tmp/elsewhere" || exit 1
echo '{}' >gt.csv
expect 1 "sfmodel is not built yet: run ./demo.sh, or: cmake" python3 "$tree/bench/roofline.py"
expect 1 "sfmodel is not built yet" python3 "$tree/bench/rivals.py"
expect 1 "sfeval is not built yet" python3 "$tree/bench/official_ava.py" --gt gt.csv --labels gt.csv gt.csv
expect 1 "missing: no such program" python3 "$tree/bench/roofline.py" --sfmodel missing
printf "#!/bin/sh\nexit 1\n" >"$tree/build-demo/sfmodel"
chmod +x "$tree/build-demo/sfmodel"
python3 "$tree/bench/roofline.py" 2>&1 | grep -q "build-demo/sfmodel" ||
    fail "the build of demo.sh was not found"

root=$scripts/..
for script in "$root"/*.sh "$root"/tools/make_*.sh "$root"/tools/install_arm64.sh "$root"/tools/python/*.sh "$root"/tools/demo/*.sh \
    "$root"/tools/paper/*.sh; do
    check sh "$script" --help >help
    [ "$(wc -l <help)" -ge 3 ] && ! grep -q '^#' help || fail "$script --help: $(cat help)"
    expect 2 "$(basename "$script"): no option --halp; --help tells what there is" sh "$script" --halp
done
expect 2 "make_sound.sh: no option --halp" sh "$root/tools/paper/make_sound.sh" --quick --halp
grep -qF "make_tables.sh [--quick] [DIR]" help || fail "make_tables.sh --help: $(cat help)"
[ "$(ls)" = "gt.csv
help" ] || fail "left over: $(ls)"
finish
