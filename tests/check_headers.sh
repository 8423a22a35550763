#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as strict C11 and as C++, and a C++ program links with the
# library. Usage: check_headers.sh BUILD COMPILER
set -eu
build=$1
compiler=$2
cd "$(dirname "$0")/../include"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
warnings="-Wall -Wextra -Werror -pedantic -I ."

for header in sfdet/*.h; do
    printf '#include <%s>\n#include <%s>\n' "$header" "$header" >"$tmp/alone.c"
    # shellcheck disable=SC2086 # the list is meant to be split
    "$compiler" -std=c11 $warnings -Wstrict-prototypes -fsyntax-only "$tmp/alone.c"
    # shellcheck disable=SC2086
    ! command -v c++ >/dev/null || c++ -std=c++11 $warnings -fsyntax-only -x c++ "$tmp/alone.c"
    grep -q 'extern "C"' "$header" || [ "$header" = sfdet/sfdet.h ] ||
        { echo "$header: no extern \"C\"" >&2; exit 1; }
done

command -v c++ >/dev/null && [ -e "$build/libsfdet.so" ] || exit 0
cat >"$tmp/main.cpp" <<'END'
#include <sfdet/sfdet.h>
int main()
{
    sfd_eval_settings settings;
    sfd_eval_settings_defaults(&settings);
    sfd_eval *e = nullptr;
    const bool ok = sfd_eval_create(&e, &settings, nullptr) == SFD_OK;
    sfd_eval_free(e);
    return ok ? 0 : 1;
}
END
# shellcheck disable=SC2086
c++ -std=c++11 $warnings "$tmp/main.cpp" -o "$tmp/main" -L "$build" -lsfdet
LD_LIBRARY_PATH=$build "$tmp/main"
