/* SPDX-License-Identifier: Apache-2.0 */
/* CVAT's XML 1.1, "for video" (tracks of boxes) and "for images" (boxes of pictures), through
 * libxml2's reader. Actions are attributes of the boxes (choices, checkboxes) or, where labels
 * without attributes are not called like people, the labels. Boxes of tracks are listed for every
 * frame or for keyframes only; between two of them people move evenly; nobody is there behind the
 * last. */
#include "annotations/formats/cvat.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <libxml/xmlreader.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_DEPTH     32 /* deeper elements are looked at as if they were at this depth */
#define MAX_FRAME     1000000000000
#define MAX_TASKS     4096
#define MAX_XML_BYTES INT_MAX

typedef enum kind { OTHER, ROOT, META, TASK, SIZE, LABEL, DECLARATION, TRACK, IMAGE, BOX } kind;

/* What the file says of a video. */
typedef struct task {
    char *id, *name, *source;
    double width, height, n_frames;
    sfd_labelled_video *video; /* once a box needs it */
} task;

typedef struct cvat_reader {
    sfd_annotations *a;
    const char *path;
    xmlTextReaderPtr xml;
    sfd_error problem; /* libxml2's */
    kind at[MAX_DEPTH];
    task *tasks;
    size_t n_tasks, n_tasks_alloc;
    char *source;               /* meta/source */
    sfd_name_table ignored;     /* attributes that are no actions */
    sfd_name_table objects;     /* labels that have attributes */
    char *label, *shape;        /* of the declaration at work */
    char *name, *type, *values; /* of its attribute */
    char *object;               /* label of the track or box at work */
    task *task;                 /* of the track or picture at work */
    char *picture;              /* its name; NULL: a track is at work */
    int64_t picture_frame;
    double scale[2]; /* from the picture at work to its video's size */
    sfd_person_box box;
    size_t n_attributes;
    int64_t track_id;
    bool has_track_id;
} cvat_reader;

bool sfd_cvat_matches(const unsigned char *head)
{
    return strstr((const char *)head, "<annotations") != NULL;
}

static sfd_status fail(const cvat_reader *r, sfd_error *err, const char *what)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %d: %s", r->path,
                    xmlTextReaderGetParserLineNumber(r->xml), what);
}

/* ---- attributes of elements */

static char *attribute(const cvat_reader *r, const char *name)
{
    return (char *)xmlTextReaderGetAttribute(r->xml, (const xmlChar *)name);
}

static bool number_attribute(const cvat_reader *r, const char *name, double *out)
{
    char *text = attribute(r, name);
    const bool ok = text && sfd_parse_double(text, strlen(text), out);
    xmlFree(text);
    return ok;
}

static bool flag_attribute(const cvat_reader *r, const char *name)
{
    char *text = attribute(r, name);
    const bool set = text && (strcmp(text, "1") == 0 || strcasecmp(text, "true") == 0);
    xmlFree(text);
    return set;
}

static bool frame_attribute(const cvat_reader *r, const char *name, int64_t *out)
{
    double v;
    if (!number_attribute(r, name, &v) || !(v >= 0 && v <= MAX_FRAME) || v != (double)(int64_t)v)
        return false;
    *out = (int64_t)v;
    return true;
}

/* Text of the element at work. Elements hold either text or elements. */
static char *content(const cvat_reader *r)
{
    char *text =
        xmlTextReaderIsEmptyElement(r->xml) ? NULL : (char *)xmlTextReaderReadString(r->xml);
    return text ? text : (char *)xmlStrdup((const xmlChar *)"");
}

static void keep(char **to, char *text)
{
    xmlFree(*to);
    *to = text;
}

/* ---- declarations */

static bool is_choice(const char *type)
{
    return !type || strcasecmp(type, "select") == 0 || strcasecmp(type, "radio") == 0;
}

static bool note_name(const cvat_reader *r, sfd_name_table *t, const char *name)
{
    size_t ignored;
    if (sfd_name_table_find(t, name, &ignored))
        return true;
    const char *copy = sfd_set_text(r->a, name);
    return copy && sfd_name_table_add(t, copy, 0);
}

/* Each value is an action; the ids follow the order of the file. */
static sfd_status declare_values(cvat_reader *r, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (char *at = r->values; status == SFD_OK && at && *at;) {
        char *end = at + strcspn(at, "\r\n");
        sfd_person_box nobody = {0};
        const bool more = *end != '\0';
        *end = '\0';
        if (strcasecmp(at, "true") != 0)
            status = r->a->labels.given ? SFD_OK
                                        : sfd_set_add_attribute(r->a, &nobody, r->name, at, err);
        at = more ? end + 1 : end;
    }
    return status;
}

static sfd_status declare(cvat_reader *r, sfd_error *err)
{
    size_t label;
    if (!r->name || !*r->name)
        return SFD_OK;
    if (r->label && !note_name(r, &r->objects, r->label))
        return sfd_fail_nomem(err, r->path);
    if (is_choice(r->type))
        return declare_values(r, err);
    if (strcasecmp(r->type, "checkbox") == 0)
        return sfd_label_list_by_name(&r->a->labels, NULL, r->name, &label, err);
    return note_name(r, &r->ignored, r->name) ? SFD_OK : sfd_fail_nomem(err, r->path);
}

/* ---- meta */

static task *add_task(cvat_reader *r)
{
    if (r->n_tasks == MAX_TASKS) {
        sfd_tally_add(&r->a->tally, "tasks left out behind 4096 others", NULL);
        return NULL;
    }
    if (!sfd_grow(&r->tasks, &r->n_tasks_alloc, r->n_tasks, sizeof *r->tasks))
        return NULL;
    r->tasks[r->n_tasks] = (task){0};
    return &r->tasks[r->n_tasks++];
}

static double number_content(const cvat_reader *r)
{
    double v = 0;
    char *text = content(r);
    if (!text || !sfd_parse_double(text, strlen(text), &v))
        v = 0;
    xmlFree(text);
    return v;
}

static void read_task_field(cvat_reader *r, const char *name)
{
    task *t = &r->tasks[r->n_tasks - 1];
    if (strcmp(name, "id") == 0)
        keep(&t->id, content(r));
    else if (strcmp(name, "name") == 0)
        keep(&t->name, content(r));
    else if (strcmp(name, "source") == 0)
        keep(&t->source, content(r));
    else if (strcmp(name, "size") == 0)
        t->n_frames = number_content(r);
}

static void read_declaration_field(cvat_reader *r, const char *name)
{
    if (strcmp(name, "name") == 0)
        keep(&r->name, content(r));
    else if (strcmp(name, "input_type") == 0)
        keep(&r->type, content(r));
    else if (strcmp(name, "values") == 0)
        keep(&r->values, content(r));
}

static kind begin_in_meta(cvat_reader *r, kind parent, const char *name)
{
    if (strcmp(name, "task") == 0 || strcmp(name, "job") == 0)
        return add_task(r) ? TASK : OTHER;
    if (strcmp(name, "label") == 0) {
        keep(&r->label, NULL);
        keep(&r->shape, NULL);
        return LABEL;
    }
    if (strcmp(name, "attribute") == 0) {
        keep(&r->name, NULL);
        keep(&r->type, NULL);
        keep(&r->values, NULL);
        return DECLARATION;
    }
    if (strcmp(name, "original_size") == 0 && r->n_tasks > 0)
        return SIZE;
    if (parent == META && strcmp(name, "source") == 0)
        keep(&r->source, content(r));
    else if (parent == TASK)
        read_task_field(r, name);
    else if (parent == LABEL && strcmp(name, "name") == 0)
        keep(&r->label, content(r));
    else if (parent == LABEL && strcmp(name, "type") == 0)
        keep(&r->shape, content(r));
    else if (parent == DECLARATION)
        read_declaration_field(r, name);
    else if (parent == SIZE && strcmp(name, "width") == 0)
        r->tasks[r->n_tasks - 1].width = number_content(r);
    else if (parent == SIZE && strcmp(name, "height") == 0)
        r->tasks[r->n_tasks - 1].height = number_content(r);
    return parent == META ? META : OTHER;
}

/* ---- tracks and pictures */

static sfd_status find_task(cvat_reader *r, sfd_error *err)
{
    char *id = attribute(r, "task_id");
    r->task = NULL;
    for (size_t i = 0; id && i < r->n_tasks; i++)
        if (r->tasks[i].id && strcmp(r->tasks[i].id, id) == 0)
            r->task = &r->tasks[i];
    xmlFree(id);
    if (!r->task && r->n_tasks == 0 && !add_task(r))
        return sfd_fail_nomem(err, r->path);
    if (!r->task)
        r->task = &r->tasks[0];
    return SFD_OK;
}

static const char *name_of(const cvat_reader *r, const task *t)
{
    if (t->source && *t->source)
        return t->source;
    return r->source && *r->source && r->n_tasks == 1 ? r->source : t->name;
}

static sfd_status find_video(cvat_reader *r, sfd_error *err)
{
    task *t = r->task;
    if (t->video)
        return SFD_OK;
    const char *name = name_of(r, t);
    sfd_status status = sfd_set_only_video(r->a, &t->video, name, err);
    if (status != SFD_OK)
        return status;
    sfd_set_size(t->video, t->width, t->height);
    if (!t->video->source && name && strrchr(name, '.') &&
        !(t->video->source = sfd_set_text(r->a, name)))
        return sfd_fail_nomem(err, r->path);
    if (t->n_frames > 0 && t->n_frames <= MAX_FRAME && t->video->n_frames == 0)
        t->video->n_frames = (int64_t)t->n_frames;
    return SFD_OK;
}

static sfd_status begin_track(cvat_reader *r, sfd_error *err)
{
    double id;
    keep(&r->object, attribute(r, "label"));
    keep(&r->picture, NULL);
    r->a->next_track++;
    r->has_track_id = number_attribute(r, "id", &id) && id >= 0 && id <= 9e15;
    r->track_id = r->has_track_id ? (int64_t)id : 0;
    sfd_status status = find_task(r, err);
    return status == SFD_OK ? find_video(r, err) : status;
}

static sfd_status begin_image(cvat_reader *r, sfd_error *err)
{
    double width = 0, height = 0;
    keep(&r->picture, attribute(r, "name"));
    if (!r->picture || !frame_attribute(r, "id", &r->picture_frame))
        return fail(r, err, "an image has no name, or an id that is no number");
    sfd_status status = find_task(r, err);
    if (status != SFD_OK)
        return status;
    sfd_labelled_video *v;
    status = sfd_set_picture(r->a, &v, &r->box.time_s, r->picture, name_of(r, r->task),
                             r->picture_frame, err);
    if (status != SFD_OK)
        return status;
    r->task->video = v;
    r->scale[0] = r->scale[1] = 1;
    if (number_attribute(r, "width", &width) && number_attribute(r, "height", &height)) {
        sfd_set_size(v, width, height);
        if (width > 0 && height > 0 && (v->width != (int)width || v->height != (int)height)) {
            r->scale[0] = v->width / width;
            r->scale[1] = v->height / height;
            sfd_tally_add(&r->a->tally, "pictures of another size than their video: boxes scaled",
                          r->picture);
        }
    }
    return sfd_set_add_frame(r->a, v, r->box.time_s, r->picture, err);
}

/* ---- boxes */

static sfd_status begin_box(cvat_reader *r, bool in_image, sfd_error *err)
{
    static const char *const corners[4] = {"xtl", "ytl", "xbr", "ybr"};
    const double time_s = r->box.time_s; /* of the picture */
    int64_t frame;
    double rotation;
    r->box = (sfd_person_box){.score = SFD_NO_SCORE, .time_s = time_s};
    r->n_attributes = 0;
    for (int i = 0; i < 4; i++) {
        if (!number_attribute(r, corners[i], &r->box.corner[i]))
            return fail(r, err, "a box without the numbers xtl, ytl, xbr, ybr");
        if (in_image)
            r->box.corner[i] *= r->scale[i % 2];
    }
    if (number_attribute(r, "rotation", &rotation) && rotation != 0)
        sfd_tally_add(&r->a->tally, "boxes whose rotation is left out", NULL);
    r->box.occluded = flag_attribute(r, "occluded");
    if (in_image) {
        keep(&r->object, attribute(r, "label"));
        return SFD_OK;
    }
    if (!frame_attribute(r, "frame", &frame))
        return fail(r, err, "a box of a track has no frame number");
    char *keyframe = attribute(r, "keyframe");
    r->box.interpolated = keyframe && !flag_attribute(r, "keyframe");
    xmlFree(keyframe);
    r->box.outside = flag_attribute(r, "outside");
    r->box.moves_on = true;
    r->box.time_s = sfd_set_time_of(r->a, r->task->video, frame);
    r->box.track = r->a->next_track;
    r->box.person_id = r->track_id;
    r->box.has_person_id = r->has_track_id;
    return SFD_OK;
}

static sfd_status read_attribute(cvat_reader *r, sfd_error *err)
{
    size_t ignored;
    char *name = attribute(r, "name"), *value = content(r);
    sfd_status status = SFD_OK;
    r->n_attributes++;
    if (!name || !value)
        status = fail(r, err, "an attribute of a box has no name");
    else if (!sfd_name_table_find(&r->ignored, name, &ignored))
        status = sfd_set_add_attribute(r->a, &r->box, name, value, err);
    else if (*value)
        sfd_tally_add(&r->a->tally, "attributes left out that are text or numbers", name);
    xmlFree(name);
    xmlFree(value);
    return status;
}

/* Labels of people with attributes are objects, others say what the person does. */
static sfd_status end_box(cvat_reader *r, sfd_error *err)
{
    size_t ignored;
    char place[320];
    sfd_status status = SFD_OK;
    const char *label = r->object ? r->object : "";
    if (*label && r->n_attributes == 0 && !sfd_means_person(label) &&
        !sfd_name_table_find(&r->objects, label, &ignored)) {
        status = sfd_label_list_by_name(&r->a->labels, NULL, label, &ignored, err);
        if (status == SFD_OK && ignored != SFD_NO_LABEL)
            status = sfd_set_add_done(r->a, &r->box, ignored, SFD_NO_SCORE, err);
        else if (status == SFD_OK)
            sfd_tally_add(&r->a->tally, "labels that are not on the list of labels", label);
    }
    if (status != SFD_OK)
        return status;
    snprintf(place, sizeof place, "%.250s: line %d", r->path,
             xmlTextReaderGetParserLineNumber(r->xml));
    return sfd_set_add(r->a, r->task->video, &r->box, SFD_UNIT_PIXELS, place, err);
}

/* ---- elements */

static bool is_other_shape(const char *name)
{
    static const char *const shapes[] = {"polygon", "polyline", "points",   "cuboid",
                                         "mask",    "ellipse",  "skeleton", "skeletons"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(name, shapes[i]) == 0)
            return true;
    return false;
}

static sfd_status begin(cvat_reader *r, kind parent, kind *now, const char *name, sfd_error *err)
{
    *now = OTHER;
    if (parent == ROOT && strcmp(name, "meta") == 0) {
        *now = META;
    } else if (parent == ROOT && strcmp(name, "track") == 0) {
        *now = TRACK;
        return begin_track(r, err);
    } else if (parent == ROOT && strcmp(name, "image") == 0) {
        *now = IMAGE;
        return begin_image(r, err);
    } else if ((parent == TRACK || parent == IMAGE) && strcmp(name, "box") == 0) {
        *now = BOX;
        return begin_box(r, parent == IMAGE, err);
    } else if (parent == BOX && strcmp(name, "attribute") == 0) {
        return read_attribute(r, err);
    } else if ((parent == TRACK || parent == IMAGE) && is_other_shape(name)) {
        sfd_tally_add(&r->a->tally, "shapes left out that are no boxes", name);
    } else if (parent == IMAGE && strcmp(name, "tag") == 0) {
        sfd_tally_add(&r->a->tally, "tags of pictures left out", NULL);
    }
    return SFD_OK;
}

static bool may_be_box(const char *shape)
{
    return !shape || strcmp(shape, "rectangle") == 0 || strcmp(shape, "any") == 0 ||
           strcmp(shape, "bbox") == 0;
}

static bool in_meta(const cvat_reader *r, int depth)
{
    return depth > 1 && r->at[1] == META;
}

static sfd_status end(cvat_reader *r, kind now, sfd_error *err)
{
    size_t label;
    if (now == BOX)
        return end_box(r, err);
    if (now == DECLARATION)
        return declare(r, err);
    if (now == LABEL && r->label && *r->label && may_be_box(r->shape) &&
        !sfd_means_person(r->label) && !sfd_name_table_find(&r->objects, r->label, &label))
        return sfd_label_list_by_name(&r->a->labels, NULL, r->label, &label, err);
    return SFD_OK;
}

static sfd_status on_element(cvat_reader *r, int depth, sfd_error *err)
{
    const char *name = (const char *)xmlTextReaderConstLocalName(r->xml);
    sfd_status status = SFD_OK;
    kind now = ROOT;
    if (depth >= MAX_DEPTH)
        return fail(r, err, "elements deeper than 32");
    if (depth == 0 && strcmp(name, "annotations") != 0)
        return fail(r, err, "the root element is not \"annotations\"");
    if (in_meta(r, depth))
        now = begin_in_meta(r, depth == 2 ? META : r->at[depth - 1], name);
    else if (depth > 0)
        status = begin(r, r->at[depth - 1], &now, name, err);
    r->at[depth] = now;
    return status == SFD_OK && xmlTextReaderIsEmptyElement(r->xml) ? end(r, now, err) : status;
}

static sfd_status on_node(cvat_reader *r, sfd_error *err)
{
    const int depth = xmlTextReaderDepth(r->xml);
    switch (xmlTextReaderNodeType(r->xml)) {
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return fail(r, err, "a document type or an entity, which CVAT does not write");
    case XML_READER_TYPE_ELEMENT:
        return on_element(r, depth, err);
    case XML_READER_TYPE_END_ELEMENT:
        return depth < MAX_DEPTH ? end(r, r->at[depth], err) : SFD_OK;
    default:
        return SFD_OK;
    }
}

static void on_xml_error(void *user, xmlErrorPtr error)
{
    cvat_reader *r = user;
    if (r->problem.status != SFD_OK || error->level < XML_ERR_ERROR)
        return;
    char *text = sfd_strdup(error->message ? error->message : "not XML");
    if (text)
        text[strcspn(text, "\n")] = '\0';
    sfd_fail(&r->problem, SFD_ERR_FORMAT, "%s: line %d: %s", r->path, error->line,
             text ? text : "not XML");
    free(text);
}

static sfd_status read_all(cvat_reader *r, sfd_error *err)
{
    sfd_status status = SFD_OK;
    int more = 0;
    while (status == SFD_OK && (more = xmlTextReaderRead(r->xml)) == 1)
        status = on_node(r, err);
    if (r->problem.status != SFD_OK)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s", r->problem.message);
    if (status == SFD_OK && more != 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is no XML", r->path);
    return status;
}

static void release(cvat_reader *r)
{
    for (size_t i = 0; i < r->n_tasks; i++) {
        xmlFree(r->tasks[i].id);
        xmlFree(r->tasks[i].name);
        xmlFree(r->tasks[i].source);
    }
    free(r->tasks);
    keep(&r->source, NULL);
    keep(&r->label, NULL);
    keep(&r->shape, NULL);
    keep(&r->name, NULL);
    keep(&r->type, NULL);
    keep(&r->values, NULL);
    keep(&r->object, NULL);
    keep(&r->picture, NULL);
    sfd_name_table_free(&r->ignored);
    sfd_name_table_free(&r->objects);
    xmlFreeTextReader(r->xml);
}

sfd_status sfd_cvat_read(sfd_annotations *a, const char *path, sfd_error *err)
{
    cvat_reader r = {.a = a, .path = path};
    sfd_mapping file;
    sfd_status status = sfd_load_file(&file, path, err);
    if (status != SFD_OK)
        return status;
    if (file.n_bytes > MAX_XML_BYTES) {
        sfd_unmap(&file);
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: XML of more than 2 GB", path);
    }
    r.xml = file.n_bytes == 0 ? NULL
                              : xmlReaderForMemory((const char *)file.data, (int)file.n_bytes, NULL,
                                                   NULL, XML_PARSE_NONET | XML_PARSE_NOCDATA);
    if (r.xml) {
        xmlTextReaderSetStructuredErrorHandler(r.xml, on_xml_error, &r);
        status = read_all(&r, err);
    } else {
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: is no XML", path);
    }
    release(&r);
    sfd_unmap(&file);
    return status;
}
