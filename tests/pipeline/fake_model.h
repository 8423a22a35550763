/* SPDX-License-Identifier: Apache-2.0 */
/* A model without a network, linked in place of the real one: its scores tell which frames and
 * boxes it was given. */
#ifndef TEST_FAKE_MODEL_H
#define TEST_FAKE_MODEL_H

#include "config/config.h"

#include <sfdet/model.h>

#include <stdatomic.h>

#define FAKE_CLASSES  4
#define FAKE_FEATURES 2

/* num_frames, sampling_rate, centre_offset_frames and test_crop_size count. */
sfd_model *fake_model_create(const sfd_net_config *config);

/* What sfd_state_run computes: class 0 from the frames' numbers (fake_video), 1 from the box, 2
 * from the number of boxes; 3 is 0.25. All within 0..1. */
float fake_frames_score(const int64_t *numbers, int n);
float fake_box_score(const sfd_box_px *box);

/* How many states are alive, and have ever been made. */
extern int fake_states, fake_states_made;

/* A run takes 0, 1 or 2 times this, by turns of a second of the video. */
extern int fake_run_us;

/* Parts of such runs that other threads than the job's own did. */
extern atomic_int fake_helped;

#endif
