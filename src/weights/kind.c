/* SPDX-License-Identifier: Apache-2.0 */
#include "weights/kind.h"

#include "weights/weights_impl.h"

#include <string.h>

/* Names of tensors, as files have them, that give a network away. */
typedef struct mark {
    const char *part, *and_part; /* of any names; and_part may be NULL */
    const char *what;
} mark;

/* Networks that share tensors with those that are read come before them. */
static const mark detectors[] = {
    {"bbox_head.multi_level_", NULL, "MMDetection's YOLOX"},
    {"bbox_head.rtm_", NULL, "RTMDet"},
    {"bbox_head.retina_", NULL, "RetinaNet"},
    {"head.cls_subnet.", NULL, "RetinaNet"},
    {"conv_centerness", NULL, "FCOS"},
    {"bbox_ctrness", NULL, "FCOS"},
    {"fcos_head.", NULL, "FCOS"},
    {"head.classification_head.cls_logits.", NULL, "RetinaNet"},
    {"head.classification_head.module_list.", NULL, "SSD"},
    {"classification_headers.", "regression_headers.", "SSD"},
    {"conf.0.weight", "loc.0.weight", "SSD"},
    {"bbox_head.cls_convs.0.0.", "bbox_head.reg_convs.0.0.", "SSD"},
    {"dec_score_head", NULL, "RT-DETR"},
    {"class_embed.", "bbox_embed.", "DETR"},
    {"query_embed", "bbox_head.", "DETR"},
    {"class_labels_classifier.", "bbox_predictor.", "DETR"},
    {".dfl.conv.", NULL, "YOLOv8 or a later one of Ultralytics"},
    {".m.0.weight", ".conv.weight", "YOLOv5 or YOLOv7"},
    {"module_list.0.", NULL, "YOLOv3"},
    {"class_net.", "box_net.", "EfficientDet"},
    {"heatmap_head.", NULL, "CenterNet"},
    {"box_head.0.", "box_predictor.0.", "Cascade R-CNN"},
    {"bbox_head.0.", "bbox_head.1.", "Cascade R-CNN"},
    {"roi_heads.res5.", NULL, "Faster R-CNN without a pyramid"},
};

static const mark others[] = {
    {"cls_token", NULL, "a vision transformer (ViT, VideoMAE)"},
    {"attn.qkv", NULL, "a vision transformer (ViT, MViT)"},
    {"patch_embed", NULL, "a vision transformer (ViT, Swin, MViT)"},
    {"conv_xy", NULL, "X3D"},
    {"self_attn", NULL, "a transformer"},
    {"transformer.", NULL, "a transformer"},
    {"encoder.layer.", NULL, "a transformer"},
};

/* Whose detectors those may be that are none of the above. */
static const mark unknown_detectors[] = {
    {"roi_heads.", NULL, "a network of Detectron2 or torchvision"},
    {"rpn_head.", NULL, "a network of MMDetection or Detectron2"},
    {"bbox_head.", NULL, "a network of MMDetection"},
    {"backbone.body.", NULL, "a network of torchvision"},
};

static bool has(const sfd_weights *w, const char *part)
{
    for (size_t i = 0; i < w->n_tensors; i++)
        if (strstr(sfd_tensor_spelling(w->tensors[i]), part))
            return true;
    return false;
}

static const char *find_mark(const sfd_weights *w, const mark *marks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has(w, marks[i].part) && (!marks[i].and_part || has(w, marks[i].and_part)))
            return marks[i].what;
    return NULL;
}

static const char *guess_resnet(const sfd_weights *w)
{
    const sfd_tensor_info *stem = sfd_weights_find(w, "conv1.weight");
    if (!has(w, "layer1.0.conv1.weight"))
        return NULL;
    return stem && stem->n_dims == 5 ? "a three-dimensional ResNet that is no SlowFast"
                                     : "a ResNet for single pictures (ImageNet?)";
}

#define FIND_MARK(w, marks) find_mark(w, marks, sizeof(marks) / sizeof *(marks))

sfd_weights_guess sfd_weights_guess_kind(const sfd_weights *w)
{
    static const char *const read[] = {"Faster R-CNN of Detectron2", "Faster R-CNN of MMDetection",
                                       "Faster R-CNN of torchvision", "Faster R-CNN of Detectron"};
    const char *what = FIND_MARK(w, detectors);
    if (what)
        return (sfd_weights_guess){SFD_KIND_DETECTOR, what};
    if (w->naming >= SFD_NAMING_DETECTRON2)
        return (sfd_weights_guess){SFD_KIND_PERSONS, read[w->naming - SFD_NAMING_DETECTRON2]};
    if (w->naming != SFD_NAMING_UNKNOWN)
        return (sfd_weights_guess){SFD_KIND_ACTIONS, "a SlowFast or Slow network"};
    if (has(w, "backbone.backbone.stem.conv.conv.") || has(w, "head.obj_preds.0.weight"))
        return (sfd_weights_guess){SFD_KIND_PERSONS, "YOLOX"};
    what = FIND_MARK(w, others);
    if (!what)
        what = guess_resnet(w);
    if (what)
        return (sfd_weights_guess){SFD_KIND_OTHER, what};
    what = FIND_MARK(w, unknown_detectors);
    return (sfd_weights_guess){what ? SFD_KIND_DETECTOR : SFD_KIND_UNKNOWN, what};
}
