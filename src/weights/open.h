/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a weight file of any readable format. */
#ifndef SFD_WEIGHTS_OPEN_H
#define SFD_WEIGHTS_OPEN_H

#include "weights/weights.h"

/* Opens a weight file: safetensors, PyTorch's zip and legacy containers, Caffe2's pickles, told
 * apart by content. Nothing in the file is executed. Tensor data stay in the file (mapped).
 *
 * Tensors of PySlowFast, Caffe2, MMAction2 and PyTorchVideo get PySlowFast's names, those of
 * detectors of Detectron2, MMDetection, torchvision and Detectron get Detectron2's; tensors of
 * other names keep them. MMAction2's classifier keeps its row 0, the background. What inference
 * does not use (training state, counters) is left out and listed by sfd_weights_ignored. Errors:
 * SFD_ERR_IO, SFD_ERR_FORMAT (what the file seems to be instead), SFD_ERR_UNSUPPORTED,
 * SFD_ERR_NOMEM, naming file and tensor. */
sfd_status sfd_weights_open(sfd_weights **out, const char *path, sfd_error *err);

#endif
