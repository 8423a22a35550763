/* SPDX-License-Identifier: Apache-2.0 */
/* what_happens WEIGHTS CLIP SECONDS X1 Y1 X2 Y2 [CONFIG]
 *
 * Tells the three most likely actions of the person in a box (corners as fractions of width and
 * height) at a point of a video: the smallest program over libsfdet. CONFIG is for weights that do
 * not tell their network. */
#include <sfdet/sfdet.h>

#include <stdio.h>
#include <stdlib.h>

static int highest(const sfd_keyframe *k, const float *scores, float below)
{
    int best = -1;
    for (int c = 0; c < k->n_classes; c++)
        if (scores[c] < below && (best < 0 || scores[c] > scores[best]))
            best = c;
    return best;
}

/* Called for every keyframe that is done. */
static sfd_status print_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    const sfd_labels *labels = user;
    (void)err;
    for (size_t i = 0; i < k->n_persons; i++) {
        float below = 2;
        for (int rank = 0; rank < 3; rank++) {
            int c = highest(k, k->persons[i].scores, below);
            if (c < 0)
                break;
            below = k->persons[i].scores[c];
            const char *name = sfd_labels_name(labels, k->class_ids[c]);
            printf("%.3f %s\n", (double)below, name ? name : "(no action)");
        }
    }
    return SFD_OK;
}

int main(int argc, char **argv)
{
    if (argc < 8 || argc > 9) {
        fprintf(stderr, "usage: what_happens WEIGHTS CLIP SECONDS X1 Y1 X2 Y2 [CONFIG]\n");
        return 2;
    }
    sfd_error err = {SFD_OK, ""};
    sfd_labels *labels = NULL;
    sfd_model *model = NULL;
    sfd_detector *detector = NULL;
    sfd_proposals *boxes = NULL;
    sfd_model_settings model_settings;
    sfd_model_settings_defaults(&model_settings);
    model_settings.weights = argv[1];
    model_settings.config = argc > 8 ? argv[8] : NULL;
    sfd_detect_settings settings;
    sfd_detect_settings_defaults(&settings);
    settings.on_keyframe = print_keyframe;
    const sfd_proposal box = {.timestamp_s = atof(argv[3]),
                              .box = {atof(argv[4]), atof(argv[5]), atof(argv[6]), atof(argv[7])},
                              .score = 1};
    sfd_detect_summary summary = {0};

    bool ok = sfd_labels_open(&labels, NULL, &err) == SFD_OK &&
              sfd_model_open(&model, &model_settings, &err) == SFD_OK &&
              sfd_detector_create(&detector, model, 0, &err) == SFD_OK &&
              sfd_proposals_make(&boxes, "clip", &box, 1, &err) == SFD_OK;
    settings.user = labels;
    if (ok)
        ok = sfd_detector_run_video(detector, argv[2], "clip", boxes, &settings, &summary, &err) ==
             SFD_OK;
    if (!ok)
        fprintf(stderr, "what_happens: %s\n", err.message);
    sfd_proposals_free(boxes);
    sfd_detector_free(detector);
    sfd_model_free(model);
    sfd_labels_free(labels);
    return ok && summary.n_done == 1 ? 0 : 1;
}
