#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make_help.sh BUILD OUT: manual pages (by help2man, where it is installed) and completion for bash,
# zsh and fish, all from what the programs in the folder BUILD print as --help-all, into OUT/man1,
# OUT/bash, OUT/zsh and OUT/fish.
set -eu
[ $# -eq 2 ] || { echo "usage: make_help.sh BUILD OUT" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
build=$1
out=$2
mkdir -p "$out/man1" "$out/bash" "$out/zsh" "$out/fish"
version=$("$build/sfdetect" --version | cut -d' ' -f2)

# what PROGRAM does: the first sentence of its help
does() {
    awk 'NR >= 3 && !NF { exit } NR >= 3 { text = text (text == "" ? "" : " ") $0 }
        END { sub(/[.:;].*/, "", text); print tolower(substr(text, 1, 1)) substr(text, 2) }' "$out/help"
}

# man PAGE NAME COMMAND...: help2man wants one word that it can run
man() {
    page=$1
    name=$2
    shift 2
    command -v help2man >/dev/null || return 0
    printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$out/$page"
    chmod +x "$out/$page"
    help2man --no-info --help-option=--help-all --version-string="$version" --name="$name" --output="$out/man1/$page.1" "$out/$page"
    gzip -9nf "$out/man1/$page.1"
    rm "$out/$page"
}

for program in sfboxes sfcheck sfclassify sfconvert sfdetect sfeval sfmodel sfrender sfreport sfsynth sftrain; do
    "$build/$program" --help-all >"$out/help"
    man "$program" "$(does)" "$build/$program"
    { echo "@ $program"; cat "$out/help"; } >"$out/all"
    # a program with commands has a page for each
    for command in $(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$out/help" | uniq); do
        "$build/$program" "$command" --help-all >"$out/help"
        man "$program-$command" "$(does)" "$build/$program" "$command"
        { echo "@ $program $command"; cat "$out/help"; } >>"$out/all"
    done
    awk -v shell=bash -f "$here/completion.awk" "$out/all" >"$out/bash/$program"
    awk -v shell=zsh -f "$here/completion.awk" "$out/all" >"$out/zsh/_$program"
    awk -v shell=fish -f "$here/completion.awk" "$out/all" >"$out/fish/$program.fish"
    rm "$out/help" "$out/all"
done
