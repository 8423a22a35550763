#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --help fits a screen. Manual pages and completion follow from --help-all: every option is in them, and shells take
# them.
. "$(dirname "$0")/lib.sh"
make=$(cd "$(dirname "$0")/../../tools/help" && pwd)/make_help.sh
check sh "$make" "$build" "$tmp/help"

for program in sfboxes sfcheck sfclassify sfconvert sfdetect sfeval sfmodel sfrender sfreport sfsynth sftrain; do
    bash=$tmp/help/bash/$program
    check bash -n "$bash"
    ! command -v zsh >/dev/null || check zsh -n "$tmp/help/zsh/_$program"
    ! command -v fish >/dev/null || check fish -n "$tmp/help/fish/$program.fish"
    page=$tmp/help/man1/$program.1.gz
    for option in $("$build/$program" --help-all | sed -n 's/^  \(-., \)\?\(--[a-zA-Z-]*\).*/\2/p'); do
        grep -q -e "[ \"]$option[ \"]" "$bash" || fail "no $option for bash in $program"
        grep -q -e "'$option\[" "$tmp/help/zsh/_$program" || [ $program = sfmodel ] ||
            fail "no $option for zsh in $program"
        grep -q -e " -l ${option#--} " "$tmp/help/fish/$program.fish" ||
            fail "no $option for fish in $program"
        [ ! -e "$page" ] || zcat "$page" | sed 's/\\-/-/g' | grep -q -e "$option" ||
            fail "no $option in the manual of $program"
    done
done

# fits PROGRAM [COMMAND]: the help is at most 40 lines of 100 columns, and --help-all has all of its options
fits() {
    "$build/$@" --help >"$tmp/short" && "$build/$@" --help-all >"$tmp/all" || fail "$* --help"
    [ "$(wc -l <"$tmp/short")" -le 40 ] || fail "$* --help has $(wc -l <"$tmp/short") lines"
    [ "$(wc -L <"$tmp/short")" -le 100 ] || fail "$* --help has lines of $(wc -L <"$tmp/short") columns"
    for option in $(sed -n 's/^  \(-., \)\?\(--[a-zA-Z-]*\).*/\2/p' "$tmp/short"); do
        grep -q -e "^  \(-., \)\?$option\( \|\$\)" "$tmp/all" || [ "$option" = --help-all ] || fail "$* --help-all lacks $option"
    done
}
for program in sfboxes sfcheck sfclassify sfconvert sfdetect sfeval sfmodel sfrender sfreport sfsynth sftrain; do
    fits $program
done
for command in info convert presets zoo init bench compare quantise; do
    fits sfmodel $command
done

# complete WORD...: what bash offers for the last one
complete() {
    bash -c '. "$0/$1"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$1"; echo "${COMPREPLY[@]}"' \
        "$tmp/help/bash" "$@"
}
cd "$tmp" && mkdir work && cd work && touch clip.mp4 || exit 1
# offers WANTED WORD...
offers() {
    wanted=$1
    shift
    [ "$(complete "$@")" = "$wanted" ] || fail "$*: \"$(complete "$@")\", wanted \"$wanted\""
}
offers "--proposals" sfdetect --prop
offers "bf16" sfdetect --precision b
offers "clip.mp4" sfdetect -o c
offers "clip.mp4" sfdetect ""
offers "" sfdetect --threads ""
offers "presets" sfmodel p
offers "--calibrate" sfmodel quantise --cal
offers "" sfmodel presets --cal
finish
