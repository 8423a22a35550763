/* SPDX-License-Identifier: Apache-2.0 */
/* From video and boxes to the network's input: which frames, which size, which pixels. */
#ifndef SFD_INPUT_SAMPLING_H
#define SFD_INPUT_SAMPLING_H

#include "config/config.h"

#define SFD_TIMELINE_FPS 30 /* of AVA and of every published checkpoint */

/* Timeline numbers of the clip around `timestamp_s` (seconds of the video): num_frames of them,
 * sampling_rate apart; the middle entry (num_frames / 2, for an even product of both) is the
 * keyframe, or centre_offset_frames after it. Numbers are clamped to 0 and, where total_frames > 0,
 * to total_frames - 1. *centre is the keyframe's own number, round(timestamp * 30), neither clamped
 * nor offset. */
void sfd_clip_frames(const sfd_net_config *c, double timestamp_s, int64_t total_frames,
                     int64_t *frames, int64_t *centre);

/* Entries of the clip that the slow pathway of a two-pathway network gets: num_frames / alpha of
 * them, which is returned. */
int sfd_slow_indices(const sfd_net_config *c, int *indices);

/* Size of the network's picture for a width x height video: short side scaled to test_crop_size,
 * the long one in proportion (rounded down, or to nearest with round_long_side). */
void sfd_input_size(const sfd_net_config *c, int width, int height, int *in_width, int *in_height);

/* Boxes as fractions of a width x height picture -> pixels of the network's picture: clipped to the
 * last pixel, scaled by the long side's factor, clipped again; or, with boxes_scaled_per_axis, only
 * scaled. */
void sfd_map_boxes(const sfd_net_config *c, int width, int height, const sfd_box_norm *boxes,
                   size_t n, sfd_box_px *out);

#endif
