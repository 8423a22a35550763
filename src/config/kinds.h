/* SPDX-License-Identifier: Apache-2.0 */
/* What configurations choose among, each kind one line: enumerations, names in files and the
 * functions that build it follow from the lists. */
#ifndef SFD_CONFIG_KINDS_H
#define SFD_CONFIG_KINDS_H

/* Networks: SFD_ARCH_A is called "a" in MODEL.ARCH, has so many pathways that see, max-pools time
 * by so much behind res2, and listens or not; sfd_network_a of backbone/networks/ builds it. */
#define SFD_ARCHS(X)                                                                               \
    X(SLOWFAST, slowfast, 2, 1, false)                                                             \
    X(SLOW, slow, 1, 1, false)            /* the slow pathway alone ("Slow-only") */               \
    X(C2D, c2d, 1, 2, false)              /* no temporal kernels */                                \
    X(2D, 2d, 1, 1, false)                /* no temporal kernels */                                \
    X(FAST, fast, 1, 1, false)            /* the fast pathway alone ("Fast-only") */               \
    X(SLOW_C2D, slow_c2d, 1, 1, false)    /* 2d under its other name */                            \
    X(I3D, i3d, 1, 2, false)              /* temporal kernels in stem and every other block */     \
    X(SLOW_I3D, slow_i3d, 1, 1, false)    /* the same without the pool */                          \
    X(AVSLOWFAST, avslowfast, 2, 1, true) /* slowfast, and a pathway that listens */               \
    X(AUDIOONLY, audioonly, 0, 1, true)   /* MMAction2's ResNetAudio, which only listens */        \
    X(TSN_AUDIO, tsn_audio, 0, 1, true)   /* a ResNet for pictures that is shown a spectrogram */

/* Lateral connections: SFD_LATERAL_A is called "a" in SLOWFAST.LATERAL and gives so many channels
 * for each of the fast pathway's; sfd_lateral_a of backbone/laterals/ builds it. `c` is the
 * configuration. */
#define SFD_LATERALS(X)                                                                            \
    X(CONV, conv, c->fusion_ratio)      /* time-strided convolution */                             \
    X(SAMPLE, sample, 1)                /* one of every alpha frames */                            \
    X(TO_CHANNEL, to_channel, c->alpha) /* alpha frames packed into channels */                    \
    X(NONE, none, 0)                    /* the pathways meet in the head only */

/* How its features enter the slow pathway: SFD_MERGE_A is called "a" in SLOWFAST.LATERAL_MERGE, and
 * needs as many lateral channels as slow ones or not; sfd_merge_a of backbone/merges/ builds it. */
#define SFD_MERGES(X)                                                                              \
    X(CONCAT, concat, false) /* behind the slow channels */                                        \
    X(SUM, sum, true)        /* added to the slow channels */

/* What the fast pathway is shown, in words: SFD_FAST_INPUT_A is called "a" in SLOWFAST.FAST_INPUT;
 * sfd_input_a of input/transforms/ makes it of pixels. */
#define SFD_FAST_INPUTS(X)                                                                         \
    X(RGB, rgb, "the same pictures")                                                               \
    X(GRAY, gray, "gray pictures")                                                                 \
    X(TIME_DIFFERENCE, time_difference, "differences in time")

/* How what is heard enters what is seen: SFD_AUDIO_FUSION_A is called "a" in SLOWFAST.AUDIO_FUSION;
 * sfd_audio_fusion_a of backbone/audio_fusions/ builds it. */
#define SFD_AUDIO_FUSIONS(X)                                                                       \
    X(JOINT, joint)       /* added to slow features with their lateral ones: A->FS */              \
    X(CHAIN, chain)       /* added to fast features before these reach the slow ones: A->F->S */   \
    X(NONLOCAL, nonlocal) /* slow features attend to all that is heard */

#endif
