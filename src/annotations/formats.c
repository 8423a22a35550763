/* SPDX-License-Identifier: Apache-2.0 */
/* The formats, and sets read and written in them. */
#include "annotations/format.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/outfile.h"
#include "base/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES      ((size_t)1 << 16)
#define MAX_TEXT_BYTES  ((size_t)1 << 30) /* of JSON */
#define MAX_ARENA_BYTES ((size_t)1 << 31)

/* In the order in which contents are looked at. */
static const sfd_format *const formats[] = {
    &sfd_format_cvat,     &sfd_format_cvat_images,  &sfd_format_via,   &sfd_format_coco,
    &sfd_format_coco_vid, &sfd_format_jsonl,        &sfd_format_tubes, &sfd_format_proposals,
    &sfd_format_mot,      &sfd_format_label_studio, &sfd_format_ava,   &sfd_format_yolo,
};

#define N_FORMATS (sizeof formats / sizeof *formats)

size_t sfd_annotation_format_count(void)
{
    return N_FORMATS;
}

const sfd_annotation_format *sfd_annotation_format_get(size_t i)
{
    return &formats[i]->info;
}

static const sfd_format *find_format(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i]->info.name, name) == 0)
            return formats[i];
    return NULL;
}

static sfd_status fail_format(const char *name, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_ARG, "there is no format \"%s\" of annotations", name);
}

/* ---- sets */

void sfd_annotation_settings_defaults_sized(sfd_annotation_settings *s, size_t struct_size)
{
    const sfd_annotation_settings defaults = {.join_s = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status check_settings(const sfd_annotation_settings *s, sfd_error *err)
{
    if (!(s->fps == 0 || (s->fps >= 1e-3 && s->fps <= 1e5)))
        return sfd_fail(err, SFD_ERR_ARG, "%g frames a second, wanted 0.001 to 100000", s->fps);
    if (s->width < 0 || s->height < 0 || s->width > 1000000 || s->height > 1000000 ||
        (s->width == 0) != (s->height == 0))
        return sfd_fail(err, SFD_ERR_ARG, "a video of %d x %d pixels", s->width, s->height);
    if (!(fabs(s->timestamp_offset_s) <= 1e9) || isnan(s->min_score) ||
        !(s->every_s == 0 || (s->every_s >= 0.001 && s->every_s <= 1e9)) ||
        !(s->join_s >= 0 && s->join_s <= 1e9))
        return sfd_fail(err, SFD_ERR_ARG, "a time or score of annotations is out of range");
    return SFD_OK;
}

sfd_status sfd_annotations_create(sfd_annotations **out, const sfd_annotation_settings *settings,
                                  sfd_error *err)
{
    sfd_annotation_settings s;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_annotation_settings, &s, settings, err);
    if (status == SFD_OK)
        status = check_settings(&s, err);
    sfd_annotations *a = status == SFD_OK ? sfd_calloc(1, sizeof *a) : NULL;
    if (status != SFD_OK || !a)
        return status == SFD_OK ? sfd_fail_nomem(err, "annotations") : status;
    sfd_arena_init(&a->arena, MAX_ARENA_BYTES);
    a->settings = s;
    a->path = "annotations";
    a->next_track = 1;
    if (s.labels)
        status = sfd_label_list_read(&a->labels, s.labels, err);
    a->settings.labels = NULL;
    if (status == SFD_OK && s.video_id && !(a->settings.video_id = sfd_set_text(a, s.video_id)))
        status = sfd_fail_nomem(err, "annotations");
    if (status != SFD_OK)
        sfd_annotations_free(a);
    else
        *out = a;
    return status;
}

void sfd_annotations_free(sfd_annotations *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n_videos; i++) {
        free(a->videos[i]->id);
        free(a->videos[i]->boxes);
        free(a->videos[i]->tracks);
        free(a->videos[i]->frames);
        free(a->videos[i]);
    }
    free(a->videos);
    free(a->stem);
    sfd_name_table_free(&a->by_id);
    sfd_label_list_free(&a->labels);
    sfd_arena_free(&a->arena);
    free(a);
}

void sfd_annotations_count(const sfd_annotations *a, sfd_annotation_counts *counts)
{
    *counts = (sfd_annotation_counts){.n_videos = a->n_videos, .n_labels = a->labels.n};
    for (size_t k = 0; k < a->n_videos; k++) {
        const sfd_labelled_video *v = a->videos[k];
        counts->n_tracks += v->n_tracks;
        for (size_t i = 0; i < v->n_boxes; i++) {
            if (v->boxes[i].outside)
                continue;
            counts->n_boxes++;
            counts->n_actions += v->boxes[i].n_done;
        }
    }
}

/* ---- reading */

static char *stem_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return sfd_strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static sfd_status read_head(sfd_annotation_input *in, unsigned char *head, sfd_error *err)
{
    size_t n_bytes;
    const int fd = sfd_open_to_read(in->path, &n_bytes, err);
    if (fd < 0)
        return err ? err->status : SFD_ERR_IO;
    in->n_head = n_bytes < HEAD_BYTES ? n_bytes : HEAD_BYTES;
    const bool ok = sfd_read_at(fd, 0, head, in->n_head);
    close(fd);
    if (!ok)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot be read", in->path);
    head[in->n_head] = '\0';
    in->head = head;
    return SFD_OK;
}

static char first_char(const sfd_annotation_input *in)
{
    const unsigned char *c = in->head;
    if (in->n_head >= 3 && memcmp(c, "\xEF\xBB\xBF", 3) == 0)
        c += 3;
    while (*c && strchr(" \t\r\n", *c))
        c++;
    return (char)*c;
}

/* One JSON document, or several: *several, whose reader parses them one by one. */
static sfd_status parse_json(sfd_annotation_input *in, sfd_error *err)
{
    char *text;
    size_t n;
    sfd_error own;
    if (first_char(in) != '{' && first_char(in) != '[')
        return SFD_OK;
    sfd_status status = sfd_read_text(&text, &n, in->path, MAX_TEXT_BYTES, err);
    if (status != SFD_OK)
        return status;
    const size_t mark = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    status = sfd_json_parse(&in->json, in->path, text + mark, n - mark, &own);
    free(text);
    if (status != SFD_OK && !sfd_format_jsonl.matches(in)) {
        if (err)
            *err = own;
        return status;
    }
    return SFD_OK;
}

static sfd_status choose(const sfd_annotation_input *in, const char *name, const sfd_format **out,
                         sfd_error *err)
{
    *out = NULL;
    if (name && !(*out = find_format(name)))
        return fail_format(name, err);
    for (size_t i = 0; !*out && i < N_FORMATS; i++)
        if (formats[i]->read && formats[i]->matches && formats[i]->of_folder == in->is_folder &&
            formats[i]->matches(in))
            *out = formats[i];
    if (!*out)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: of no format of annotations that is known",
                        in->path);
    if ((*out)->of_folder != in->is_folder)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is %s folder, as format \"%s\" %s", in->path,
                        in->is_folder ? "a" : "no", (*out)->info.name,
                        in->is_folder ? "is not" : "is");
    if (!(*out)->read)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: format \"%s\" is written, not read",
                        in->path, name);
    return SFD_OK;
}

/* A run that fails tells its error alone. */
static void tell(sfd_annotations *a, sfd_status status)
{
    if (status != SFD_OK)
        a->tally.n = 0;
    sfd_tally_tell(&a->tally, a->path, a->settings.on_warning, a->settings.user);
    a->path = "annotations";
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static sfd_status read_input(sfd_annotations *a, sfd_annotation_input *in, const char *format,
                             sfd_error *err)
{
    const sfd_format *f;
    sfd_status status = in->is_folder ? SFD_OK : parse_json(in, err);
    if (status == SFD_OK)
        status = choose(in, format, &f, err);
    if (status == SFD_OK)
        status = f->read(a, in, err);
    if (status == SFD_OK)
        status = sfd_set_settle(a, err);
    cJSON_Delete(in->json);
    return status;
}

sfd_status sfd_annotations_read(sfd_annotations *a, const char *path, const char *format,
                                sfd_error *err)
{
    sfd_annotation_input in = {.path = path};
    sfd_error own;
    sfd_error *const e = err ? err : &own;
    unsigned char *head = sfd_malloc_array(HEAD_BYTES + 1, 1);
    free(a->stem);
    a->stem = stem_of(path);
    a->path = path;
    in.is_folder = is_folder(path);
    sfd_status status = SFD_OK;
    if (!head || !a->stem)
        status = sfd_fail_nomem(e, path);
    else if (!in.is_folder)
        status = read_head(&in, head, e);
    if (status == SFD_OK)
        status = read_input(a, &in, format, e);
    free(head);
    tell(a, status);
    return status;
}

/* ---- writing */

static const sfd_format *by_extension(const char *path)
{
    const char *extension = strrchr(path, '.');
    const sfd_format *found = NULL;
    for (size_t i = 0; extension && i < N_FORMATS; i++) {
        if (!formats[i]->write || strcasecmp(formats[i]->info.extension, extension) != 0)
            continue;
        if (found)
            return NULL;
        found = formats[i];
    }
    return found;
}

sfd_status sfd_annotations_write(sfd_annotations *a, const char *path, const char *format,
                                 sfd_error *err)
{
    const sfd_format *f = format ? find_format(format) : by_extension(path);
    sfd_outfile *file;
    if (!f && format)
        return fail_format(format, err);
    if (f && !f->write)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: format \"%s\" is read, not written", path,
                        format);
    if (!f)
        return sfd_fail(err, SFD_ERR_ARG, "%s: its name does not tell the format", path);
    sfd_status status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    a->path = path;
    status = f->write(a, sfd_outfile_stream(file), err);
    if (status == SFD_OK)
        status = sfd_outfile_commit(file, err);
    else
        sfd_outfile_discard(file);
    tell(a, status);
    return status;
}

const char *sfd_annotations_video(const sfd_annotations *a, size_t i)
{
    return a->videos[i]->id;
}

sfd_status sfd_annotations_write_video(sfd_annotations *a, size_t i, const char *path,
                                       const char *format, sfd_error *err)
{
    sfd_labelled_video **const all = a->videos, *one = a->videos[i];
    const size_t n = a->n_videos;
    a->videos = &one;
    a->n_videos = 1;
    const sfd_status status = sfd_annotations_write(a, path, format, err);
    a->videos = all;
    a->n_videos = n;
    return status;
}

sfd_status sfd_annotations_write_labels(const sfd_annotations *a, const char *path, sfd_error *err)
{
    char *text;
    sfd_outfile *file;
    sfd_status status = sfd_label_list_text(&a->labels, &text, err);
    if (status != SFD_OK)
        return status;
    status = sfd_outfile_open(&file, path, err);
    if (status == SFD_OK) {
        fputs(text, sfd_outfile_stream(file));
        status = sfd_outfile_commit(file, err);
    }
    free(text);
    return status;
}
