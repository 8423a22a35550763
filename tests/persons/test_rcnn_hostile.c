/* SPDX-License-Identifier: Apache-2.0 */
/* Weights that are no Faster R-CNN's or broken ones, and pictures of odd sizes. */
#include "persons/rcnn_support.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define SOURCE "persons/rcnn_detectron2.pkl"

#define MARK 12345.678F /* where a NaN is to be, which nothing here would write */

static char directory[] = "/tmp/sfd_rcnn_XXXXXX";

/* The path, static, of a file in the tests' directory. */
static const char *own_path(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* What is done to one tensor on its way to a new file. */
typedef enum damage { NONE, LEFT_OUT, LONGER, HUGE_VALUES, NOT_A_NUMBER } damage;

static void copy_tensor(sfd_weights *to, const sfd_weights *from, const sfd_tensor_info *t,
                        damage d)
{
    size_t dims[SFD_MAX_DIMS];
    float *data;
    memcpy(dims, t->dims, sizeof dims);
    dims[0] += d == LONGER;
    char text[SFD_MAX_TENSOR_NAME];
    assert_int_equal(sfd_weights_add(to, sfd_weights_spelling(from, t->name, text), t->n_dims, dims,
                                     &data, NULL),
                     SFD_OK);
    assert_int_equal(sfd_weights_read_f32(from, t, data, NULL), SFD_OK);
    for (size_t i = 0; d == HUGE_VALUES && i < t->n_elements; i++)
        data[i] *= 1e30F;
    if (d == NOT_A_NUMBER)
        data[t->n_elements / 2] = MARK;
}

static void replace_mark(const char *path)
{
    static uint8_t bytes[1 << 20];
    const float mark = MARK, nan = NAN;
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    const size_t n = fread(bytes, 1, sizeof bytes, f);
    size_t at = 0;
    while (at + sizeof mark <= n && memcmp(bytes + at, &mark, sizeof mark) != 0)
        at++;
    assert_true(at + sizeof mark <= n);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_equal(fwrite(&nan, sizeof nan, 1, f), 1);
    fclose(f);
}

/* The path, static, of a file like SOURCE but for the tensor. */
static const char *write_damaged(const sfd_weights *from, const char *tensor, damage d)
{
    const char *path = own_path("damaged.safetensors");
    sfd_weights *to;
    assert_int_equal(sfd_weights_create(&to, path, NULL), SFD_OK);
    for (size_t i = 0; i < sfd_weights_count(from); i++) {
        const sfd_tensor_info *t = sfd_weights_info(from, i);
        const damage own = strcmp(t->name, tensor) == 0 ? d : NONE;
        if (own != LEFT_OUT)
            copy_tensor(to, from, t, own);
    }
    assert_int_equal(sfd_weights_write(to, path, SFD_F32, NULL), SFD_OK);
    sfd_weights_close(to);
    if (d == NOT_A_NUMBER)
        replace_mark(path);
    return path;
}

static sfd_status open_damaged(sfd_person_model **m, const sfd_weights *from, const char *tensor,
                               damage d, sfd_error *err)
{
    sfd_person_model_settings s;
    sfd_person_model_settings_defaults(&s);
    s.weights = write_damaged(from, tensor, d);
    const sfd_status status = sfd_person_model_open(m, &s, err);
    unlink(s.weights);
    return status;
}

static sfd_weights *open_source(void)
{
    sfd_weights *w;
    assert_int_equal(sfd_weights_open(&w, SOURCE, NULL), SFD_OK);
    return w;
}

static bool is_used(const char *tensor)
{
    return !strstr(tensor, "cell_anchors") && strcmp(tensor, "pixel_mean") != 0;
}

/* Every `step`th: as the file calls it, whatever its code base. */
static void misses_each(const char *source, size_t step)
{
    sfd_weights *w;
    assert_int_equal(sfd_weights_open(&w, source, NULL), SFD_OK);
    for (size_t i = 0; i < sfd_weights_count(w); i += step) {
        const char *name = sfd_weights_info(w, i)->name;
        char text[SFD_MAX_TENSOR_NAME], quoted[SFD_MAX_TENSOR_NAME + 2];
        sfd_person_model *m;
        sfd_error err;
        if (!is_used(name))
            continue;
        snprintf(quoted, sizeof quoted, "\"%s\"", sfd_weights_spelling(w, name, text));
        const sfd_status status = open_damaged(&m, w, name, LEFT_OUT, &err);
        if (status != SFD_ERR_MISMATCH || !strstr(err.message, quoted))
            fail_msg("%s without %s: %s", source, quoted,
                     status == SFD_OK ? "opened" : err.message);
        assert_null(m);
    }
    sfd_weights_close(w);
}

static void every_missing_tensor_is_named(void **state)
{
    (void)state;
    misses_each(SOURCE, 1);
    misses_each("persons/rcnn_detectron.pkl", 17);
    misses_each("persons/rcnn_mmdetection_caffe.pth", 17);
    misses_each("persons/rcnn_torchvision.pth", 17);
    misses_each("persons/rcnn_torchvision_old.pth", 17);
}

static void every_wrong_shape_is_refused(void **state)
{
    (void)state;
    sfd_weights *w = open_source();
    for (size_t i = 0; i < sfd_weights_count(w); i++) {
        const char *name = sfd_weights_info(w, i)->name;
        sfd_person_model *m;
        sfd_error err;
        if (!is_used(name))
            continue;
        if (open_damaged(&m, w, name, LONGER, &err) != SFD_ERR_MISMATCH)
            fail_msg("%s one longer was not refused", name);
    }
    sfd_weights_close(w);
}

static void other_classes_are_refused(void **state)
{
    (void)state;
    sfd_weights *w = open_source();
    sfd_person_model *m;
    sfd_error err;
    assert_int_equal(open_damaged(&m, w, "roi_heads.box_predictor.cls_score.weight", LONGER, &err),
                     SFD_ERR_MISMATCH);
    assert_non_null(strstr(
        err.message, "which of the 81 classes of \"roi_heads.box_predictor.cls_score.weight\" "
                     "is persons is not known"));
    sfd_weights_close(w);
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    sfd_weights *w = open_source();
    sfd_person_model *m;
    sfd_error err;
    assert_int_equal(open_damaged(&m, w, "roi_heads.box_head.fc1.weight", NOT_A_NUMBER, &err),
                     SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "roi_heads.box_head.fc1.weight"));
    sfd_weights_close(w);
}

static void find(const sfd_person_model *m, const picture *p, double threshold)
{
    sfd_person_finder *f;
    const sfd_found_person *found;
    size_t n;
    assert_int_equal(sfd_person_finder_create(&f, m, 2, NULL), SFD_OK);
    assert_int_equal(sfd_person_finder_run(f, p->rgb, p->width, p->height, 3 * (size_t)p->width,
                                           threshold, &found, &n, NULL),
                     SFD_OK);
    assert_true(n <= 100);
    for (size_t i = 0; i < n; i++) {
        const sfd_box_px *b = &found[i].box;
        assert_true(b->x1 >= 0 && b->y1 >= 0 && b->x2 > b->x1 && b->y2 > b->y1);
        assert_true(b->x2 <= (float)p->width && b->y2 <= (float)p->height);
        assert_true((double)found[i].score >= threshold && found[i].score <= 1);
    }
    sfd_person_finder_free(f);
}

/* Sums become infinite, and their differences no numbers: nobody, or persons with proper boxes. */
static void overflow_is_survived(void **state)
{
    (void)state;
    static const char *const tensors[] = {
        "backbone.bottom_up.stem.conv1.weight",
        "backbone.fpn_output2.weight",
        "proposal_generator.rpn_head.objectness_logits.weight",
        "proposal_generator.rpn_head.anchor_deltas.weight",
        "proposal_generator.rpn_head.anchor_deltas.bias",
        "roi_heads.box_head.fc2.weight",
        "roi_heads.box_predictor.cls_score.weight",
        "roi_heads.box_predictor.bbox_pred.weight",
    };
    sfd_weights *w = open_source();
    picture p = picture_make(97, 61);
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        sfd_person_model *m;
        assert_int_equal(open_damaged(&m, w, tensors[i], HUGE_VALUES, NULL), SFD_OK);
        find(m, &p, 0.05);
        sfd_person_model_free(m);
    }
    free(p.rgb);
    sfd_weights_close(w);
}

static void odd_pictures_are_searched(void **state)
{
    (void)state;
    static const char *const files[] = {"rcnn_detectron2.pkl", "rcnn_mmdetection_caffe.pth",
                                        "rcnn_torchvision.pth", "rcnn_detectron_x.pkl"};
    static const int sizes[][2] = {{1, 1}, {1, 3000}, {3000, 1}, {5000, 7}, {31, 2}, {2400, 1800}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        sfd_person_model *m = open_model(files[i], NULL);
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            picture p = picture_make(sizes[k][0], sizes[k][1]);
            find(m, &p, 0.05);
            find(m, &p, 1.1);
            free(p.rgb);
        }
        sfd_person_model_free(m);
    }
}

/* ------------------------------------------------------------------ files */

static void cut_files_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 20];
    const char *path = own_path("cut.pkl");
    FILE *f = fopen(SOURCE, "rb");
    assert_non_null(f);
    const size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    for (size_t cut = 1; cut < n; cut += n / 23) {
        sfd_person_model_settings s;
        sfd_person_model *m;
        sfd_person_model_settings_defaults(&s);
        s.weights = path;
        f = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, cut, f), cut);
        fclose(f);
        assert_int_equal(sfd_person_model_open(&m, &s, NULL), SFD_ERR_FORMAT);
        assert_null(m);
    }
    unlink(path);
}

static void kinds_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *file, *description;
    } kinds[] = {
        {"rcnn_torchvision.pth", "Faster R-CNN of torchvision: ResNet-17 with FPN, 90 classes"},
        {"rcnn_detectron2_x.pkl",
         "Faster R-CNN of Detectron2: ResNeXt-17 (4x8d) with FPN, 1 class"},
        {"rcnn_mmdetection.pth",
         "Faster R-CNN of MMDetection, PyTorch style: ResNet-17 with FPN, 80 classes"},
        {"rcnn_mmdetection_caffe.pth",
         "Faster R-CNN of MMDetection, Caffe style: ResNet-17 with FPN, 1 class (assumed: Caffe "
         "style, by the file's name)"},
        {"rcnn_detectron.pkl", "Faster R-CNN of Detectron: ResNet-17 with FPN, 80 classes"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        sfd_person_model *m = open_model(kinds[i].file, NULL);
        assert_string_equal(sfd_person_model_describe(m), kinds[i].description);
        sfd_person_model_free(m);
    }
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_missing_tensor_is_named),
        cmocka_unit_test(every_wrong_shape_is_refused),
        cmocka_unit_test(other_classes_are_refused),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(overflow_is_survived),
        cmocka_unit_test(odd_pictures_are_searched),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(kinds_are_told),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
