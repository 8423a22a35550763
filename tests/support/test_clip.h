/* SPDX-License-Identifier: Apache-2.0 */
/* Makes small videos for tests: shapes that move over a changing background. */
#ifndef TEST_TEST_CLIP_H
#define TEST_TEST_CLIP_H

#include "media/picture.h"

/* An H.264 file of n_frames at `fps` frames a second. */
sfd_status write_test_clip(const char *path, int width, int height, int n_frames, int fps,
                           sfd_error *err);

#endif
