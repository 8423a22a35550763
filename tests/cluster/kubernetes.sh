#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/cluster/kubernetes.yaml without a cluster: it is YAML of an Indexed Job, and its command line,
# run once for each index with the variable that Kubernetes sets, does all shares of the set.
set -u
if ! /usr/bin/python3 -c 'import yaml' 2>/dev/null; then
    echo "skipped: Debian's python3-yaml is not installed" >&2
    exit 77
fi
. "$(dirname "$0")/lib.sh"
# the number of pods, then what a pod runs, a word a line
/usr/bin/python3 - "$cluster/kubernetes.yaml" >"$tmp/job" <<'END'
import sys, yaml
job, = yaml.safe_load_all(open(sys.argv[1]))
assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job") and job["spec"]["completionMode"] == "Indexed"
pod = job["spec"]["template"]["spec"]
container, = pod["containers"]
mounted = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
assert {v["name"] for v in pod["volumes"]} == set(mounted) and pod["restartPolicy"] in ("OnFailure", "Never")
print(job["spec"]["completions"], *container["command"], *container["args"], sep="\n")
END
[ -s "$tmp/job" ] || fail "kubernetes.yaml"
n=$(head -1 "$tmp/job")
grep -qx -- "--shard=auto/$n" "$tmp/job" || fail "completions: $n, but $(grep shard "$tmp/job")"
# /data is a folder here, and the network a small one
mkdir "$tmp/data"
ln -s "$tmp/videos" "$tmp/data/videos"
cp "$tmp/boxes.csv" "$tmp/data/boxes.csv"
cp golden/sf_r50/weights.safetensors "$tmp/data/r101.pyth"
sed -e 1,2d -e "s|/data|$tmp/data|" -e '/--timestamp-offset/d' "$tmp/job" >"$tmp/words"
index=0
while [ "$index" -lt "$n" ]; do
    JOB_COMPLETION_INDEX=$index xargs -d '\n' -a "$tmp/words" \
        "$SFDETECT" -q -t 1 -c golden/sf_r50/config.yaml || fail "index $index"
    index=$((index + 1))
done
same "$tmp/data/val"
finish
