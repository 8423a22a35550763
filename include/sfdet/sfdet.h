/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * All of libsfdet. */
#ifndef SFDET_SFDET_H
#define SFDET_SFDET_H

#include <sfdet/accuracy.h>
#include <sfdet/annotations.h>
#include <sfdet/check.h>
#include <sfdet/classify.h>
#include <sfdet/codecs.h>
#include <sfdet/common.h>
#include <sfdet/compare.h>
#include <sfdet/detect.h>
#include <sfdet/eval.h>
#include <sfdet/eval_persons.h>
#include <sfdet/eval_tubes.h>
#include <sfdet/inspect.h>
#include <sfdet/labels.h>
#include <sfdet/live.h>
#include <sfdet/model.h>
#include <sfdet/output.h>
#include <sfdet/persons.h>
#include <sfdet/quantise.h>
#include <sfdet/render.h>
#include <sfdet/segments.h>
#include <sfdet/synth.h>
#include <sfdet/tracks.h>
#include <sfdet/train.h>

#endif
