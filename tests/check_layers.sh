#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Includes may only follow the arrows of docs/architecture.md; libav* belongs to media/; the programs see
# the public headers only.
set -eu
cd "$(dirname "$0")/.."
failed=0

# check FOLDER ALLOWED...: every quoted include of src/FOLDER names one of the allowed folders.
check() {
    folder=$1
    shift
    allowed=$(echo "$folder $*" | tr ' ' '|')
    if grep -rnE '^#include "' "src/$folder" | grep -vE "#include \"($allowed)/"; then
        echo "src/$folder may include only: $folder $*" >&2
        failed=1
    fi
}

check base
check kernels base
check weights base
check backbone kernels weights base
check detect backbone kernels weights base
check media base
check eval base
check train detect backbone kernels weights media eval base
check pipeline media detect base
[ ! -d src/synth ] || check synth media base

forbid() {
    if grep -rnE "$1" $2; then
        echo "$3" >&2
        failed=1
    fi
}
forbid '#include "[a-z]+/' "tools examples" "programs include <sfdet/...> only"
forbid '#include <lib(av|sw)' "$(ls -d src/*/ | grep -v media)" "FFmpeg belongs to src/media"
forbid '\b(printf|puts|exit|abort)\(' "src" "the library neither prints nor exits"

exit $failed
