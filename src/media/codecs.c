/* SPDX-License-Identifier: Apache-2.0 */
/* The process-wide state of FFmpeg that a program may want to set. */
#include <libavutil/log.h>
#include <sfdet/codecs.h>

void sfd_quiet_codecs(void)
{
    av_log_set_level(AV_LOG_QUIET);
}
