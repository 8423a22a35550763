/* SPDX-License-Identifier: Apache-2.0 */
/* Loops shared by threads: every item once, results visible, also when threads sleep, in many
 * teams, and after a fork; guests; cores by affinity, quota and Slurm, memory by groups. */
#include "base/memory.h"
#include "base/team.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST_ITEMS 1000

typedef struct tally {
    int count[MOST_ITEMS];
    int size;
    bool bad_thread;
} tally;

static void count_item(void *user, size_t item, int thread)
{
    tally *t = user;
    t->count[item]++; /* plain: an item that two threads get is a race for the thread sanitizer */
    if (thread < 0 || thread >= t->size)
        t->bad_thread = true;
}

static void check_loop(sfd_team *team, size_t n)
{
    tally t = {.size = sfd_team_size(team)};
    sfd_team_for(team, n, count_item, &t);
    for (size_t i = 0; i < MOST_ITEMS; i++)
        assert_int_equal(t.count[i], i < n);
    assert_false(t.bad_thread);
}

static sfd_team *new_team(int n_threads)
{
    sfd_team *team;
    sfd_error err;
    assert_int_equal(sfd_team_create(&team, n_threads, &err), SFD_OK);
    assert_int_equal(sfd_team_size(team), n_threads);
    return team;
}

static void every_item_once(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 9; n_threads += 2) {
        sfd_team *team = new_team(n_threads);
        for (int round = 0; round < 300; round++)
            check_loop(team, (size_t)(round * 7 % (MOST_ITEMS + 1)));
        check_loop(team, MOST_ITEMS);
        sfd_team_destroy(team);
    }
    sfd_team_destroy(NULL);
}

/* Longer than threads spin, so that they sleep. */
static void sleeping_threads_wake(void **state)
{
    (void)state;
    sfd_team *team = new_team(3);
    for (int round = 0; round < 20; round++) {
        usleep(round % 2 ? 2000 : 90);
        check_loop(team, 50);
    }
    sfd_team_destroy(team);
}

static void count_in_own_team(void *user, size_t item, int thread)
{
    (void)user;
    (void)item;
    (void)thread;
    sfd_team *team = new_team(2);
    for (int i = 0; i < 50; i++)
        check_loop(team, 10);
    sfd_team_destroy(team);
}

static void teams_do_not_meet(void **state)
{
    (void)state;
    sfd_team *team = new_team(4);
    sfd_team_for(team, 8, count_in_own_team, NULL);
    sfd_team_destroy(team);
}

static void a_forked_process_goes_on_alone(void **state)
{
    (void)state;
    sfd_team *team = new_team(4);
    check_loop(team, 100);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        tally t = {.size = 1};
        sfd_team_for(team, 100, count_item, &t);
        int n = 0;
        for (size_t i = 0; i < 100; i++)
            n += t.count[i];
        sfd_team_destroy(team);
        _exit(n == 100 && !t.bad_thread ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    check_loop(team, 100);
    sfd_team_destroy(team);
}

/* --------------------------------------------------------------------- guests */

#define N_GUESTS 3

typedef struct visit {
    sfd_team *team;
    unsigned n_dismissed;
    pthread_t thread;
} visit;

static void *help_team(void *user)
{
    const visit *v = user;
    sfd_team_help(v->team, v->n_dismissed);
    return NULL;
}

static void invite(visit guests[N_GUESTS], sfd_team *team)
{
    for (int i = 0; i < N_GUESTS; i++) {
        guests[i] = (visit){.team = team, .n_dismissed = sfd_team_dismissals(team)};
        assert_int_equal(pthread_create(&guests[i].thread, NULL, help_team, &guests[i]), 0);
    }
}

static void send_away(visit guests[N_GUESTS], sfd_team *team)
{
    sfd_team_dismiss(team);
    for (int i = 0; i < N_GUESTS; i++)
        assert_int_equal(pthread_join(guests[i].thread, NULL), 0);
}

static void wait_for_another(void *user, size_t item, int thread)
{
    (void)item;
    atomic_int *threads = user;
    atomic_fetch_or(threads, 1 << thread);
    for (int i = 0; i < 5000 && (atomic_load(threads) & ~1) == 0; i++)
        usleep(1000);
}

/* There are places for two; they come, may enter a loop that has begun, and leave when told to. */
static void guests_take_part(void **state)
{
    (void)state;
    visit guests[N_GUESTS];
    sfd_team *team;
    assert_int_equal(sfd_team_create_open(&team, 1, 3, NULL), SFD_OK);
    assert_int_equal(sfd_team_size(team), 3);
    for (int round = 0; round < 50; round++) {
        atomic_int threads = 0;
        invite(guests, team);
        sfd_team_for(team, 2, wait_for_another, &threads);
        assert_true(atomic_load(&threads) > 1 && atomic_load(&threads) < 1 << 3);
        for (int i = 0; i < 20; i++)
            check_loop(team, (size_t)(i * 13));
        send_away(guests, team);
        check_loop(team, 50);
    }
    /* told to leave before they came */
    const unsigned before = sfd_team_dismissals(team);
    sfd_team_dismiss(team);
    sfd_team_help(team, before);
    sfd_team_destroy(team);

    team = new_team(2); /* no place */
    sfd_team_help(team, sfd_team_dismissals(team));
    check_loop(team, 50);
    sfd_team_destroy(team);
}

/* ------------------------------------------------------------------ cores */

static char root[64];

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int quota_of(const char *cgroups)
{
    char path[128];
    write_file("self", cgroups);
    snprintf(path, sizeof path, "%s/self", root);
    return sfd_quota_cores(path, root);
}

static void quotas_limit_cores(void **state)
{
    (void)state;
    strcpy(root, "/tmp/sfdet_cgroup_XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(quota_of(""), INT_MAX);
    assert_int_equal(quota_of("nonsense\n0:\n"), INT_MAX);
    write_file("pod/box/cpu.max", "max 100000\n");
    write_file("pod/cpu.max", "150000 100000\n");
    assert_int_equal(quota_of("0::/pod/box\n"), 2); /* the group above limits, rounded up */
    write_file("pod/box/cpu.max", "100000 100000\n");
    assert_int_equal(quota_of("0::/pod/box\n"), 1);
    assert_int_equal(quota_of("0::/elsewhere/not/mounted\n"), INT_MAX);
    write_file("cpu.max", "400000 100000\n"); /* of a container that sees only its own group */
    assert_int_equal(quota_of("0::/elsewhere/not/mounted\n"), 4);
    write_file("cpu,cpuacct/a/cpu.cfs_quota_us", "300000\n");
    write_file("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota_of("9:cpuset:/x\n4:cpu,cpuacct:/a\n"), 3);
    write_file("cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
    assert_int_equal(quota_of("9:cpuset:/x\n4:cpu,cpuacct:/a\n"), INT_MAX);
    assert_int_equal(sfd_quota_cores("/nonexistent", root), INT_MAX);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

static size_t memory_of(const char *meminfo, const char *cgroups)
{
    char file[128], groups[128];
    write_file("meminfo", meminfo);
    write_file("self", cgroups);
    snprintf(file, sizeof file, "%s/meminfo", root);
    snprintf(groups, sizeof groups, "%s/self", root);
    return sfd_free_memory_of(file, groups, root);
}

static void groups_limit_memory(void **state)
{
    (void)state;
    static const char machine[] = "MemTotal: 9000 kB\nMemAvailable:    4000 kB\nBuffers: 1 kB\n";
    strcpy(root, "/tmp/sfdet_memory_XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_true(memory_of("MemTotal: 9000 kB\n", "") == SIZE_MAX);
    assert_int_equal(memory_of(machine, "nonsense\n"), 4000 * 1024);
    write_file("pod/box/memory.max", "max\n");
    assert_int_equal(memory_of(machine, "0::/pod/box\n"), 4000 * 1024);
    write_file("pod/memory.max", "1048576\n");
    assert_int_equal(memory_of(machine, "0::/pod/box\n"), 1048576);
    assert_int_equal(memory_of("", "0::/pod/box\n"), 1048576);
    write_file("memory/a/memory.limit_in_bytes", "9223372036854771712\n");
    assert_int_equal(memory_of(machine, "9:memory:/a\n4:cpu:/a\n"), 4000 * 1024);
    write_file("memory/a/memory.limit_in_bytes", "65536\n");
    assert_int_equal(memory_of(machine, "9:memory:/a\n4:cpu:/a\n"), 65536);
    assert_true(sfd_free_memory() > 0);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

static void affinity_and_slurm_limit_cores(void **state)
{
    (void)state;
    cpu_set_t before, one;
    unsetenv("SLURM_CPUS_PER_TASK");
    const int all = sfd_usable_cores();
    assert_true(all >= 1);
    setenv("SLURM_CPUS_PER_TASK", "1", 1);
    assert_int_equal(sfd_usable_cores(), 1);
    setenv("SLURM_CPUS_PER_TASK", "100000", 1);
    assert_int_equal(sfd_usable_cores(), all);
    setenv("SLURM_CPUS_PER_TASK", "none", 1);
    assert_int_equal(sfd_usable_cores(), all);
    unsetenv("SLURM_CPUS_PER_TASK");

    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(sfd_usable_cores(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_once),    cmocka_unit_test(sleeping_threads_wake),
        cmocka_unit_test(teams_do_not_meet),  cmocka_unit_test(a_forked_process_goes_on_alone),
        cmocka_unit_test(guests_take_part),   cmocka_unit_test(groups_limit_memory),
        cmocka_unit_test(quotas_limit_cores), cmocka_unit_test(affinity_and_slurm_limit_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
