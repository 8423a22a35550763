#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The scripts of bench/ take the programs of build/, else those of demo.sh, else say what to run; from
# any folder.
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
finish
