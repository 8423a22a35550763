/* SPDX-License-Identifier: Apache-2.0 */
/* Values of PySlowFast's YAML files. */
#include "config/yaml_values.h"

#include "base/error.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_SHOWN 40 /* characters of a value in a message */

size_t sfd_yaml_line(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

const char *sfd_yaml_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static size_t scalar_length(const yaml_node_t *node)
{
    return node->data.scalar.length;
}

bool sfd_yaml_is(const yaml_node_t *node, const char *text)
{
    return node->type == YAML_SCALAR_NODE && scalar_length(node) == strlen(text) &&
           memcmp(sfd_yaml_text(node), text, scalar_length(node)) == 0;
}

/* "file:line: SECTION.KEY: 'value' <problem>" */
sfd_status sfd_yaml_fail(sfd_yaml_reader *r, const yaml_node_t *node, sfd_status status,
                         const char *problem)
{
    const char *value = "a list";
    size_t n = strlen(value);
    if (node->type == YAML_MAPPING_NODE) {
        value = "a mapping";
        n = strlen(value);
    } else if (node->type == YAML_SCALAR_NODE) {
        value = sfd_yaml_text(node);
        n = scalar_length(node);
    }
    return sfd_fail(r->err, status, "%s:%zu: %s.%s: '%.*s' %s", r->origin, sfd_yaml_line(node),
                    r->section, r->key, (int)(n < MAX_SHOWN ? n : MAX_SHOWN), value, problem);
}

/* -- keys */

const yaml_node_t *sfd_yaml_find(sfd_yaml_reader *r, const yaml_node_t *mapping, const char *name)
{
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.top;
    while (pair-- > mapping->data.mapping.pairs.start)
        if (sfd_yaml_is(yaml_document_get_node(&r->document, pair->key), name))
            return yaml_document_get_node(&r->document, pair->value);
    return NULL;
}

sfd_status sfd_yaml_read_keys(sfd_yaml_reader *r, const sfd_yaml_key *keys, size_t n, void *target)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        const yaml_node_t *section = sfd_yaml_find(r, root, keys[i].section);
        const yaml_node_t *value = section && section->type == YAML_MAPPING_NODE
                                       ? sfd_yaml_find(r, section, keys[i].name)
                                       : NULL;
        r->section = keys[i].section;
        r->key = keys[i].name;
        if (value)
            status = keys[i].read(r, value, (char *)target + keys[i].offset, keys[i].aux);
    }
    return status;
}

/* -- values */

/* YAML 1.1's whole numbers as PyYAML reads them, 0x20, 0b11 and octal 040 too, with underscores;
 * not its base of 60. */
static bool parse_int(const char *text, size_t n, int *out)
{
    char digits[32];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '_' && k + 1 < sizeof digits)
            digits[k++] = text[i];
        else if (text[i] != '_' || i == 0)
            return false;
    }
    digits[k] = '\0';
    const size_t sign = *digits == '-' || *digits == '+';
    int base = 10;
    if (digits[sign] == '0' && k > sign + 1) {
        const char kind = digits[sign + 1];
        base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
        if (base != 8)
            memmove(digits + sign, digits + sign + 2, k - sign - 1);
    }
    if (!isxdigit((unsigned char)digits[sign])) /* strtoll would pass over blanks and signs */
        return false;
    char *end;
    errno = 0;
    const long long value = strtoll(digits, &end, base);
    if (*end != '\0' || errno != 0 || value < INT_MIN || value > INT_MAX)
        return false;
    *out = (int)value;
    return true;
}

sfd_status sfd_yaml_int(sfd_yaml_reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    if (node->type != YAML_SCALAR_NODE ||
        !parse_int(sfd_yaml_text(node), scalar_length(node), field))
        return sfd_yaml_fail(r, node, SFD_ERR_FORMAT, "is not a whole number");
    return SFD_OK;
}

sfd_status sfd_yaml_double(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                           const void *aux)
{
    (void)aux;
    if (node->type != YAML_SCALAR_NODE ||
        !sfd_parse_double(sfd_yaml_text(node), scalar_length(node), field))
        return sfd_yaml_fail(r, node, SFD_ERR_FORMAT, "is not a number");
    return SFD_OK;
}

sfd_status sfd_yaml_float(sfd_yaml_reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    double value = 0;
    sfd_status status = sfd_yaml_double(r, node, &value, aux);
    if (status == SFD_OK)
        *(float *)field = (float)value;
    return status;
}

/* YAML 1.1's spellings, as PyYAML reads them. */
sfd_status sfd_yaml_bool(sfd_yaml_reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    for (size_t i = 0; node->type == YAML_SCALAR_NODE && i < 3; i++) {
        bool is_yes = strcasecmp(sfd_yaml_text(node), yes[i]) == 0;
        if (is_yes || strcasecmp(sfd_yaml_text(node), no[i]) == 0) {
            *(bool *)field = is_yes;
            return SFD_OK;
        }
    }
    return sfd_yaml_fail(r, node, SFD_ERR_FORMAT, "is not True or False");
}

sfd_status sfd_yaml_flags(sfd_yaml_reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    const sfd_yaml_flag_list *list = aux;
    int bits = 0;
    sfd_status status = sfd_yaml_want_list(r, node, list->n, list->n, list->problem);
    for (size_t i = 0; status == SFD_OK && i < list->n; i++) {
        bool on = false;
        status = sfd_yaml_bool(r, sfd_yaml_item(r, node, i), &on, NULL);
        bits |= on << i;
    }
    if (status == SFD_OK)
        *(int *)field = bits;
    return status;
}

/* Stores the position of the value in the list `aux`. */
sfd_status sfd_yaml_name(sfd_yaml_reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    const sfd_names *list = aux;
    char problem[256] = "is not supported; supported:";
    for (int i = 0; i < list->n; i++) {
        if (sfd_yaml_is(node, list->name[i])) {
            memcpy(field, &i, sizeof i);
            return SFD_OK;
        }
        strncat(problem, i ? ", " : " ", sizeof problem - strlen(problem) - 1);
        strncat(problem, list->name[i], sizeof problem - strlen(problem) - 1);
    }
    return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, problem);
}

/* -- lists */

size_t sfd_yaml_length(const yaml_node_t *node)
{
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

const yaml_node_t *sfd_yaml_item(sfd_yaml_reader *r, const yaml_node_t *node, size_t i)
{
    return yaml_document_get_node(&r->document, node->data.sequence.items.start[i]);
}

/* A list of min to max items. */
sfd_status sfd_yaml_want_list(sfd_yaml_reader *r, const yaml_node_t *node, size_t min, size_t max,
                              const char *problem)
{
    if (node->type != YAML_SEQUENCE_NODE || sfd_yaml_length(node) < min ||
        sfd_yaml_length(node) > max)
        return sfd_yaml_fail(r, node, SFD_ERR_FORMAT, problem);
    return SFD_OK;
}

/* Reads one stage's entry of one pathway into field[stage][pathway]. */
typedef sfd_status (*read_entry)(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 size_t stage, size_t pathway);

/* A stage's entry for the audio pathway: nothing that it has not. */
static sfd_status check_audio_entry(sfd_yaml_reader *r, const yaml_node_t *node)
{
    if (strcmp(r->key, "LOCATION") == 0 && node->type == YAML_SEQUENCE_NODE &&
        sfd_yaml_length(node) > 0)
        return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED,
                             "is not supported: the audio pathway has no non-local blocks");
    if (strcmp(r->key, "SPATIAL_DILATIONS") == 0 && !sfd_yaml_is(node, "1"))
        return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED,
                             "is not supported for the audio pathway, only 1 is");
    return SFD_OK;
}

/* One list per residual stage, in it one entry per pathway of MODEL.ARCH, which is read first. */
static sfd_status read_stages(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                              read_entry read)
{
    const int n_seeing = sfd_net_config_n_pathways(r->c);
    const size_t n_pathways = n_seeing > 0 ? (size_t)n_seeing : 1;
    sfd_status status =
        sfd_yaml_want_list(r, node, SFD_N_STAGES, SFD_N_STAGES,
                           "is not a list of four lists, one for each of res2 to res5");
    for (size_t i = 0; status == SFD_OK && i < SFD_N_STAGES; i++) {
        const yaml_node_t *stage = sfd_yaml_item(r, node, i);
        status = sfd_yaml_want_list(
            r, stage, n_pathways, SFD_MAX_PATHWAYS + sfd_net_config_listens(r->c),
            n_pathways == 2 ? "is not a list of two entries, slow and fast"
                            : "is not a list of one entry for the only pathway");
        for (size_t p = 0; status == SFD_OK && p < n_pathways; p++)
            status = read(r, sfd_yaml_item(r, stage, p), field, i, p);
        if (status == SFD_OK && sfd_yaml_length(stage) > SFD_MAX_PATHWAYS)
            status = check_audio_entry(r, sfd_yaml_item(r, stage, SFD_MAX_PATHWAYS));
    }
    return status;
}

static sfd_status stage_int(sfd_yaml_reader *r, const yaml_node_t *node, void *field, size_t stage,
                            size_t pathway)
{
    int(*values)[SFD_MAX_PATHWAYS] = field;
    return sfd_yaml_int(r, node, &values[stage][pathway], NULL);
}

static sfd_status stage_pool(sfd_yaml_reader *r, const yaml_node_t *node, void *field, size_t stage,
                             size_t pathway)
{
    int(*values)[SFD_MAX_PATHWAYS][3] = field;
    sfd_status status = sfd_yaml_want_list(r, node, 3, 3, "is not a list of three sizes (T, H, W)");
    for (size_t i = 0; status == SFD_OK && i < 3; i++)
        status = sfd_yaml_int(r, sfd_yaml_item(r, node, i), &values[stage][pathway][i], NULL);
    return status;
}

static sfd_status stage_location(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 size_t stage, size_t pathway)
{
    uint64_t(*values)[SFD_MAX_PATHWAYS] = field;
    sfd_status status =
        sfd_yaml_want_list(r, node, 0, SFD_MAX_STAGE_BLOCKS, "is not a list of block numbers");
    uint64_t blocks = 0;
    for (size_t i = 0; status == SFD_OK && i < sfd_yaml_length(node); i++) {
        int block = 0;
        status = sfd_yaml_int(r, sfd_yaml_item(r, node, i), &block, NULL);
        if (status == SFD_OK && (block < 0 || block >= SFD_MAX_STAGE_BLOCKS))
            status = sfd_yaml_fail(r, sfd_yaml_item(r, node, i), SFD_ERR_FORMAT,
                                   "is not a block number");
        if (status == SFD_OK)
            blocks |= UINT64_C(1) << block;
    }
    values[stage][pathway] = blocks;
    return status;
}

sfd_status sfd_yaml_stage_ints(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                               const void *aux)
{
    (void)aux;
    return read_stages(r, node, field, stage_int);
}

sfd_status sfd_yaml_stage_pools(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                const void *aux)
{
    (void)aux;
    return read_stages(r, node, field, stage_pool);
}

sfd_status sfd_yaml_stage_locations(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                    const void *aux)
{
    (void)aux;
    return read_stages(r, node, field, stage_location);
}
