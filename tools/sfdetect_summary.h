/* SPDX-License-Identifier: Apache-2.0 */
/* What sfdetect prints where no detections go to stdout. */
#ifndef SFD_TOOLS_SFDETECT_SUMMARY_H
#define SFD_TOOLS_SFDETECT_SUMMARY_H

#include <sfdet/detect.h>
#include <sfdet/labels.h>

/* The `top` best labels of each person, of those that score min_score or more. */
void print_summary(const sfd_keyframe *k, const sfd_labels *labels, int top, double min_score);

#endif
