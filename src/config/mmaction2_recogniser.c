/* SPDX-License-Identifier: Apache-2.0 */
/* Heads and pipelines of MMAction2's recognisers, which classify whole videos: SlowFastHead,
 * I3DHead, TSNAudioHead, SampleFrames, ThreeCrop, CenterCrop. */
#include "config/mmaction2_parts.h"

/* -- head */

/* The mean of probabilities, or of what the classifier puts out. */
static void read_average(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    static const char *const averages[] = {"prob", "score", NULL};
    int choice = 0;
    (void)aux;
    if (v->type == SFD_PY_NONE)
        return;
    sfd_mm_choice(r, v, &choice, averages);
    *(sfd_head_act *)field = choice == 1 ? SFD_HEAD_NONE : SFD_HEAD_SOFTMAX;
}

void sfd_mm_read_cls_head(sfd_mm_reader *r, const sfd_py *head)
{
    static const char *const one_pathway[] = {"I3DHead", NULL};
    static const char *const two_pathways[] = {"SlowFastHead", NULL};
    static const char *const sound[] = {"TSNAudioHead", "AudioTSNHead", NULL};
    sfd_net_config *c = r->c;
    const int channels = sfd_mm_backbone_channels(c);
    int type;
    c->detection = false;
    c->global_pool = true;
    c->fast_first = c->arch == SFD_ARCH_SLOWFAST;
    c->head_act = SFD_HEAD_SOFTMAX;
    c->label_offset = 1;
    c->background = false;
    sfd_mm_read_dict(r, head, "model.cls_head",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_choice, &type,
                          c->fast_first                       ? two_pathways
                          : sfd_net_config_n_pathways(c) == 0 ? sound
                                                              : one_pathway},
                         {"num_classes", sfd_mm_int, &c->num_classes, NULL},
                         {"average_clips", read_average, &c->head_act, NULL},
                         {"spatial_type", sfd_mm_want_text, NULL, "avg"},
                         {"multi_class", sfd_mm_want_false, NULL, NULL},
                         {"in_channels", sfd_mm_want_channels, NULL, &channels},
                         {"dropout_ratio", NULL, NULL, NULL},
                         {"init_std", NULL, NULL, NULL},
                         {"loss_cls", NULL, NULL, NULL},
                         {"label_smooth_eps", NULL, NULL, NULL},
                         {"topk", NULL, NULL, NULL},
                         {"init_cfg", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

void sfd_mm_read_test_cfg(sfd_mm_reader *r, const sfd_py *dict)
{
    if (!dict || dict->type != SFD_PY_DICT)
        return;
    sfd_mm_read_dict(r, dict, "model.test_cfg",
                     (const sfd_mm_key[]){
                         {"average_clips", read_average, &r->c->head_act, NULL},
                         {"feature_extraction", sfd_mm_want_false, NULL, NULL},
                         {"fcn_test", sfd_mm_want_false, NULL, NULL},
                         {"max_testing_views", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

/* -- pipeline */

void sfd_mm_read_sample_frames(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip)
{
    clip->interval = 1; /* SampleFrames' defaults */
    r->c->test_clips = 1;
    sfd_mm_read_dict(r, step, "SampleFrames",
                     (const sfd_mm_key[]){
                         {"type", NULL, NULL, NULL},
                         {"clip_len", sfd_mm_int, &clip->n_frames, NULL},
                         {"frame_interval", sfd_mm_int, &clip->interval, NULL},
                         {"num_clips", sfd_mm_int, &r->c->test_clips, NULL},
                         {"twice_sample", sfd_mm_want_false, NULL, NULL},
                         {"out_of_bound_opt", sfd_mm_want_text, NULL, "loop"},
                         {"target_fps", sfd_mm_want_none, NULL, NULL},
                         {"temporal_jitter", sfd_mm_want_false, NULL, NULL},
                         {"test_mode", NULL, NULL, NULL},
                         {"keep_tail_frames", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

/* The side is in pixels of the picture that Resize made. */
void sfd_mm_read_crop(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip, int n_crops)
{
    r->c->test_crops = n_crops;
    sfd_mm_read_dict(r, step, n_crops == 1 ? "CenterCrop" : "ThreeCrop",
                     (const sfd_mm_key[]){
                         {"type", NULL, NULL, NULL},
                         {"crop_size", sfd_mm_square, &clip->crop, NULL},
                         {"lazy", sfd_mm_want_false, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

/* Of PySlowFast's keys a single crop's picture may be larger than the crop. */
void sfd_mm_use_crops(sfd_mm_reader *r, const sfd_mm_clip *clip)
{
    sfd_net_config *c = r->c;
    c->clip_rule = SFD_CLIPS_SPREAD;
    c->ensemble = SFD_VIEWS_MEAN;
    c->video_style = SFD_VIDEO_MMACTION2;
    c->one_crop_side = c->test_crop_size;
    if (clip->crop != 0)
        c->test_crop_size = clip->crop;
}
