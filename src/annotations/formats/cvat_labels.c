/* SPDX-License-Identifier: Apache-2.0 */
/* Actions as attributes, and the head of a file that declares them. */
#include "annotations/formats/cvat.h"
#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING "unknown" /* the choice of who does nothing of a group */

void sfd_xml_put(FILE *f, const char *text)
{
    for (const char *c = text; *c;) {
        const size_t n = sfd_utf8_length(c);
        if (n == 0 || (n == 1 && (unsigned char)*c < ' ' && !strchr("\t\n\r", *c))) {
            fputc('?', f);
            c++;
            continue;
        }
        const char *entity = *c == '&'    ? "&amp;"
                             : *c == '<'  ? "&lt;"
                             : *c == '>'  ? "&gt;"
                             : *c == '"'  ? "&quot;"
                             : *c == '\n' ? "&#10;"
                             : *c == '\r' ? "&#13;"
                             : *c == '\t' ? "&#9;"
                                          : NULL;
        if (entity)
            fputs(entity, f);
        else
            fwrite(c, 1, n, f);
        c += n;
    }
}

/* ---- choices and checkboxes */

/* The groups of which somebody does two at a time. */
static void find_doubles(sfd_cvat_labels *l)
{
    const sfd_label_list *list = &l->a->labels;
    for (size_t k = 0; k < l->a->n_videos; k++)
        for (size_t i = 0; i < l->a->videos[k]->n_boxes; i++) {
            const sfd_person_box *b = &l->a->videos[k]->boxes[i];
            for (size_t x = 0; x < b->n_done; x++)
                for (size_t y = x + 1; y < b->n_done; y++) {
                    const char *g = list->items[b->done[x].label].group;
                    const char *h = list->items[b->done[y].label].group;
                    if (g && h && strcmp(g, h) == 0)
                        l->checkbox[b->done[y].label] = true;
                }
        }
}

static bool group_is_double(const sfd_cvat_labels *l, const char *group)
{
    const sfd_label_list *list = &l->a->labels;
    for (size_t i = 0; i < list->n; i++)
        if (l->checkbox[i] && list->items[i].group && strcmp(list->items[i].group, group) == 0)
            return true;
    return false;
}

static bool has_group(const sfd_cvat_labels *l, const char *group)
{
    for (size_t i = 0; i < l->n_groups; i++)
        if (strcmp(l->groups[i], group) == 0)
            return true;
    return false;
}

sfd_status sfd_cvat_labels_make(sfd_cvat_labels *l, const sfd_annotations *a, sfd_error *err)
{
    const sfd_label_list *list = &a->labels;
    *l = (sfd_cvat_labels){.a = a};
    l->checkbox = sfd_calloc(list->n, sizeof *l->checkbox);
    l->groups = sfd_calloc(list->n, sizeof *l->groups);
    if (!l->checkbox || !l->groups) {
        sfd_cvat_labels_free(l);
        return sfd_fail_nomem(err, a->path);
    }
    find_doubles(l);
    for (size_t i = 0; i < list->n; i++) {
        const char *group = list->items[i].group;
        if (group && !has_group(l, group) && !group_is_double(l, group))
            l->groups[l->n_groups++] = group;
    }
    for (size_t i = 0; i < list->n; i++)
        l->checkbox[i] = !list->items[i].group || !has_group(l, list->items[i].group);
    return SFD_OK;
}

void sfd_cvat_labels_free(sfd_cvat_labels *l)
{
    free(l->checkbox);
    free(l->groups);
    *l = (sfd_cvat_labels){0};
}

/* ---- declarations */

static void put_element(FILE *f, int indent, const char *name, const char *text)
{
    fprintf(f, "%*s<%s>", indent, "", name);
    sfd_xml_put(f, text);
    fprintf(f, "</%s>\n", name);
}

static void begin_attribute(FILE *f, const char *name, const char *type, const char *first)
{
    fputs("            <attribute>\n", f);
    put_element(f, 14, "name", name);
    put_element(f, 14, "mutable", "True");
    put_element(f, 14, "input_type", type);
    put_element(f, 14, "default_value", first);
    fprintf(f, "              <values>%s", first);
}

static void put_choice(FILE *f, const sfd_cvat_labels *l, const char *group)
{
    const sfd_label_list *list = &l->a->labels;
    begin_attribute(f, group, "select", NOTHING);
    for (size_t i = 0; i < list->n; i++)
        if (!l->checkbox[i] && strcmp(list->items[i].group, group) == 0) {
            fputc('\n', f);
            sfd_xml_put(f, list->items[i].name);
        }
    fputs("</values>\n            </attribute>\n", f);
}

static void put_attributes(FILE *f, const sfd_cvat_labels *l)
{
    char name[SFD_LABEL_CHARS];
    for (size_t i = 0; i < l->n_groups; i++)
        put_choice(f, l, l->groups[i]);
    for (size_t i = 0; i < l->a->labels.n; i++)
        if (l->checkbox[i]) {
            begin_attribute(f, sfd_label_full_name(&l->a->labels, i, name), "checkbox", "false");
            fputs("\ntrue</values>\n            </attribute>\n", f);
        }
}

void sfd_cvat_put_head(FILE *f, const sfd_cvat_labels *l, const char *mode,
                       const sfd_labelled_video *v, int64_t n_frames)
{
    fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n"
          "  <version>1.1</version>\n  <meta>\n    <task>\n",
          f);
    put_element(f, 6, "name", v ? v->id : "pictures");
    fprintf(f, "      <size>%" PRId64 "</size>\n", n_frames);
    put_element(f, 6, "mode", mode);
    fputs("      <z_order>False</z_order>\n      <labels>\n        <label>\n", f);
    put_element(f, 10, "name", "person");
    fputs("          <attributes>\n", f);
    put_attributes(f, l);
    fputs("          </attributes>\n        </label>\n      </labels>\n", f);
    if (v && v->width > 0)
        fprintf(f,
                "      <original_size>\n        <width>%d</width>\n        <height>%d</height>\n"
                "      </original_size>\n",
                v->width, v->height);
    fputs("    </task>\n", f);
    if (v && v->source)
        put_element(f, 4, "source", v->source);
    fputs("  </meta>\n", f);
}

/* ---- boxes */

void sfd_cvat_put_corners(FILE *f, const double corner[4])
{
    static const char *const names[4] = {"xtl", "ytl", "xbr", "ybr"};
    char text[SFD_DECIMAL_CHARS];
    for (int i = 0; i < 4; i++)
        fprintf(f, " %s=\"%s\"", names[i], sfd_format_decimal(text, corner[i]));
}

static void put_attribute(FILE *f, const char *name, const char *value)
{
    fputs("      <attribute name=\"", f);
    sfd_xml_put(f, name);
    fputs("\">", f);
    sfd_xml_put(f, value);
    fputs("</attribute>\n", f);
}

static bool does(const sfd_person_box *b, size_t label)
{
    for (size_t i = 0; i < b->n_done; i++)
        if (b->done[i].label == label)
            return true;
    return false;
}

static const char *chosen_of(const sfd_cvat_labels *l, const sfd_person_box *b, const char *group)
{
    for (size_t i = 0; i < b->n_done; i++) {
        const sfd_action_label *label = &l->a->labels.items[b->done[i].label];
        if (label->group && strcmp(label->group, group) == 0)
            return label->name;
    }
    return NOTHING;
}

void sfd_cvat_put_attributes(FILE *f, const sfd_cvat_labels *l, const sfd_person_box *b)
{
    char name[SFD_LABEL_CHARS];
    for (size_t i = 0; i < l->n_groups; i++)
        put_attribute(f, l->groups[i], chosen_of(l, b, l->groups[i]));
    for (size_t i = 0; i < l->a->labels.n; i++)
        if (l->checkbox[i])
            put_attribute(f, sfd_label_full_name(&l->a->labels, i, name),
                          does(b, i) ? "true" : "false");
}
