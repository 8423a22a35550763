# SPDX-License-Identifier: Apache-2.0
# For scripts, which source it first: -h and --help print the comment at their head, and options that it does not have
# in brackets are refused, for they would be taken as a folder's name.
for argument in "$@"; do
    case $argument in
    -h | --help)
        sed -n -e 1,2d -e '/^#/!q' -e 's/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    -*)
        grep -qF "[$argument]" "$0" && continue
        echo "$(basename "$0"): no option $argument; --help tells what there is" >&2
        exit 2
        ;;
    esac
done
