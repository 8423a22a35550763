/* SPDX-License-Identifier: Apache-2.0 */
/* sfeval: AVA frame mAP of detection files; persons' boxes and tracks; actions in tubes. */
#include "cli.h"
#include "sfeval_actions.h"
#include "sfeval_persons.h"
#include "sfeval_tubes.h"

static int measure_persons(const options *s)
{
    const persons_job job = {.gt = s->gt,
                             .json = s->json,
                             .boxes = s->boxes,
                             .tracks = s->tracks,
                             .strict = s->strict,
                             .iou = s->ious[0],
                             .paths = s->paths,
                             .n_paths = s->n_paths};
    return evaluate_persons(SFEVAL, &job);
}

static int measure_tubes(const options *s)
{
    const tubes_job job = {.gt = s->gt,
                           .json = s->json,
                           .linking = s->linking,
                           .best_label = s->best_label,
                           .strict = s->strict,
                           .fps = s->fps,
                           .iou = s->ious[0],
                           .min_frames = s->min_frames,
                           .first_label = s->first_label,
                           .paths = s->paths,
                           .n_paths = s->n_paths};
    return evaluate_tubes(SFEVAL, &job);
}

int main(int argc, char **argv)
{
    options s = {0};
    cli_start();
    int status = parse_options(&s, argc, argv);
    if (status != CLI_CONTINUE)
        return status;
    if (s.tubes)
        return measure_tubes(&s);
    return s.boxes || s.tracks ? measure_persons(&s) : evaluate_actions(&s);
}
