/* SPDX-License-Identifier: Apache-2.0 */
/* what_is_heard WEIGHTS WIDTH HEIGHT PICTURES SOUND SECONDS X1 Y1 X2 Y2 [CONFIG]
 *
 * Scores the person in a box (corners as fractions of width and height) by a network that listens,
 * in a clip that the program itself has in memory. PICTURES and SOUND are raw, as made by
 *     ffmpeg -i VIDEO -vf fps=30 -pix_fmt rgb24 -f rawvideo PICTURES -ac 1 -ar 16000 -f f32le SOUND
 * (16000: sound_rate of sfd_model_info). Prints a line for each class, its id and score. */
#include <sfdet/sfdet.h>

#include <stdio.h>
#include <stdlib.h>

/* The pictures that the network wants to see around time_s: [n_frames][height][width][3]. */
static bool read_pictures(uint8_t *out, const char *path, size_t picture_bytes, double time_s,
                          const sfd_model *model)
{
    const int n = sfd_model_get_info(model)->n_frames;
    int64_t *numbers = calloc((size_t)n, sizeof *numbers), centre;
    FILE *f = fopen(path, "rb");
    bool ok = numbers && f && fseek(f, 0, SEEK_END) == 0;
    const int64_t total = ok ? ftell(f) / (long)picture_bytes : 0;
    ok = total > 0;
    if (ok)
        sfd_model_clip_frames(model, time_s, total, numbers, &centre);
    for (int i = 0; ok && i < n; i++)
        ok = fseek(f, (long)numbers[i] * (long)picture_bytes, SEEK_SET) == 0 &&
             fread(out + (size_t)i * picture_bytes, picture_bytes, 1, f) == 1;
    if (f)
        fclose(f);
    free(numbers);
    return ok;
}

/* The sound of the same clip, out [n_sound] of zeros: silence before the video and behind its end.
 */
static bool read_sound(float *out, const char *path, double time_s, const sfd_model *model)
{
    const int64_t first = sfd_model_clip_sound(model, time_s);
    const size_t n = sfd_model_get_info(model)->n_sound;
    const size_t before = first >= 0 ? 0 : (size_t)-first < n ? (size_t)-first : n;
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    bool ok = fseek(f, first > 0 ? (long)first * (long)sizeof *out : 0, SEEK_SET) == 0;
    if (ok)
        ok = fread(out + before, sizeof *out, n - before, f) <= n && !ferror(f);
    fclose(f);
    return ok;
}

static sfd_status score(sfd_detector *detector, const sfd_model *model, sfd_shown_clip *clip,
                        const uint8_t *rgb, int width, int height, const sfd_box_norm *box,
                        sfd_error *err)
{
    const sfd_model_info *info = sfd_model_get_info(model);
    sfd_image *images = calloc(clip->n_frames, sizeof *images);
    const sfd_image **frames = calloc(clip->n_frames, sizeof *frames);
    float *scores = calloc((size_t)info->n_classes, sizeof *scores);
    sfd_status status = SFD_ERR_NOMEM;
    for (size_t i = 0; images && frames && i < clip->n_frames; i++) {
        const size_t row = 3 * (size_t)width;
        images[i] = (sfd_image){width, height, row, rgb + i * row * (size_t)height};
        frames[i] = &images[i];
    }
    clip->frames = frames;
    if (images && frames && scores)
        status = sfd_detector_run_clip(detector, clip, box, 1, scores, NULL, err);
    for (int c = 0; status == SFD_OK && c < info->n_classes; c++)
        printf("%d %.6f\n", info->class_ids[c], (double)scores[c]);
    free(images);
    free(frames);
    free(scores);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 11 || argc > 12) {
        fprintf(stderr, "usage: what_is_heard WEIGHTS WIDTH HEIGHT PICTURES SOUND SECONDS X1 Y1 X2 "
                        "Y2 [CONFIG]\n");
        return 2;
    }
    const int width = atoi(argv[2]), height = atoi(argv[3]);
    const double time_s = atof(argv[6]);
    const sfd_box_norm box = {atof(argv[7]), atof(argv[8]), atof(argv[9]), atof(argv[10])};
    const size_t picture_bytes = 3 * (size_t)width * (size_t)height;
    sfd_error err = {SFD_OK, "pictures or sound cannot be read, or have another size"};
    sfd_model *model = NULL;
    sfd_detector *detector = NULL;
    uint8_t *rgb = NULL;
    float *sound = NULL;
    sfd_model_settings settings;
    sfd_model_settings_defaults(&settings);
    settings.weights = argv[1];
    settings.config = argc > 11 ? argv[11] : NULL;
    sfd_shown_clip clip;
    sfd_shown_clip_defaults(&clip);

    bool ok = width > 0 && height > 0 && sfd_model_open(&model, &settings, &err) == SFD_OK &&
              sfd_detector_create(&detector, model, 0, &err) == SFD_OK;
    if (ok) {
        const sfd_model_info *info = sfd_model_get_info(model);
        clip.n_frames = (size_t)info->n_frames;
        rgb = calloc(clip.n_frames, picture_bytes);
        clip.sound = sound = calloc(info->n_sound + 1, sizeof *sound);
        ok = rgb && sound && read_pictures(rgb, argv[4], picture_bytes, time_s, model) &&
             read_sound(sound, argv[5], time_s, model) &&
             score(detector, model, &clip, rgb, width, height, &box, &err) == SFD_OK;
    }
    if (!ok)
        fprintf(stderr, "what_is_heard: %s\n", err.message);
    free(rgb);
    free(sound);
    sfd_detector_free(detector);
    sfd_model_free(model);
    return ok ? 0 : 1;
}
