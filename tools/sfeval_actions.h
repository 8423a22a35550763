/* SPDX-License-Identifier: Apache-2.0 */
/* sfeval without --boxes, --tracks and --tubes: AVA's frame mAP. */
#ifndef SFD_TOOLS_SFEVAL_ACTIONS_H
#define SFD_TOOLS_SFEVAL_ACTIONS_H

#include "sfeval_options.h"

/* Scores all files under the dialects asked for, prints tables and writes the reports; the return
 * value is the exit status. */
int evaluate_actions(const options *s);

#endif
