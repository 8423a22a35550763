#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/cluster/slurm.sbatch under a Slurm of its own: one node with two CPUs on the loopback
# interface. Four tasks; a worker is killed, the node is drained meanwhile, a task is queued again.
set -u
PATH=$PATH:/usr/sbin:/sbin
for program in munged slurmctld slurmd sbatch; do
    if ! command -v $program >/dev/null; then
        echo "skipped: $program is not installed (Debian: slurm-wlm, munge)" >&2
        exit 77
    fi
done
. "$(dirname "$0")/lib.sh"
s=$tmp/slurm
mkdir -p "$s/state" "$s/spool"
chmod 700 "$s"
user=$(id -un)
port=$((20000 + $$ % 20000))
export SLURM_CONF=$s/slurm.conf
cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$s/munge.socket,cred_expire=5
StateSaveLocation=$s/state
SlurmdSpoolDir=$s/spool
SlurmctldPidFile=$s/slurmctld.pid
SlurmdPidFile=$s/slurmd.pid
SlurmctldLogFile=$s/slurmctld.log
SlurmdLogFile=$s/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=localhost Default=YES State=UP
END
head -c 128 /dev/urandom >"$s/munge.key"
chmod 400 "$s/munge.key"

daemons=
stop_slurm() {
    scancel --user="$user" 2>/dev/null
    for pid in $daemons; do
        kill "$pid" 2>/dev/null
    done
    for pid in $daemons; do
        wait "$pid" 2>/dev/null
    done
    rm -rf "$tmp"
}
trap stop_slurm EXIT
munged --foreground --force --key-file="$s/munge.key" --socket="$s/munge.socket" \
    --pid-file="$s/munged.pid" --log-file="$s/munged.log" --seed-file="$s/munged.seed" 2>/dev/null &
daemons=$!
slurmctld -D 2>/dev/null &
daemons="$daemons $!"
slurmd -D -N localhost 2>/dev/null &
daemons="$daemons $!"

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    n=$(($1 * 10))
    shift
    while [ "$n" -gt 0 ]; do
        "$@" && return 0
        sleep 0.1
        n=$((n - 1))
    done
    return 1
}
is_up() { sinfo -h -o %t 2>/dev/null | grep -qE '^(idle|mix|alloc)'; }
if ! wait_for 15 is_up; then
    echo "skipped: Slurm does not come up here: $(tail -n 3 "$s"/*.log)" >&2
    exit 77
fi

d=$tmp/d
# The first worker of task 0 is stopped in the middle of its work, to be killed there, however fast it is.
cat >"$tmp/worker" <<END
#!/bin/sh
"$build/sfdetect" "\$@" &
child=\$!
if [ "\$SLURM_ARRAY_TASK_ID" = 0 ] && mkdir "$tmp/first" 2>/dev/null; then
    until ls "$d"/*.journal >/dev/null 2>&1 || ! kill -0 \$child; do sleep 0.01; done
    kill -STOP \$child
    echo \$child >"$tmp/stopping" && mv "$tmp/stopping" "$tmp/victim"
fi
wait \$child
END
chmod +x "$tmp/worker"
export SFDETECT="$tmp/worker"
job=$(sbatch --parsable --array=0-3 --cpus-per-task=1 --chdir="$tmp" --output="$tmp/log-%a" \
    "$cluster/slurm.sbatch" $arguments --out-dir "$d" "$tmp/videos") || fail "sbatch"
is_stopped() { [ -s "$tmp/victim" ]; }
wait_for 30 is_stopped || fail "no work began: $(cat "$tmp"/log-* "$s/slurmctld.log")"
has_begun() { scontrol show job -o "${job}_1" 2>/dev/null | grep -qE 'JobState=(RUNNING|COMPLETING|COMPLETED)'; }
wait_for 30 has_begun || fail "task 1 does not begin: $(squeue)"
kill -9 "$(cat "$tmp/victim")" || fail "the worker ended before it was killed"
scontrol update nodename=localhost state=drain reason=test || fail "drain"
scontrol requeue "${job}_1" || fail "requeue"
scontrol update nodename=localhost state=resume || fail "resume"
is_over() { [ -z "$(squeue -h -j "$job" 2>/dev/null)" ]; }
wait_for 60 is_over || fail "not over: $(squeue; cat "$tmp"/log-*)"
same "$d"
[ "$(ls "$d" | grep -c '^manifest.[0-3]-of-4.jsonl$')" -eq 4 ] || fail "shares: $(ls "$d")"
finish
