/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor names of the public code bases, turned into PySlowFast's (of detectors: Detectron2's): one
 * table of patterns, in one file, for each. A letter in braces stands for a part of the name:
 *
 *   {K} {B} {P}  numbers: stage or layer, block, pathway; {K+1}, {K+2} in the result add
 *   {A}          convolution of a bottleneck: a, b, c;   {C} the same counted 1, 2, 3
 *   {S}          slow, fast: pathway 0, 1
 *   {H}          convolution of a non-local block: theta, phi, g, out
 *   {X}          weight, bias, running_mean, running_var; {F} Caffe2's s, b, rm, riv for these
 *   {Q}          weight, and what belongs to it where it is quantised */
#ifndef SFD_WEIGHTS_NAMES_RULES_H
#define SFD_WEIGHTS_NAMES_RULES_H

#include "weights/weights_impl.h"

#define SFD_NAME_NUMBERS "KBP"

/* A word that a letter stands for, and what it becomes. */
typedef struct sfd_name_word {
    char letter;
    const char *from, *to;
} sfd_name_word;

extern const sfd_name_word sfd_name_words[]; /* until one whose `from` is NULL */

typedef struct sfd_name_rule {
    const char *from, *to; /* `to` NULL: the name stays */
    sfd_named_head head;   /* what this name tells about the head */
} sfd_name_rule;

typedef struct sfd_name_rules {
    const sfd_name_rule *rules; /* until one whose `from` is NULL */
    sfd_naming naming;
    const char *optional_prefix;
    const char *without; /* a tensor that is not there under this naming, or NULL */
    /* Beginnings of names that inference has no use for, until NULL, and why; or NULL. */
    const char *const *unused;
    const char *unused_why;
} sfd_name_rules;

extern const sfd_name_rules sfd_names_pyslowfast, sfd_names_contrastive, sfd_names_caffe2,
    sfd_names_mmaction2, sfd_names_pytorchvideo, sfd_names_pytorchvideo_c2d, sfd_names_detectron2,
    sfd_names_mmdetection, sfd_names_torchvision, sfd_names_detectron1;

#endif
