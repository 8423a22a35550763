/* SPDX-License-Identifier: Apache-2.0 */
/* What a detector learns from: keyframes as pictures. */
#include "base/error.h"
#include "base/timeline.h"
#include "train/persons/persons.h"
#include "train/setup.h"

#include <stdio.h>

#define ANY_SIDE (1 << 20)

sfd_status sfd_persons_read_samples(sfd_trainer *t, sfd_error *err)
{
    char message[128];
    sfd_samples_settings how = {.truth = t->s.truth,
                                .n_classes = 1,
                                .strict = t->s.strict,
                                .user = t->s.user,
                                .on_warning = t->s.on_warning};
    sfd_status status = sfd_samples_read(&t->train, &how, err);
    if (status != SFD_OK)
        return status;
    if (t->train.n_boxes == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no box of a person", t->s.truth);
    snprintf(message, sizeof message, "%zu keyframe%s of %zu video%s, %zu person%s", t->train.n,
             sfd_plural(t->train.n), t->train.n_videos, sfd_plural(t->train.n_videos),
             t->train.n_boxes, sfd_plural(t->train.n_boxes));
    sfd_trainer_tell(t, message);
    how.truth = t->s.val_truth;
    return how.truth ? sfd_samples_read(&t->val, &how, err) : SFD_OK;
}

/* As inference resizes them. */
sfd_status sfd_persons_open_frames(sfd_trainer *t, sfd_error *err)
{
    const sfd_net_config size = {.test_crop_size = ANY_SIDE, .max_long_side = t->s.persons_side};
    sfd_samples_frames how = {.config = &size, .short_side = t->s.persons_side, .pictures = true};
    return sfd_trainer_open_frames(t, &how, t->s.persons_side, err);
}

sfd_status sfd_person_picture(sfd_rgb *out, const sfd_trainer *t, const sfd_samples *samples,
                              const sfd_sample *sample, sfd_frame_buffer *buffer)
{
    const sfd_frame_cache *f = &samples->videos[sample->video].frames;
    const int64_t frame = sfd_timeline_frame(sample->timestamp_s - t->s.timestamp_offset_s);
    const uint8_t *pixels;
    *out = (sfd_rgb){f->header.width, f->header.height, 3 * (size_t)f->header.width, NULL};
    if (!buffer)
        return SFD_OK;
    const sfd_status status = sfd_frame_cache_read(f, &frame, 1, buffer, &pixels);
    if (status == SFD_OK)
        out->rgb = (uint8_t *)pixels;
    return status;
}
