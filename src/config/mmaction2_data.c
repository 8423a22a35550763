/* SPDX-License-Identifier: Apache-2.0 */
/* Pipelines and data sets of MMAction2's configs. */
#include "config/mmaction2_parts.h"

#include <stdio.h>
#include <string.h>

/* -- pipelines */

/* (-1, 256): the short side. (256, 340): as large as fits the longer and the shorter one, whichever
 * of them is first. keep_ratio=False: width and height. */
static void read_resize(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip)
{
    const sfd_py *scale = NULL;
    sfd_net_config *c = r->c;
    bool keep_ratio = true;
    int size[2] = {0, 0};
    sfd_mm_read_dict(r, step, "Resize",
                     (const sfd_mm_key[]){
                         {"type", NULL, NULL, NULL},
                         {"scale", sfd_mm_member, &scale, NULL},
                         {"keep_ratio", sfd_mm_bool, &keep_ratio, NULL},
                         {"interpolation", sfd_mm_want_text, NULL, "bilinear"},
                         {"lazy", sfd_mm_want_false, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    const sfd_py *first = scale && scale->type == SFD_PY_LIST ? scale->child : NULL;
    r->where = "Resize";
    if (!first || !first->next || first->next->next) {
        sfd_mm_fail(r, scale ? scale : step, SFD_ERR_UNSUPPORTED,
                    "is not supported unless it is a pair");
        return;
    }
    sfd_mm_int(r, first, &size[0], NULL);
    sfd_mm_int(r, first->next, &size[1], NULL);
    const int smaller = size[0] < size[1] ? size[0] : size[1],
              larger = size[0] < size[1] ? size[1] : size[0];
    if (larger < 1 || (smaller < 1 && (smaller != -1 || !keep_ratio)))
        sfd_mm_fail(r, scale, SFD_ERR_UNSUPPORTED, "is not a pair of sizes");
    c->fixed_size[0] = keep_ratio ? 0 : size[0];
    c->fixed_size[1] = keep_ratio ? 0 : size[1];
    c->test_crop_size = smaller == -1 ? larger : smaller;
    c->max_long_side = keep_ratio && smaller != -1 ? larger : 0;
    clip->resized = true;
}

static void read_normalize(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip)
{
    sfd_mm_read_dict(r, step, "Normalize",
                     (const sfd_mm_key[]){
                         {"type", NULL, NULL, NULL},
                         {"mean", sfd_mm_channels, r->c->mean, NULL},
                         {"std", sfd_mm_channels, r->c->std, NULL},
                         {"to_bgr", sfd_mm_want_false, NULL, NULL},
                         {"adjust_magnitude", sfd_mm_want_false, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    clip->normalised = true;
}

static void read_sampling(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip)
{
    clip->interval = 2; /* SampleAVAFrames' default */
    sfd_mm_read_dict(r, step, "SampleAVAFrames",
                     (const sfd_mm_key[]){
                         {"type", NULL, NULL, NULL},
                         {"clip_len", sfd_mm_int, &clip->n_frames, NULL},
                         {"frame_interval", sfd_mm_int, &clip->interval, NULL},
                         {"test_mode", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

/* Steps that neither choose nor change pictures. */
static bool is_neutral(const sfd_py *type)
{
    static const char *const names[] = {
        "RawFrameDecode",   "DecordInit",   "DecordDecode",   "PyAVInit", "PyAVDecode",
        "OpenCVInit",       "OpenCVDecode", "FormatShape",    "Collect",  "ToTensor",
        "PackActionInputs", "Rename",       "ToDataContainer"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (sfd_mm_is_type(type, names[i]))
            return true;
    return false;
}

static void fail_step(sfd_mm_reader *r, const sfd_py *type)
{
    char problem[160];
    snprintf(problem, sizeof problem,
             "of a step, %.60s, is not supported: it might change what the network is shown",
             type->type == SFD_PY_TEXT ? type->text : "which is no text");
    sfd_mm_fail(r, type, SFD_ERR_UNSUPPORTED, problem);
}

static void read_step(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip)
{
    const sfd_py *type = sfd_py_get(step, "type");
    if (sfd_net_config_n_pathways(r->c) == 0) {
        if (!sfd_mm_read_sound_step(r, step, clip))
            fail_step(r, type ? type : step);
    } else if (sfd_mm_is_type(type, "SampleAVAFrames"))
        read_sampling(r, step, clip);
    else if (sfd_mm_is_type(type, "Resize"))
        read_resize(r, step, clip);
    else if (!r->c->detection && sfd_mm_is_type(type, "SampleFrames"))
        sfd_mm_read_sample_frames(r, step, clip);
    else if (!r->c->detection && sfd_mm_is_type(type, "ThreeCrop"))
        sfd_mm_read_crop(r, step, clip, 3);
    else if (!r->c->detection && sfd_mm_is_type(type, "CenterCrop"))
        sfd_mm_read_crop(r, step, clip, 1);
    else if (sfd_mm_is_type(type, "Normalize"))
        read_normalize(r, step, clip);
    else if (!is_neutral(type))
        fail_step(r, type ? type : step);
}

static void read_pipeline(sfd_mm_reader *r, const sfd_py *pipeline, sfd_mm_clip *clip)
{
    if (pipeline->type != SFD_PY_LIST) {
        sfd_mm_fail(r, pipeline, SFD_ERR_UNSUPPORTED, "is no list of literals");
        return;
    }
    for (const sfd_py *step = pipeline->child; step && r->status == SFD_OK; step = step->next) {
        r->where = "pipeline";
        read_step(r, step, clip);
    }
}

/* -- data sets */

/* Frames are counted from the video's first, 0. Of files, which AVA numbers from 1, the centre is
 * number fps * (t - start) + 2 * start_index in version 1, as start_index is added twice; before,
 * it was fps * (t - start) + 1 + start_index. */
static int centre_offset(bool kinetics, bool version_1, bool frames, int start_index)
{
    if (start_index < 0)
        start_index = version_1 && !kinetics;
    return version_1 ? 2 * start_index - frames : start_index + 1 - frames;
}

static void read_class_ids(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field;
    sfd_net_config *c = r->c;
    c->n_class_ids = 0;
    if (v->type == SFD_PY_NONE)
        return;
    for (const sfd_py *id = v->type == SFD_PY_LIST ? v->child : NULL; id; id = id->next) {
        if (c->n_class_ids == SFD_MAX_CLASS_IDS) {
            sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "has more than 256 classes");
            return;
        }
        if (id->type != SFD_PY_NUMBER || id->number < 1) {
            sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is no list of class ids");
            return;
        }
        sfd_mm_int(r, id, &c->class_ids[c->n_class_ids++], aux);
    }
    if (c->n_class_ids == 0)
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is no list of class ids");
}

static void read_threshold(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)aux;
    if (v->type != SFD_PY_NUMBER || !(v->number >= 0 && v->number <= 1))
        sfd_mm_fail(r, v, SFD_ERR_FORMAT, "is not a number from 0 to 1");
    else
        *(double *)field = v->number;
}

/* Timestamps are seconds of pictures at 30 per second. At a rate of 1 they count the video's own
 * frames, as MultiSports' do. */
static void read_fps(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field, (void)aux;
    if (v->type != SFD_PY_NUMBER || (v->number != 30.0 && v->number != 1.0))
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED,
                    "is not supported: 30 is, and 1 where timestamps count frames");
    else
        r->c->frame_timestamps = v->number == 1.0;
}

/* AVADataset's timestamp_start is 900 where nothing is said. */
static void check_first_frame(sfd_mm_reader *r, const sfd_py *dataset)
{
    const sfd_py *start = sfd_py_get(dataset, "timestamp_start");
    if (r->c->frame_timestamps && (!start || start->type != SFD_PY_NUMBER || start->number != 1.0))
        sfd_mm_fail(r, start ? start : dataset, SFD_ERR_UNSUPPORTED,
                    "counts frames (fps=1), and only from timestamp_start=1 is supported");
}

static void read_dataset(sfd_mm_reader *r, const sfd_py *dataset, bool version_1,
                         const sfd_py **pipeline)
{
    static const char *const types[] = {"AVADataset", "AVAKineticsDataset", NULL};
    int type = 0, start_index = -1;
    bool frames = true;
    r->c->keep_best_box = true;
    r->c->frame_timestamps = false; /* whatever the preset says that the weights look like */
    const sfd_mm_key keys[] = {
        {"type", sfd_mm_choice, &type, types},
        {"pipeline", sfd_mm_member, pipeline, NULL},
        {"start_index", sfd_mm_int, &start_index, NULL},
        {"use_frames", sfd_mm_bool, &frames, NULL},
        {"fps", read_fps, NULL, NULL},
        {"custom_classes", read_class_ids, NULL, NULL},
        {"person_det_score_thr", read_threshold, &r->c->box_threshold, NULL},
        {"modality", sfd_mm_want_text, NULL, "RGB"},
        {"ann_file", NULL, NULL, NULL},
        {"exclude_file", NULL, NULL, NULL},
        {"label_file", NULL, NULL, NULL},
        {"proposal_file", NULL, NULL, NULL},
        {"filename_tmpl", NULL, NULL, NULL},
        {"data_prefix", NULL, NULL, NULL},
        {"num_classes", NULL, NULL, NULL}, /* the head's counts */
        {"num_max_proposals", NULL, NULL, NULL},
        {"timestamp_start", NULL, NULL, NULL}, /* of seconds: told with the video */
        {"timestamp_end", NULL, NULL, NULL},
        {"multilabel", NULL, NULL, NULL},
        {"test_mode", NULL, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    sfd_mm_read_dict(r, dataset, "dataset", keys);
    r->c->centre_offset_frames = centre_offset(type == 1, version_1, frames, start_index);
    check_first_frame(r, dataset);
}

/* What `place` has under `name`; one that is not known could be anything. */
static const sfd_py *find_known(sfd_mm_reader *r, const sfd_py *place, const char *name)
{
    const sfd_py *v = sfd_py_get(place, name);
    if (v && v->type == SFD_PY_OTHER) {
        r->where = name;
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is no dictionary of literals");
    }
    return v && v->type == SFD_PY_DICT ? v : NULL;
}

/* The first of them that is there: val_dataloader.dataset, ... of version 1, data.val, ... before:
 * what is tested is what was validated, and who edits a configuration may edit that alone. */
static const sfd_py *find_dataset(sfd_mm_reader *r, const sfd_py *module, bool *version_1)
{
    static const char *const loaders[] = {"val_dataloader", "test_dataloader", "train_dataloader"};
    static const char *const older[] = {"val", "test", "train"};
    const sfd_py *found = NULL;
    for (size_t i = 0; i < 3 && !found && r->status == SFD_OK; i++)
        found = find_known(r, find_known(r, module, loaders[i]), "dataset");
    *version_1 = found != NULL;
    for (size_t i = 0; i < 3 && !found && r->status == SFD_OK; i++)
        found = find_known(r, find_known(r, module, "data"), older[i]);
    return found;
}

/* Where the data would be told of, were it a literal. */
static void refuse_unread(sfd_mm_reader *r, const sfd_py *module)
{
    static const char *const names[] = {"val_dataloader", "test_dataloader", "data"};
    for (size_t i = 0; i < sizeof names / sizeof *names && r->status == SFD_OK; i++) {
        const sfd_py *v = sfd_py_get(module, names[i]);
        if (v && v->type == SFD_PY_OTHER)
            sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is no dictionary of literals");
    }
}

/* Recognisers are tested by views that validation does not look at. */
static void read_recogniser_data(sfd_mm_reader *r, const sfd_py *module, sfd_mm_clip *clip)
{
    const sfd_py *places[] = {
        sfd_py_get(sfd_py_get(sfd_py_get(module, "test_dataloader"), "dataset"), "pipeline"),
        sfd_py_get(sfd_py_get(sfd_py_get(module, "data"), "test"), "pipeline"),
        sfd_py_get(module, "test_pipeline"), sfd_py_get(module, "val_pipeline")};
    const sfd_py *pipeline = NULL;
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !pipeline; i++)
        pipeline = places[i];
    if (pipeline)
        read_pipeline(r, pipeline, clip);
    else
        refuse_unread(r, module);
    sfd_mm_use_crops(r, clip);
}

void sfd_mm_read_data(sfd_mm_reader *r, const sfd_py *module, sfd_mm_clip *clip)
{
    r->where = "";
    if (!r->c->detection) {
        read_recogniser_data(r, module, clip);
        return;
    }
    bool version_1;
    const sfd_py *pipeline = NULL, *dataset = find_dataset(r, module, &version_1);
    if (dataset)
        read_dataset(r, dataset, version_1, &pipeline);
    if (!pipeline)
        pipeline = sfd_py_get(module, "val_pipeline");
    if (!pipeline)
        pipeline = sfd_py_get(module, "test_pipeline");
    if (r->status != SFD_OK)
        return;
    if (pipeline)
        read_pipeline(r, pipeline, clip);
    else if (!dataset)
        refuse_unread(r, module);
}
