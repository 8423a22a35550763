/* SPDX-License-Identifier: Apache-2.0 */
/* The pathway that listens, of F. Xiao, Y. J. Lee, K. Grauman, J. Malik, C. Feichtenhofer,
 * "Audiovisual SlowFast Networks for Video Recognition", arXiv 2001.08740, as its authors' code has
 * it: names and what fuses it with the others. Its maps are pictures of one frame, H along time
 * and W along frequency; the input is "audio", a log-mel spectrogram. */
#ifndef SFD_BACKBONE_AUDIO_H
#define SFD_BACKBONE_AUDIO_H

#include "backbone/parts.h"

#define SFD_AUDIO_PATHWAY 2 /* in names */

/* Its input and stem; a residual stage (0: res2); its output. */
int sfd_add_audio_stem(sfd_net *net);
int sfd_add_audio_stage(sfd_net *net, int stage, int x);
void sfd_add_audio_output(sfd_net *net, int x);

/* What is heard, seen slowly and seen fast. */
typedef struct sfd_heard_and_seen {
    int audio, slow, fast;
} sfd_heard_and_seen;

/* Joins all three behind stage number `after` (0: the stem), whose nodes are named `stage`: the
 * configured lateral connection of the fast pathway and the configured fusion of what is heard,
 * each where it is wanted there. */
void sfd_fuse_audio(sfd_net *net, const char *stage, int after, sfd_heard_and_seen *x);

/* Behind res5, where nothing is fused: what the authors' code fuses for the loss of synchronisation
 * alone. */
void sfd_add_last_sync_point(sfd_net *net, const char *stage, const sfd_heard_and_seen *x);

/* For the fusions: what the network hears, of a map with another sound behind it, too; and that the
 * two can be compared here. */
int sfd_heard_by_network(sfd_net *net, const char *stage, int heard);
void sfd_note_sync_point(sfd_net *net, const char *stage, int after, int seen, int heard);

/* For the fusions: means over frequency through convolutions along time, ending with `channels` and
 * as many positions as `alpha` leaves of the input's steps; named conv_KIND_0 ... */
int sfd_add_audio_convs(sfd_net *net, const char *stage, const char *kind, int after, int x,
                        int channels, int alpha);

typedef void (*sfd_audio_fusion_fn)(sfd_net *net, const char *stage, int after,
                                    sfd_heard_and_seen *x);

#define SFD_ENTRY(fusion, name)                                                                    \
    void sfd_audio_fusion_##name(sfd_net *net, const char *stage, int after, sfd_heard_and_seen *x);
SFD_AUDIO_FUSIONS(SFD_ENTRY)
#undef SFD_ENTRY

#endif
