/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's Python configs of detectors and recognisers. */
#include "config/mmaction2.h"

#include "base/error.h"
#include "config/mmaction2_parts.h"
#include "config/python_config.h"

#include <string.h>

#define MAX_ARENA_BYTES (16 << 20)

/* Says what a file without a detector's model is instead. */
static void fail_foreign(sfd_mm_reader *r, const sfd_py *module)
{
    const sfd_py *model = sfd_py_get(module, "model"), *what = model;
    const char *problem = "no model with a backbone of type ResNet3dSlowFast, ResNet3dSlowOnly or "
                          "ResNetAudio";
    if (sfd_py_get(module, "read_base")) {
        what = sfd_py_get(module, "read_base");
        problem = "imports another config (read_base), which is not followed; write its values, or "
                  "give it as _base_";
    } else if (model && model->type != SFD_PY_DICT) {
        problem = "model is no dictionary of literals, or is changed after it was made";
    }
    r->status = sfd_fail(r->err, SFD_ERR_UNSUPPORTED, "%s:%zu: %s", what ? what->origin : r->origin,
                         what ? what->line : 1, problem);
}

static void read_preprocessor(sfd_mm_reader *r, const sfd_py *dict, sfd_mm_clip *clip)
{
    sfd_mm_read_dict(r, dict, "model.data_preprocessor",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, "ActionDataPreprocessor"},
                         {"mean", sfd_mm_channels, r->c->mean, NULL},
                         {"std", sfd_mm_channels, r->c->std, NULL},
                         {"format_shape", sfd_mm_want_text, NULL, "NCTHW"},
                         {"to_rgb", sfd_mm_want_false, NULL, NULL},
                         {"to_float32", NULL, NULL, NULL},
                         {"blending", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    const sfd_py *mean = sfd_py_get(dict, "mean"), *std = sfd_py_get(dict, "std");
    if (!mean != !std) {
        r->where = "model.data_preprocessor";
        sfd_mm_fail(r, mean ? mean : std, SFD_ERR_UNSUPPORTED,
                    mean ? "is given without std" : "is given without mean");
    }
    clip->normalised = clip->normalised || mean;
}

static sfd_status note_assumptions(const sfd_mm_reader *r, const sfd_mm_clip *clip)
{
    const sfd_net_config *c = r->c;
    sfd_status status = SFD_OK;
    if (clip->n_frames == 0)
        status = sfd_notes_add(r->notes, r->err,
                               "assumed: %d frame%s, every %d of a 30 fps video: no %s in the "
                               "configuration",
                               c->num_frames, sfd_plural((size_t)c->num_frames), c->sampling_rate,
                               c->detection ? "SampleAVAFrames" : "SampleFrames");
    if (status == SFD_OK && !clip->resized)
        status = sfd_notes_add(r->notes, r->err,
                               "assumed: short side %d: no Resize in the configuration",
                               c->test_crop_size);
    if (status == SFD_OK && !clip->normalised)
        status = sfd_notes_add(r->notes, r->err,
                               "assumed: ImageNet's mean and std: none in the configuration");
    return status;
}

/* The fast pathway sees every (resample_rate / speed_ratio)-th frame of the clip, the slow one
 * every resample_rate-th. */
static void use_clip(sfd_mm_reader *r, const sfd_py *model, const sfd_mm_clip *clip,
                     int resample_rate, sfd_arch before)
{
    sfd_net_config *c = r->c;
    int step = 1;
    if (c->arch == SFD_ARCH_SLOWFAST) {
        step = c->alpha > 0 ? resample_rate / c->alpha : 0;
        if (step < 1 || resample_rate % c->alpha != 0 || clip->n_frames % step != 0) {
            sfd_mm_fail(r, model, SFD_ERR_UNSUPPORTED,
                        "resample_rate and speed_ratio do not divide the clip evenly");
            return;
        }
    }
    if (clip->n_frames != 0) {
        c->num_frames = clip->n_frames / step;
        c->sampling_rate = clip->interval * step;
        if (c->detection && clip->n_frames % 2 == 1) /* the centre is one of the clip's frames */
            c->centre_offset_frames += clip->interval / 2;
    } else if (c->arch != before) { /* what was there is of another kind of network */
        c->num_frames = c->arch == SFD_ARCH_SLOW ? 4 : 32;
        c->sampling_rate = c->arch == SFD_ARCH_SLOW ? 16 : 2;
    }
}

static void read_model(sfd_mm_reader *r, const sfd_py *model, sfd_mm_clip *clip, int *resample_rate)
{
    const sfd_py *backbone = NULL, *roi_head = NULL, *cls_head = NULL, *preprocessor = NULL;
    const sfd_py *test_cfg = NULL;
    const char *type = sfd_py_get(model, "cls_head") ? "Recognizer3D" : "FastRCNN";
    sfd_mm_read_dict(r, model, "model",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, type},
                         {"backbone", sfd_mm_member, &backbone, NULL},
                         {"roi_head", sfd_mm_member, &roi_head, NULL},
                         {"cls_head", sfd_mm_member, &cls_head, NULL},
                         {"data_preprocessor", sfd_mm_member, &preprocessor, NULL},
                         {"neck", sfd_mm_want_none, NULL, NULL},
                         {"rpn_head", sfd_mm_want_none, NULL, NULL},
                         {"train_cfg", NULL, NULL, NULL},
                         {"test_cfg", sfd_mm_member, &test_cfg, NULL},
                         {"pretrained", NULL, NULL, NULL},
                         {"init_cfg", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    if (r->status == SFD_OK)
        sfd_mm_read_backbone(r, backbone, resample_rate);
    if (r->status == SFD_OK && cls_head) {
        sfd_mm_read_cls_head(r, cls_head);
        sfd_mm_read_test_cfg(r, test_cfg);
    } else if (r->status == SFD_OK)
        sfd_mm_read_roi_head(r, roi_head);
    read_preprocessor(r, preprocessor, clip);
}

static void read_module(sfd_mm_reader *r, const sfd_py *module)
{
    const sfd_py *model = sfd_py_get(module, "model");
    const sfd_arch before = r->c->arch;
    sfd_mm_clip clip = {0};
    int resample_rate = 1;
    if (sfd_py_get(module, "read_base") || !model || model->type != SFD_PY_DICT ||
        !sfd_py_get(model, "backbone")) {
        fail_foreign(r, module);
        return;
    }
    const bool listens = sfd_mm_is_listener(model);
    if (listens)
        sfd_mm_read_listener(r, model);
    else
        read_model(r, model, &clip, &resample_rate);
    if (r->status == SFD_OK)
        sfd_mm_read_data(r, module, &clip);
    if (listens && r->status == SFD_OK)
        sfd_mm_use_sound_clip(r, &clip);
    if (listens)
        return;
    r->where = "model";
    if (r->status == SFD_OK)
        use_clip(r, model, &clip, resample_rate, before);
    if (r->status == SFD_OK)
        r->status = note_assumptions(r, &clip);
}

sfd_status sfd_mmaction2_config_parse_over(sfd_net_config *c, const char *text, size_t n_bytes,
                                           const char *origin, sfd_notes *notes, sfd_error *err)
{
    sfd_mm_reader r = {.c = c, .origin = origin, .where = "", .notes = notes, .err = err};
    sfd_arena arena;
    const sfd_py *module;
    sfd_arena_init(&arena, MAX_ARENA_BYTES);
    r.status = sfd_py_parse(&module, &arena, text, n_bytes, origin, err);
    if (r.status == SFD_OK)
        read_module(&r, module);
    sfd_arena_free(&arena);
    return r.status;
}

bool sfd_is_mmaction2_config(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".py") == 0;
}

sfd_status sfd_mmaction2_config_load_over(sfd_net_config *c, const char *path, sfd_notes *notes,
                                          sfd_error *err)
{
    sfd_mm_reader r = {.c = c, .origin = path, .where = "", .notes = notes, .err = err};
    sfd_arena arena;
    const sfd_py *module;
    sfd_arena_init(&arena, MAX_ARENA_BYTES);
    r.status = sfd_py_config_load(&module, &arena, path, notes, err);
    if (r.status == SFD_OK)
        read_module(&r, module);
    sfd_arena_free(&arena);
    if (r.status == SFD_OK)
        sfd_net_config_set_name(c, path);
    return r.status;
}
