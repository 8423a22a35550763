/* SPDX-License-Identifier: Apache-2.0 */
/* A video reader without files. */
#include "fake_video.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH  64
#define HEIGHT 48

struct sfd_video_reader {
    sfd_video_info info;
    int64_t next;
    sfd_picture *last; /* of frame last_number */
    int64_t last_number;
    sfd_wants_frames *wants;
    void *wants_user;
};

fake_video fake = {.complaint = ""};

void fake_video_reset(int64_t n_frames)
{
    fake = (fake_video){.n_frames = n_frames, .broken_at = -1, .repeat = 1, .complaint = ""};
}

sfd_status sfd_video_open(sfd_video_reader **out, const char *path, const sfd_video_options *o,
                          sfd_error *err)
{
    *out = NULL;
    if (strcmp(path, "missing") == 0)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot open", path);
    sfd_video_reader *v = calloc(1, sizeof *v);
    if (!v)
        return sfd_fail_nomem(err, path);
    v->info = (sfd_video_info){WIDTH,  HEIGHT, o->fps, o->fps, (double)fake.n_frames / o->fps,
                               "fake", {0},    0};
    v->last_number = -1;
    fake.n_open++;
    fake.n_opened++;
    *out = v;
    return SFD_OK;
}

void sfd_video_close(sfd_video_reader *v)
{
    if (!v)
        return;
    sfd_picture_unref(v->last);
    fake.n_open--;
    free(v);
}

sfd_sound *sfd_video_sound(sfd_video_reader *v)
{
    (void)v;
    return NULL;
}

int64_t sfd_video_still_until(const sfd_video_reader *v)
{
    int64_t end = (v->next - 1) / fake.repeat * fake.repeat + fake.repeat;
    return end < fake.n_frames ? end : fake.n_frames;
}

int64_t sfd_video_stands_from(const sfd_video_reader *v)
{
    return (v->next - 1) / fake.repeat * fake.repeat + SFD_STILL_S * (int64_t)v->info.fps + 1;
}

double sfd_video_end_s(const sfd_video_reader *v)
{
    return (double)fake.n_frames / v->info.fps;
}

bool sfd_video_complain(const sfd_video_reader *v, sfd_error *message)
{
    (void)v;
    if (*fake.complaint)
        sfd_fail(message, SFD_ERR_END, "%s", fake.complaint);
    return *fake.complaint;
}

const sfd_video_info *sfd_video_get_info(const sfd_video_reader *v)
{
    return &v->info;
}

static sfd_status paint(sfd_picture **out, int64_t number, sfd_error *err)
{
    sfd_status status = sfd_picture_create(out, WIDTH, HEIGHT, err);
    if (status != SFD_OK)
        return status;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *p = (*out)->rgb + (size_t)y * (*out)->stride_bytes + 3 * x;
            p[0] = (uint8_t)(number >> 16);
            p[1] = (uint8_t)(number >> 8);
            p[2] = (uint8_t)number;
        }
    return SFD_OK;
}

int64_t fake_number(const uint8_t *rgb)
{
    return rgb[0] << 16 | rgb[1] << 8 | rgb[2];
}

sfd_status sfd_video_next(sfd_video_reader *v, sfd_picture **frame, int64_t *index, sfd_error *err)
{
    if (fake.delay_us)
        usleep((useconds_t)fake.delay_us);
    if (v->next >= fake.n_frames)
        return sfd_fail(err, SFD_ERR_END, "end");
    if (v->next == fake.broken_at)
        return sfd_fail(err, SFD_ERR_FORMAT, "frame %lld is broken", (long long)v->next);
    fake.n_denied += v->wants && !v->wants(v->wants_user, v->next, v->next);
    int64_t number = v->next / fake.repeat * fake.repeat;
    if (number != v->last_number) {
        sfd_picture_unref(v->last);
        v->last = NULL;
        sfd_status status = paint(&v->last, number, err);
        if (status != SFD_OK)
            return status;
        v->last_number = number;
    }
    fake.n_reads[v->next]++;
    fake.n_read++;
    *frame = sfd_picture_ref(v->last);
    *index = v->next++;
    return SFD_OK;
}

sfd_status sfd_video_skip_to(sfd_video_reader *v, int64_t index, sfd_error *err)
{
    (void)err;
    v->next = index;
    return SFD_OK;
}

void sfd_video_set_wants(sfd_video_reader *v, sfd_wants_frames *wants, void *user)
{
    v->wants = wants;
    v->wants_user = user;
}
