/* SPDX-License-Identifier: Apache-2.0 */
/* PySlowFast's tensor names, as formats for printf. */
#ifndef SFD_WEIGHTS_NAMES_PYSLOWFAST_H
#define SFD_WEIGHTS_NAMES_PYSLOWFAST_H

/* Stages count from 1 (stem) to 5, pathways and blocks from 0. */
#define SFD_NAME_STEM     "s1.pathway%d_stem"        /* pathway */
#define SFD_NAME_FUSE     "s%d_fuse"                 /* stage that it follows */
#define SFD_NAME_BLOCK    "s%d.pathway%d_res%d"      /* stage, pathway, block */
#define SFD_NAME_NONLOCAL "s%d.pathway%d_nonlocal%d" /* stage, pathway, block */
#define SFD_NAME_HEAD     "head.projection"

#endif
