/* SPDX-License-Identifier: Apache-2.0 */
/* Elapsed time. */
#ifndef SFD_BASE_CLOCK_H
#define SFD_BASE_CLOCK_H

/* Seconds of a clock that never goes back; only differences mean anything. */
double sfd_clock_s(void);

#endif
