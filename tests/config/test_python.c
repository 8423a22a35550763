/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's Python configs: what is followed, and what is refused by name. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/python_cases.h"

/* A SlowOnly detector with something in each of its parts. */
#define MODEL(backbone, extractor, head)                                                           \
    "model = dict(type='FastRCNN', _scope_='mmdet',\n"                                             \
    "  backbone=dict(type='mmaction.ResNet3dSlowOnly', pretrained=None" backbone "),\n"            \
    "  roi_head=dict(type='AVARoIHead',\n"                                                         \
    "    bbox_roi_extractor=dict(type='SingleRoIExtractor3D', output_size=8" extractor "),\n"      \
    "    bbox_head=dict(type='BBoxHeadAVA', topk=3" head ")))\n"
#define DATA(dataset, pipeline)                                                                    \
    "val_dataloader = dict(dataset=dict(type='AVADataset'" dataset ", pipeline=[\n"                \
    "  dict(type='SampleAVAFrames', clip_len=8, frame_interval=8)" pipeline "]))\n"

static void class_defaults_hold(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "model = dict(backbone=dict(type='ResNet3dSlowOnly'), roi_head=dict())");
    assert_int_equal(c.spatial_strides[3][0], 2);
    assert_int_equal(c.roi_resolution, 16);
    assert_true(c.background && c.aligned);
    assert_int_equal(c.num_frames, 4);
    expect_ok(&c, MODEL("", "", "") DATA("", ""));
    assert_int_equal(c.num_frames, 8);
    assert_int_equal(c.centre_offset_frames, 1);
    assert_true(c.keep_best_box && c.box_threshold < 0);
}

static void the_head_is_followed(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, MODEL("", "", ", background_class=False, multilabel=False"));
    assert_false(c.background);
    assert_int_equal(c.head_act, SFD_HEAD_SOFTMAX);
    assert_int_equal(sfd_net_config_class_id(&c, 0), 0);
    expect_ok(&c, MODEL("", ", with_temporal_pool=False", ", temporal_pool_type='max'"));
    assert_true(c.temporal_max_roi && !c.temporal_max);
    expect_ok(&c, MODEL("", ", temporal_pool_mode='max'", ", temporal_pool_type='avg'"));
    assert_true(c.temporal_max && !c.temporal_max_roi);
    /* the mode of a pool that is not there */
    expect_ok(&c, MODEL("", ", with_temporal_pool=False, temporal_pool_mode='max'", ""));
    assert_true(!c.temporal_max && !c.temporal_max_roi);
    expect_ok(&c, MODEL(", style='caffe'", "", ""));
    assert_true(c.stride_1x1);
}

/* Weights of 66 classes look like MultiSports' preset, whose timestamps count frames; a data set
 * that does not say fps=1 has seconds. */
static void a_data_set_overrides_the_preset(void **state)
{
    (void)state;
    static const char text[] =
        MODEL("", "", ", background_class=False, num_classes=66") DATA("", "");
    sfd_net_config c;
    sfd_error err = {0};
    sfd_net_config_load(&c, "mmaction2_slowonly_r50_4x16_multisports", NULL, &err);
    assert_true(c.frame_timestamps);
    assert_int_equal(sfd_mmaction2_config_parse_over(&c, text, strlen(text), "net.py", NULL, &err),
                     SFD_OK);
    assert_false(c.frame_timestamps);
    assert_int_equal(c.centre_offset_frames, 1);
}

/* One list under two names, filled under one of them; data that are made by a call. */
static void aliases_are_refused(void **state)
{
    (void)state;
    static const char *const data[] = {
        "a = []\nval_pipeline = a\na.append(dict(type='SampleAVAFrames', clip_len=8))\n",
        "val_pipeline = []\na = val_pipeline\na += [dict(type='SampleAVAFrames', clip_len=8)]\n",
        "a = val_pipeline = []\na.append(dict(type='SampleAVAFrames', clip_len=8))\n",
        "a = []\nval_dataloader = dict(dataset=dict(type='AVADataset', pipeline=a))\na.append(0)\n",
        "a = {}\nval_dataloader = a\na['dataset'] = dict(type='AVADataset', start_index=0)\n",
        "val_dataloader = make()\n",
        "data = make()\n"};
    char text[2000];
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        snprintf(text, sizeof text, "%s%s", MODEL("", "", ""), data[i]);
        expect_refused(text, "literal");
    }
}

/* Version 0's files end like this. Two names of one dictionary, until one is given another. */
static void items_are_followed(void **state)
{
    (void)state;
    static const char older[] =
        "norm = dict(mean=[1., 2., 3.], std=[4., 5., 6.], to_bgr=False)\n"
        "steps = [dict(type='SampleAVAFrames', clip_len=8), dict(type='Normalize', **norm)]\n"
        "data = dict(val=dict(type='AVADataset', pipeline=steps, ann_file='val.csv'))\n"
        "data['test'] = data['val']\n"
        "data['test']['ann_file'] = 'test.csv'\n";
    sfd_net_config c;
    char text[4000];
    snprintf(text, sizeof text, "%s%s", MODEL("", "", ""), older);
    expect_ok(&c, text);
    assert_int_equal(c.num_frames, 8);
    assert_true(c.mean[0] == 1.0F / 255 && c.std[2] == 6.0F / 255);
    snprintf(text, sizeof text, "%s%s%s", MODEL("", "", ""), older,
             "data['test']['person_det_score_thr'] = 0.5\nmine = data['test']\n"
             "data[\"test\"] = dict(type='AVADataset', person_det_score_thr=0.125)\n");
    expect_ok(&c, text);
    assert_true(c.box_threshold == 0.5);
    snprintf(text, sizeof text, "%s%s%s", MODEL("", "", ""), older,
             "model['roi_head']['bbox_head']['num_classes'] = 41\n"
             "data['val'] = dict(pipeline=[dict(type='SampleAVAFrames', clip_len=2)])\n");
    expect_ok(&c, text);
    assert_int_equal(c.num_classes, 41);
    assert_int_equal(c.num_frames, 2);
    /* where both are there, what was validated */
    expect_ok(&c, MODEL("", "", ", num_classes=3") DATA(
                      ", custom_classes=[3, 5]",
                      "") "test_dataloader = dict(dataset=dict(type='AVADataset', pipeline=[]))\n");
    assert_int_equal(c.n_class_ids, 2);
}

static void what_items_become_is_known_or_told(void **state)
{
    (void)state;
    static const char *const data[] = {
        "data = dict(test=dict(type='AVADataset'))\ndata['val'] = data['test'].copy()\n",
        "data = dict(test=dict(type='AVADataset'))\ndata['val'] = x = data['test']\n",
        "data = dict(test=dict(type='AVADataset'))\nfor k in y:\n    data['val'] = data['test']\n",
        "data = dict(test=dict(type='AVADataset', **more))\ndata['val'] = data['test']['sub']\n",
        "data = dict(test=dict(type='AVADataset'))\ndata['val'] = data\n",
        "data = dict(val=dict(type='AVADataset'))\nb = dict(x=[data])\ndata['val'] = b\n",
        "data = dict(test=dict(type='AVADataset'))\ndata['val'] = data['other']\n",
        "data = dict(val=dict(a=dict()))\ndata['val']['a']['b'] = 1\n",
        "data = dict(val=dict(type='AVADataset'))\ndata[0] = 1\n",
        "test_dataloader = dict(dataset=dict(type='AVADataset'))\nval_dataloader = make()\n",
        "data = dict(test=dict(type='AVADataset'))\ndata['val'] = make(data)\n"};
    char text[4000];
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        snprintf(text, sizeof text, "%s%s", MODEL("", "", ""), data[i]);
        expect_refused(text, "literal");
    }
    size_t n = 0;
    n += (size_t)snprintf(text, sizeof text, "data = dict()\n");
    for (int i = 0; i < 257 && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "data['%d']=1\n", i);
    expect_refused(text, "more than 256 names");
    expect_refused("model = dict(backbone=dict(type='ResNet3dSlowOnly'), roi_head=dict(),\n"
                   "  data_preprocessor=dict(mean=[1, 2, 3]))\n",
                   "model.data_preprocessor.mean is given without std");
}

static void the_data_are_followed(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "ids = [10, 12, 80]\n" MODEL("", "", ", num_classes=len(ids) + 1")
                      DATA(", custom_classes=ids, person_det_score_thr=0.85", ""));
    assert_int_equal(c.num_classes, 4);
    assert_int_equal(sfd_net_config_class_id(&c, 0), SFD_NO_CLASS);
    assert_int_equal(sfd_net_config_class_id(&c, 3), 80);
    assert_true(c.box_threshold == 0.85);
    expect_ok(&c, MODEL("", "", "") DATA(", start_index=0", ""));
    assert_int_equal(c.centre_offset_frames, -1);
    expect_ok(&c, MODEL("", "", "")
                      DATA(", use_frames=False, start_index=0, fps=1, timestamp_start=1", ""));
    assert_int_equal(c.centre_offset_frames, 0);
    assert_true(c.frame_timestamps);
    expect_ok(&c, MODEL("", "", "") DATA(", fps=30, timestamp_start=902", ""));
    assert_false(c.frame_timestamps);
    expect_ok(&c, MODEL("", "", "") "data = dict(val=dict(type='AVADataset'))\n");
    assert_int_equal(c.centre_offset_frames, 0); /* before version 1 */
    /* SampleAVAFrames(5, 7): 14, 7, 0 before the centre, where half of 5 * 7 frames would be 17 */
    expect_ok(&c, MODEL("", "", "") DATA("", ", dict(type='SampleAVAFrames', clip_len=5, "
                                             "frame_interval=7)"));
    assert_int_equal(c.centre_offset_frames, 1 + 3);
    expect_ok(&c, MODEL("", "", "") DATA("", ", dict(type='Resize', scale=(256, 340))"));
    assert_true(c.test_crop_size == 256 && c.max_long_side == 340);
    expect_ok(&c, MODEL("", "", "")
                      DATA("", ", dict(type='Resize', scale=(320, 200), keep_ratio=False)"));
    assert_true(c.fixed_size[0] == 320 && c.fixed_size[1] == 200);
    expect_ok(&c, MODEL("", "", "") "norm = dict(mean=[51, 102, 255], std=[255, 255, 255])\n" DATA(
                      "", ", dict(type='Normalize', **norm, to_bgr=False)"));
    assert_true(c.mean[0] == 0.2F && c.mean[2] == 1.0F);
}

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    expect_refused(MODEL(", num_stagess=4", "", ""),
                   "net.py:2: model.backbone.num_stagess is not known, and might change the "
                   "network (num_stages?)");
    expect_refused(MODEL("", ", pool_mode='max'", ""),
                   "pool_mode is not supported unless it is avg");
    expect_refused(MODEL("", ", sampling_ratio=2", ""), "sampling_ratio is not supported");
    expect_refused(MODEL("", ", roi_layer_type='RoIPool'", ""), "roi_layer_type");
    expect_refused(MODEL("", "", ", spatial_pool_type='avg'"), "spatial_pool_type");
    expect_refused(MODEL("", "", ", xyz=1"), "bbox_head.xyz is not known");
    expect_refused(MODEL(", conv1_kernel=(3, 7, 7)", "", ""), "conv1_kernel");
    expect_refused(MODEL(", inflate=(1, 1, 1, 1)", "", ""), "inflate begins with 0, 0");
    expect_refused(MODEL(", depth=18", "", ""), "depth is 50, 101 or 152");
    expect_refused(MODEL(", conv_cfg=dict(type='Conv2plus1d')", "", ""), "conv_cfg.type");
    expect_refused(MODEL(", conv_cfg=None", "", ""), "conv_cfg is not supported");
    expect_refused(MODEL(", act_cfg=dict(type='Swish')", "", ""), "act_cfg.type");
    expect_refused(MODEL(", act_cfg=None", "", ""), "act_cfg is not supported");
    expect_refused(MODEL(", norm_cfg=None", "", ""), "without a norm_cfg");
    expect_refused("model = dict(backbone=dict(type='ResNet3dSlowFast', speed_ratio=0))",
                   "speed_ratio");
    expect_refused(MODEL(", norm_cfg=dict(type='GN')", "", ""), "norm_cfg.type");
    expect_refused(MODEL("", "", "") DATA("", ", dict(type='CenterCrop', crop_size=224)"),
                   "might change what the network is shown");
    expect_refused(MODEL("", "", "") DATA("", ", dict(type='Resize', scale=0.5)"), "Resize.scale");
    expect_refused(MODEL("", "", "") DATA(", modality='Flow'", ""), "modality");
    expect_refused(MODEL("", "", "") DATA(", fps=25", ""), "dataset.fps");
    expect_refused(MODEL("", "", "") DATA(", fps=1", ""), "only from timestamp_start=1");
    expect_refused(MODEL("", "", "") DATA(", fps=1, timestamp_start=0", ""), "timestamp_start=1");
    expect_refused(MODEL("", "", "") DATA(", person_det_score_thr=-1", ""),
                   "person_det_score_thr is not a number from 0 to 1");
}

static void what_is_no_literal_is_refused(void **state)
{
    (void)state;
    expect_refused(MODEL("", "", ", num_classes=count()"), "num_classes is no literal");
    expect_refused(MODEL("", "", ", num_classes=80 if x else 3"), "num_classes is no literal");
    expect_refused(MODEL("", "", "") "model[key] = 3\n", "model is no dictionary of literals");
    expect_refused(MODEL("", "", "") "if True:\n    model = dict()\n", "model is no dictionary");
    expect_refused(MODEL(", **extra", "", ""), "** is not known");
}

/* What Python refuses, and what it takes for more than we follow. */
static void python_is_read_as_python_reads_it(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } refused[] = {
        {"x = dict(a=1, a=2)\n", "net.py:1: an argument of dict() is given twice"},
        {"y = dict(a=1)\nx = dict(a=2, **y)\n", "net.py:2: an argument of dict() is given twice"},
        {"x = dict(a=1, 2)\n", "an argument without a name behind"},
        {"x = dict(a=1 b=2)\n", "a comma or the end is missing"},
        {"x = dict(class=1)\n", "cannot name an argument"},
        {"x = [1,, 2]\n", "expected a value"},
        {"x = [1, 2)\n", "a comma or the end is missing"},
        {"x = (1, 2\n", "a comma or the end is missing"},
        {"f(x))\n", "a closing bracket without its opening one"},
        {"x = {'a': 1, 'b'}\n", "a key without a value"},
        {"x = 050\n", "a number that Python does not take"},
        {"x = 1__0\n", "a number that Python does not take"},
        {"x = xx'y'\n", "a prefix that Python has not"},
        {"  x = 1\n", "an indented line outside of a block"},
        {"None = 1\n", "cannot be assigned to"},
        {"x =\n", "expected a value"},
        {"x = {'a': 1,*b=3)}\n", "a closing bracket"},
    };
    char text[2000];
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        snprintf(text, sizeof text, "%s%s", refused[i].text, MODEL("", "", ""));
        expect_refused(text, refused[i].part);
    }
    static const char *const changed[] = {"x = 1; model[key] = 3\n",
                                          "if x: model = 3\n",
                                          "model.update(x)\n",
                                          "x = model.pop('backbone')\n",
                                          "x = model['backbone'].pop('depth')\n",
                                          "x = [model[k]['y'].update(z=1)]\n",
                                          "model = _base_.model\n",
                                          "a, model = 1, 2\n",
                                          "x = model = 3\n",
                                          "(model := 3)\n",
                                          "from x import model\n"};
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        snprintf(text, sizeof text, "%s%s", MODEL("", "", ""), changed[i]);
        expect_refused(text, "model is no dictionary of literals");
    }
    expect_refused("b = dict(type='ResNet3dSlowOnly')\nmodel = dict(backbone=b, roi_head=dict())\n"
                   "b[key] = 101\n",
                   "model.backbone.type is not supported");
    expect_refused(MODEL(", inflate=[0 for i in range(4)]", "", ""), "inflate is no literal");
    expect_refused(MODEL(", non_local=((0, 0, 0), (x, 0, 1, 0), 0, 0)", "", ""), "no number");
    sfd_net_config c;
    sfd_error err = {0};
    expect_ok(&c, "b = dict(type='ResNet3dSlowOnly')\nmodel = dict(backbone=b, roi_head=dict())\n"
                  "b['depth'] = 101\n");
    assert_int_equal(c.depth, 101);
    expect_ok(&c, "x = {'a': 1, 'a': 2}\nprint(x)\nf = lambda a, b=2: a\ny: int = 0x10\n"
                  "@f\ndef g(z=1):\n    return {'a', 'b'}\n" MODEL(
                      ", base_channels=y * 2", "", ", num_classes=1_0, background_class=False"));
    assert_true(c.width_per_group == 32 && c.num_classes == 10);
    expect_ok(&c, MODEL(", base_channels=8 \\\r\n * +-+-4", "", ", init_cfg='a' 'b'"));
    assert_int_equal(c.width_per_group, 32);
    static const char zero[] = "model = dict()\0";
    assert_int_equal(sfd_mmaction2_config_parse_over(&c, zero, sizeof zero - 1, "n", NULL, &err),
                     SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "zero byte"));
}

/* The features that come to a head are as many as it says. */
static void channels_are_compared(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, MODEL("", "", ", in_channels=2048"));
    expect_ok(&c, MODEL("", ", with_global=True", ", in_channels=4096"));
    expect_refused(MODEL("", ", with_global=True", ", in_channels=2048"),
                   "bbox_head.in_channels is 2048, but 4096 channels come here");
    expect_refused(MODEL(", base_channels=32", "", ", in_channels=2048"),
                   "bbox_head.in_channels is 2048, but 1024 channels come here");
    expect_refused("model = dict(backbone=dict(type='ResNet3dSlowFast'), roi_head=dict(\n"
                   "    bbox_head=dict(in_channels=2048)))\n",
                   "net.py:2: model.roi_head.bbox_head.in_channels is 2048, but 2304 channels");
    expect_refused("model = dict(backbone=dict(type='ResNet3dSlowFast'), roi_head=dict(\n"
                   "    shared_head=dict(type='ACRNHead', in_channels=2304, out_channels=8)))\n",
                   "model.roi_head.shared_head.in_channels is 2304, but 4608 channels");
    expect_refused("model = dict(backbone=dict(type='ResNet3dSlowFast'), roi_head=dict(\n"
                   "    shared_head=dict(type='ACRNHead', in_channels=4608, out_channels=8),\n"
                   "    bbox_head=dict(in_channels=2304)))\n",
                   "model.roi_head.bbox_head.in_channels is 2304, but 8 channels");
    expect_refused("model = dict(backbone=dict(type='ResNet3dSlowOnly'),\n"
                   "    cls_head=dict(type='I3DHead', in_channels=2304))\n",
                   "model.cls_head.in_channels is 2304, but 2048 channels come here");
    expect_refused("model = dict(backbone=dict(type='ResNet3dSlowOnly'),\n"
                   "    cls_head=dict(type='I3DHead', in_channels=None))\n",
                   "model.cls_head.in_channels is not a whole number");
}

/* Before version 1 the model's test_cfg told how clips are averaged, the head since then. */
static void clips_are_averaged_as_told(void **state)
{
    (void)state;
    static const char recogniser[] =
        "model = dict(type='Recognizer3D', backbone=dict(type='ResNet3dSlowOnly'),\n"
        "    cls_head=dict(type='I3DHead'%s), test_cfg=dict(%s))\n";
    static const struct {
        const char *head, *test_cfg;
        sfd_head_act act;
    } cases[] = {
        {"", "", SFD_HEAD_SOFTMAX},
        {"", "average_clips=None, max_testing_views=4", SFD_HEAD_SOFTMAX},
        {"", "average_clips='score'", SFD_HEAD_NONE},
        {", average_clips='score'", "", SFD_HEAD_NONE},
    };
    sfd_net_config c;
    char text[400];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, recogniser, cases[i].head, cases[i].test_cfg);
        expect_ok(&c, text);
        assert_int_equal(c.head_act, cases[i].act);
    }
    snprintf(text, sizeof text, recogniser, "", "feature_extraction=True");
    expect_refused(text, "model.test_cfg.feature_extraction");
}

static void other_files_are_told_apart(void **state)
{
    (void)state;
    static const char none[] = "no model with a backbone of type";
    expect_refused("", none);
    expect_refused("import os\n", none);
    expect_refused("model = dict(type='CLIP')\n", none);
    expect_refused("model = dict(type='Recognizer2D', backbone=dict(type='ResNet3dSlowOnly'),\n"
                   "             cls_head=dict(num_classes=400))\n",
                   "model.type");
    expect_refused("model = dict(type='Recognizer3D', backbone=dict(type='ResNet3dSlowOnly'),\n"
                   "             cls_head=dict(type='TSNHead', num_classes=400))\n",
                   "model.cls_head.type");
    expect_refused("model = dict(type='FastRCNN', backbone=dict(type='ResNet3dSlowOnly'),\n"
                   "             roi_head=dict(type='AVARoIHead', bbox_roi_extractor=dict(),\n"
                   "                           shared_head=dict(type='FBOHead', fbo_cfg=dict(\n"
                   "                               type='max'))))\n",
                   "roi_head.shared_head is not supported: it wants a long-term feature bank");
    expect_refused("with read_base():\n    from .x import *\n", "read_base");
    /* what is imported may be the pipeline that this model is shown */
    expect_refused("with read_base():\n    from .x import *\n" MODEL("", "", ""), "read_base");
    expect_refused(MODEL("", "", "") "del model\n",
                   "model is no dictionary of literals, or is changed");
    expect_refused(MODEL("", "", "") DATA("", ", dict(type='Flip', flip_ratio=1)"),
                   "pipeline.type of a step, Flip, is not supported");
    expect_refused(
        "model = dict(type='FastRCNN', backbone=dict(type='mmaction.VisionTransformer'))\n",
        "model.backbone.type is not supported; supported: ResNet3dSlowFast");
}

/* -- bases */

static char folder[] = "/tmp/sfdet-test-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static const char *const files[] = {"a.py", "b.py", "c.py"};

static int remove_folder(void **state)
{
    (void)state;
    char path[64];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void put(const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
}

static sfd_status load(sfd_net_config *c, const char *name, sfd_error *err)
{
    char path[64];
    *err = (sfd_error){0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return sfd_net_config_load(c, path, NULL, err);
}

static void bases_are_merged(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    put("a.py", MODEL(", base_channels=32", "", "") DATA("", ""));
    put("b.py", "_base_ = ['a.py']\n"
                "model = dict(roi_head=dict(bbox_head=dict(num_classes=7)))\n");
    put("c.py", "_base_ = './b.py'\nmodel = dict(backbone=dict(_delete_=True,\n"
                "  type='ResNet3dSlowOnly', depth=101, spatial_strides=(1, 2, 2, 1)))\n");
    if (load(&c, "b.py", &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_true(c.num_classes == 7 && c.width_per_group == 32 && c.num_frames == 8);
    if (load(&c, "c.py", &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_true(c.num_classes == 7 && c.width_per_group == 64 && c.depth == 101);
    assert_string_equal(c.name, "c.py");
    /* a fault in a base is told with its own line */
    put("a.py", "\n\n" MODEL(", xyzzy=32", "", ""));
    assert_int_equal(load(&c, "b.py", &err), SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "a.py:4: model.backbone.xyzzy"));
}

static void bases_are_bounded(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    put("a.py", "_base_ = ['b.py', 'b.py', 'b.py', 'b.py', 'b.py', 'b.py', 'b.py', 'b.py']\n");
    put("b.py", "_base_ = ['c.py', 'c.py', 'c.py', 'c.py', 'c.py', 'c.py', 'c.py', 'c.py']\n");
    put("c.py", MODEL("", "", ""));
    assert_int_equal(load(&c, "a.py", &err), SFD_OK);
    put("c.py", "_base_ = 'a.py'\n");
    assert_int_equal(load(&c, "a.py", &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "leads back to a file that it changes"));
    put("a.py", "_base_ = ['mmaction::detection/x.py']\n");
    assert_int_equal(load(&c, "a.py", &err), SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "a.py:1: _base_ 'mmaction::detection/x.py' names a file of "
                                        "an installed package"));
    put("a.py", "_base_ = [folder + '/b.py']\n");
    assert_int_equal(load(&c, "a.py", &err), SFD_ERR_UNSUPPORTED);
    put("a.py", "_base_ = 'nowhere.py'\n");
    assert_int_equal(load(&c, "a.py", &err), SFD_ERR_IO);
}

/* One name after the other, all looked up again and again. */
static void long_files_are_bounded(void **state)
{
    (void)state;
    static char text[200000];
    size_t n = 0;
    for (int i = 0; n < sizeof text - 32; i++)
        n += (size_t)sprintf(text + n, "v%d = [v%d, 1 + 1]\n", i, i / 2);
    expect_refused(text, "more than 256 names");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(class_defaults_hold),
        cmocka_unit_test(the_head_is_followed),
        cmocka_unit_test(items_are_followed),
        cmocka_unit_test(what_items_become_is_known_or_told),
        cmocka_unit_test(the_data_are_followed),
        cmocka_unit_test(aliases_are_refused),
        cmocka_unit_test(a_data_set_overrides_the_preset),
        cmocka_unit_test(what_is_not_known_is_refused),
        cmocka_unit_test(what_is_no_literal_is_refused),
        cmocka_unit_test(python_is_read_as_python_reads_it),
        cmocka_unit_test(channels_are_compared),
        cmocka_unit_test(clips_are_averaged_as_told),
        cmocka_unit_test(other_files_are_told_apart),
        cmocka_unit_test(bases_are_merged),
        cmocka_unit_test(bases_are_bounded),
        cmocka_unit_test(long_files_are_bounded),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
