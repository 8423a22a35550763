/* SPDX-License-Identifier: Apache-2.0 */
/* A check from its settings to its findings. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "check/work.h"

#include <stdlib.h>

void sfd_check_settings_defaults_sized(sfd_check_settings *s, size_t struct_size)
{
    const sfd_check_settings defaults = {.min_examples = 10};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static void free_file(sfd_check_file *f)
{
    free(f->rows);
    free(f->sorted);
}

void sfd_check_free(sfd_check *c)
{
    if (!c)
        return;
    free_file(&c->truth);
    free_file(&c->val);
    free_file(&c->proposals);
    free_file(&c->excluded);
    for (size_t i = 0; i < c->n_videos; i++) {
        free(c->videos[i].id);
        free(c->videos[i].renamed);
        free(c->videos[i].path);
    }
    for (size_t i = 0; i < c->n_found; i++)
        free(c->found[i].text);
    free(c->videos);
    free(c->found);
    free(c->classes);
    free(c->pairs);
    sfd_name_table_free(&c->names);
    sfd_label_map_free(&c->labels);
    free(c);
}

static sfd_status run(sfd_check *c, sfd_error *err)
{
    sfd_status status = SFD_OK;
    if (c->s.labels)
        status = sfd_label_map_read(&c->labels, c->s.labels, SFD_LABELS_ANY_LAYOUT, err);
    sfd_check_file *files[] = {&c->truth, &c->val, &c->proposals, &c->excluded};
    for (size_t i = 0; i < sizeof files / sizeof *files && status == SFD_OK; i++)
        status = sfd_check_read(c, files[i], err);
    if (status == SFD_OK)
        status = sfd_check_videos(c, err);
    if (status == SFD_OK)
        status = sfd_check_count_all(c, err);
    if (status == SFD_OK)
        status = sfd_check_proposals(c, err);
    if (status == SFD_OK && c->out_of_memory)
        status = sfd_fail_nomem(err, c->truth.path);
    return status;
}

sfd_status sfd_check_run(sfd_check **out, const sfd_check_settings *settings, sfd_error *err)
{
    *out = NULL;
    sfd_check *c = sfd_calloc(1, sizeof *c);
    if (!c)
        return sfd_fail_nomem(err, "checking a data set");
    sfd_status status = SFD_SETTINGS_TAKE(sfd_check_settings, &c->s, settings, err);
    if (status == SFD_OK && !c->s.truth)
        status = sfd_fail(err, SFD_ERR_ARG, "a check needs the ground truth");
    c->truth = (sfd_check_file){.path = c->s.truth, .has_labels = true};
    c->val = (sfd_check_file){.path = c->s.val_truth, .has_labels = true};
    c->proposals = (sfd_check_file){.path = c->s.proposals, .is_proposals = true};
    c->excluded.path = c->s.exclude;
    if (status == SFD_OK)
        status = run(c, err);
    if (status == SFD_OK)
        *out = c;
    else
        sfd_check_free(c);
    return status;
}

void sfd_check_get_facts(const sfd_check *c, sfd_check_facts *facts)
{
    *facts = c->facts;
}

void sfd_check_get_class(const sfd_check *c, size_t i, sfd_check_class *out)
{
    *out = c->classes[i];
}

void sfd_check_get_pair(const sfd_check *c, size_t i, int ids[2], size_t *n)
{
    ids[0] = c->pairs[i].ids[0];
    ids[1] = c->pairs[i].ids[1];
    *n = c->pairs[i].n;
}
