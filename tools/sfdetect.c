/* SPDX-License-Identifier: Apache-2.0 */
/* sfdetect: videos and person boxes in, labelled people out. */
#include "cli.h"
#include "persons.h"
#include "sfdetect_live.h"
#include "sfdetect_run.h"
#include "sfdetect_set.h"

#include <sfdet/codecs.h>

#include <stdlib.h>

#define BUNDLED "demo/slowfast_demo.safetensors" /* in data/ */

typedef struct app {
    options o;
    clip_list clips;
    person_source persons;
    sfd_model *model;
    sfd_detector *detector;
    outputs outputs;
    char *bundled; /* path of the default weights, NULL: not installed */
} app;

/* Without --weights the bundled network is taken, with a word about what it is. */
static int find_weights(app *a)
{
    if (!a->o.weights)
        return cli_usage_error(SFDETECT, "--weights FILE is needed: %s is not installed", BUNDLED);
    if (a->o.weights == a->bundled && !a->o.quiet)
        cli_warn(SFDETECT,
                 "no --weights: the bundled demo network knows synthetic figures only; for "
                 "real people take a published checkpoint (sfmodel zoo)");
    return CLI_CONTINUE;
}

static sfd_status open_network(app *a, sfd_error *err)
{
    sfd_model_settings settings;
    sfd_model_settings_defaults(&settings);
    settings.weights = a->o.weights;
    settings.config = a->o.config;
    settings.cpu = a->o.cpu;
    settings.exact = a->o.exact;
    sfd_status status = cli_open_model(&a->model, &settings, a->o.precision, err);
    if (status == SFD_OK)
        status = sfd_detector_create(&a->detector, a->model, a->o.threads, err);
    if (status == SFD_OK)
        status =
            sfd_detector_set_views(a->detector, a->o.scales, (size_t)a->o.n_scales, a->o.flip, err);
    return status;
}

/* What looks as sure as the rest, and is not. */
static const char *caution(const app *a)
{
    const bool labels = a->o.weights == a->bundled, persons = !a->o.proposals && !a->o.persons;
    return labels && persons ? "found and labelled by the bundled networks, which know synthetic "
                               "figures only"
           : labels          ? "labelled by the bundled network, which knows synthetic figures only"
           : persons ? "persons found by the bundled detector, which knows synthetic figures only"
                     : NULL;
}

static int run(app *a, clip_run *r)
{
    cli_catch_interrupt();
    int exit_status = run_clips(r);
    if (exit_status == CLI_CONTINUE)
        exit_status = finish_clips(r);
    if (exit_status == CLI_CONTINUE && a->o.render)
        exit_status = render_clip(r);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    return r->n_failed + r->n_clips_failed + count_unusable(&a->persons) > 0 ? CLI_PARTIAL
                                                                             : CLI_DONE;
}

static int detect(app *a)
{
    sfd_error err;
    sfd_status status = open_network(a, &err); /* says which boxes count */
    if (status != SFD_OK) {
        fail_weights(SFDETECT, a->o.weights, false, &err);
        return status == SFD_ERR_ARG ? CLI_USAGE : CLI_FAILED;
    }
    if (cli_check_model(SFDETECT, a->model) != CLI_CONTINUE)
        return CLI_USAGE;
    status = open_persons(&a->persons, &a->clips, a->model, &err);
    if (status != SFD_OK)
        return fail_weights(SFDETECT, a->o.persons, true, &err);
    if (a->o.out_dir)
        return run_set(&a->o, &a->clips, &a->persons, a->model, a->detector);
    clip_run r = {.o = &a->o,
                  .clips = &a->clips,
                  .persons = &a->persons,
                  .detector = a->detector,
                  .outputs = &a->outputs};
    if (!a->o.live && !check_clips(&r))
        return CLI_FAILED;
    if (!a->o.quiet)
        tell_counts(&a->persons);
    if (a->o.segments)
        status = check_persons_known(&a->persons, &a->clips, &err);
    if (status == SFD_OK)
        status = open_outputs(&a->outputs, &a->o, &a->clips, a->model, caution(a), &err);
    if (status != SFD_OK) {
        cli_fail(SFDETECT, &err);
        return status == SFD_ERR_ARG ? CLI_USAGE : CLI_FAILED;
    }
    return run(a, &r);
}

static void close_all(app *a)
{
    close_outputs(&a->outputs);
    sfd_detector_free(a->detector);
    sfd_model_free(a->model);
    close_persons(&a->persons);
    cli_overrides_free(&a->o.overrides);
    free_clips(&a->clips);
    free(a->bundled);
}

int main(int argc, char **argv)
{
    app a = {0};
    int n_clips;
    cli_start();
    sfd_quiet_codecs();
    a.bundled = cli_data_path(BUNDLED);
    int exit_status = parse_options(&a.o, a.bundled, argc, argv, &n_clips);
    if (exit_status == CLI_CONTINUE && a.o.merge)
        exit_status = cli_finish_stdout(SFDETECT, merge_sets(&a.o, argv + 1, (size_t)n_clips));
    if (exit_status == CLI_CONTINUE)
        exit_status = find_weights(&a);
    if (exit_status == CLI_CONTINUE)
        exit_status = a.o.live ? add_live_source(&a.clips, a.o.live)
                               : add_clips(&a.clips, &a.o, argv + 1, (size_t)n_clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = choose_persons(&a.persons, &a.o, &a.clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = cli_finish_stdout(SFDETECT, detect(&a));
    close_all(&a);
    return exit_status;
}
