/* SPDX-License-Identifier: Apache-2.0 */
/* Other detectors' files, and networks of other classes than COCO's. */
#include "persons/person_class.h"
#include "persons/rcnn_support.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"

#include <sfdet/inspect.h>
#include <sfdet/train.h>

#include <string.h>
#include <unistd.h>

#define SOURCE     "persons/yolox_1.pth" /* of 80 classes */
#define MOST_NAMES 6

static char path[] = "/tmp/sfd_kinds_XXXXXX";

static sfd_status open_with_class(sfd_person_model **m, int person_class, sfd_error *err)
{
    sfd_person_model_settings s;
    sfd_person_model_settings_defaults(&s);
    s.weights = path;
    s.person_class = person_class;
    return sfd_person_model_open(m, &s, err);
}

static void write_and_close(sfd_weights *w)
{
    assert_int_equal(sfd_weights_write(w, path, SFD_F32, NULL), SFD_OK);
    sfd_weights_close(w);
}

/* ------------------------------------------------------------------ other networks */

typedef struct foreign {
    const char *what; /* that the message is to have */
    const char *names[MOST_NAMES];
} foreign;

static void write_names(const foreign *f)
{
    sfd_weights *w;
    assert_int_equal(sfd_weights_create(&w, path, NULL), SFD_OK);
    for (int i = 0; i < MOST_NAMES && f->names[i]; i++) {
        float *data;
        assert_int_equal(sfd_weights_add(w, f->names[i], 1, (size_t[]){1}, &data, NULL), SFD_OK);
    }
    write_and_close(w);
}

static void others_are_named(void **state)
{
    (void)state;
    static const foreign files[] = {
        {"RetinaNet", {"backbone.bottom_up.stem.conv1.weight", "head.cls_subnet.0.weight"}},
        {"RetinaNet", {"backbone.body.conv1.weight", "head.classification_head.cls_logits.weight"}},
        {"RetinaNet", {"backbone.conv1.weight", "bbox_head.retina_cls.weight"}},
        {"FCOS",
         {"backbone.body.conv1.weight", "head.regression_head.bbox_ctrness.weight",
          "head.classification_head.cls_logits.weight"}},
        {"SSD", {"backbone.features.0.weight", "head.classification_head.module_list.0.weight"}},
        {"SSD", {"vgg.0.weight", "loc.0.weight", "conf.0.weight"}},
        {"DETR",
         {"transformer.encoder.layers.0.self_attn.in_proj_weight", "class_embed.weight",
          "bbox_embed.layers.0.weight", "backbone.0.body.conv1.weight"}},
        {"YOLOv5", {"model.0.conv.weight", "model.24.m.0.weight", "model.24.anchors"}},
        {"YOLOv8", {"model.0.conv.weight", "model.22.dfl.conv.weight"}},
        {"RTMDet", {"backbone.stem.0.conv.weight", "bbox_head.rtm_cls.0.weight"}},
        {"MMDetection's YOLOX",
         {"backbone.stem.conv.conv.weight", "bbox_head.multi_level_conv_cls.0.weight"}},
        {"Cascade R-CNN",
         {"backbone.bottom_up.stem.conv1.weight", "roi_heads.box_head.0.fc1.weight",
          "roi_heads.box_predictor.0.cls_score.weight"}},
        {"not a person detector: seems to be a SlowFast or Slow network",
         {"s1.pathway0_stem.conv.weight", "s1.pathway0_stem.bn.weight"}},
        {"not a person detector: seems to be a vision transformer",
         {"patch_embed.proj.weight", "cls_token"}},
        {"not a person detector; read", {"a.weight", "b.weight"}},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        sfd_person_model *m;
        sfd_error err;
        write_names(&files[i]);
        assert_int_equal(open_with_class(&m, -1, &err), SFD_ERR_MISMATCH);
        if (!strstr(err.message, files[i].what))
            fail_msg("wanted %s: %s", files[i].what, err.message);
        assert_non_null(strstr(err.message, "read are YOLOX"));
        assert_non_null(strstr(err.message, "Faster R-CNN"));
    }
}

static void uses_are_told(void **state)
{
    (void)state;
    assert_int_equal(sfd_network_use_of(SOURCE), SFD_USE_PERSONS);
    assert_int_equal(sfd_network_use_of("persons/rcnn_detectron.pkl"), SFD_USE_PERSONS);
    assert_int_equal(sfd_network_use_of("persons/rcnn_torchvision.pth"), SFD_USE_PERSONS);
    assert_int_equal(sfd_network_use_of("golden/sf_r50/weights.safetensors"), SFD_USE_ACTIONS);
    assert_int_equal(sfd_network_use_of("persons/boxes_1.txt"), SFD_USE_UNKNOWN);
    assert_int_equal(sfd_network_use_of("nowhere.pth"), SFD_USE_UNKNOWN);
}

static void detectors_label_nobody(void **state)
{
    (void)state;
    sfd_model_settings s;
    sfd_model *m;
    sfd_error err;
    sfd_model_settings_defaults(&s);
    s.weights = SOURCE;
    assert_int_equal(sfd_model_open(&m, &s, &err), SFD_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "seems to be YOLOX, a detector, which finds persons"));
}

/* ------------------------------------------------------------------ classes */

static bool is_class_row(const char *name)
{
    return strncmp(name, "head.cls_preds.", 15) == 0;
}

/* SOURCE with n classes, `person` taking the first one's place, and metadata unless NULL. */
static void write_classes(size_t n, size_t person, const char *told)
{
    sfd_weights *from, *to;
    assert_int_equal(sfd_weights_open(&from, SOURCE, NULL), SFD_OK);
    assert_int_equal(sfd_weights_create(&to, path, NULL), SFD_OK);
    for (size_t i = 0; i < sfd_weights_count(from); i++) {
        const sfd_tensor_info *t = sfd_weights_info(from, i);
        size_t dims[SFD_MAX_DIMS];
        float *data, *all = malloc(t->n_elements * sizeof *all);
        assert_non_null(all);
        memcpy(dims, t->dims, sizeof dims);
        if (is_class_row(t->name))
            dims[0] = n;
        assert_int_equal(sfd_weights_add(to, t->name, t->n_dims, dims, &data, NULL), SFD_OK);
        assert_int_equal(sfd_weights_read_f32(from, t, all, NULL), SFD_OK);
        const size_t row = t->n_elements / t->dims[0];
        memcpy(data, all, dims[0] * row * sizeof *data);
        if (is_class_row(t->name)) {
            memcpy(data, all + person * row, row * sizeof *data);
            memcpy(data + person * row, all, row * sizeof *data);
        }
        free(all);
    }
    if (told)
        assert_int_equal(sfd_weights_set_metadata(to, SFD_METADATA_PERSON_CLASS, told, NULL),
                         SFD_OK);
    sfd_weights_close(from);
    write_and_close(to);
}

static size_t find(const sfd_person_model *m, sfd_found_person *out, size_t most)
{
    picture p = picture_read_ppm("resize/landscape_down.in.ppm");
    sfd_person_finder *f;
    const sfd_found_person *found;
    size_t n;
    assert_int_equal(sfd_person_finder_create(&f, m, 1, NULL), SFD_OK);
    assert_int_equal(sfd_person_finder_run(f, p.rgb, p.width, p.height, 3 * (size_t)p.width, 0.3,
                                           &found, &n, NULL),
                     SFD_OK);
    assert_true(n <= most);
    memcpy(out, found, n * sizeof *out);
    sfd_person_finder_free(f);
    free(p.rgb);
    return n;
}

static void persons_are_the_class_that_is_told(void **state)
{
    (void)state;
    static sfd_found_person first[4096], moved[4096];
    sfd_person_model *m;
    write_classes(80, 0, NULL);
    assert_int_equal(open_with_class(&m, -1, NULL), SFD_OK);
    const size_t n = find(m, first, 4096);
    sfd_person_model_free(m);
    assert_true(n > 0);
    for (int i = 0; i < 2; i++) { /* by the caller, and by the file */
        write_classes(80, 7, i == 0 ? NULL : "7");
        assert_int_equal(open_with_class(&m, i == 0 ? 7 : -1, NULL), SFD_OK);
        assert_int_equal(find(m, moved, 4096), n);
        for (size_t k = 0; k < n; k++)
            assert_memory_equal(&first[k].box, &moved[k].box, sizeof first[k].box);
        sfd_person_model_free(m);
    }
}

static void other_numbers_of_classes_are_refused(void **state)
{
    (void)state;
    sfd_person_model *m;
    sfd_error err;
    for (size_t n = 2; n <= 79; n += 7) {
        write_classes(n, 0, NULL);
        assert_int_equal(open_with_class(&m, -1, &err), SFD_ERR_MISMATCH);
        assert_non_null(strstr(err.message, "is persons is not known"));
        assert_int_equal(open_with_class(&m, (int)n, &err), SFD_ERR_FORMAT);
        assert_int_equal(open_with_class(&m, (int)n - 1, &err), SFD_OK);
        sfd_person_model_free(m);
    }
    static const char *const bad[] = {"2", "-1", "", "person", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_classes(2, 0, bad[i]);
        assert_int_equal(open_with_class(&m, -1, &err), SFD_ERR_FORMAT);
        assert_non_null(strstr(err.message, "the network has 2"));
    }
    write_classes(1, 0, NULL);
    assert_int_equal(open_with_class(&m, -1, &err), SFD_OK);
    sfd_person_model_free(m);
}

static void learning_goes_on_from_persons(void **state)
{
    (void)state;
    sfd_train_settings s;
    sfd_error err;
    sfd_train_settings_defaults(&s);
    s.persons = true;
    s.weights = path;
    s.truth = s.videos = s.out = "/nonexistent/run";
    write_classes(2, 0, "1");
    assert_int_equal(sfd_train_run(&s, &err), SFD_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "a network of 2 classes"));
}

static int make_path(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_are_named),
        cmocka_unit_test(uses_are_told),
        cmocka_unit_test(detectors_label_nobody),
        cmocka_unit_test(persons_are_the_class_that_is_told),
        cmocka_unit_test(other_numbers_of_classes_are_refused),
        cmocka_unit_test(learning_goes_on_from_persons),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
