#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfdetect by GNU parallel, N shares at once on this machine: parallel.sh N SFDETECT-ARGUMENTS...
# With several machines, add parallel's --sshlogin and a folder that all of them see. What fails is
# tried once more, and may be called again: it goes on.
n=${1:?usage: parallel.sh N SFDETECT-ARGUMENTS...}
shift
seq 0 $((n - 1)) | parallel --will-cite -j "$n" --retries 2 -q \
    "${SFDETECT:-sfdetect}" --shard "{}/$n" --resume "$@"
