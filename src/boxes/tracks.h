/* SPDX-License-Identifier: Apache-2.0 */
/* What else tracks know. */
#ifndef SFD_BOXES_TRACKS_H
#define SFD_BOXES_TRACKS_H

#include <sfdet/tracks.h>

/* A box counts for half a frame of the timeline before and after its time. */
#define SFD_TRACK_NEAR_S (1.0 / 60)

/* The earliest time of a box later than time_s; INFINITY when there is none. */
double sfd_tracks_next_time(const sfd_tracks *t, double time_s);

#endif
