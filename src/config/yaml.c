/* SPDX-License-Identifier: Apache-2.0 */
/* PySlowFast's YAML files read into sfd_net_config. */
#include "config/yaml.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define MAX_YAML_BYTES (256 * 1024) /* real ones have 2 to 12 kB */
#define MAX_SHOWN      40           /* characters of a value in a message */
#define MAX_NESTING    32           /* of lists and mappings; configs have 5 */

typedef struct reader {
    yaml_document_t document;
    const char *origin;
    const char *section, *key; /* being read */
    bool pytorchvideo; /* MODEL.MODEL_NAME is PySlowFast's wrapper of PyTorchVideo's builders */
    sfd_net_config *c;
    sfd_error *err;
} reader;

typedef struct names {
    const char *const *name;
    int n;
} names;

/* How a key's value is read, and where it goes. */
typedef struct key {
    const char *section, *name;
    sfd_status (*read)(reader *r, const yaml_node_t *node, void *field, const void *aux);
    size_t offset;
    const void *aux; /* what `read` needs besides: a list of names */
} key;

static size_t line_of(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

static const char *scalar_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static size_t scalar_length(const yaml_node_t *node)
{
    return node->data.scalar.length;
}

static bool scalar_is(const yaml_node_t *node, const char *text)
{
    return node->type == YAML_SCALAR_NODE && scalar_length(node) == strlen(text) &&
           memcmp(scalar_text(node), text, scalar_length(node)) == 0;
}

/* "file:line: SECTION.KEY: 'value' <problem>" */
static sfd_status fail_value(reader *r, const yaml_node_t *node, sfd_status status,
                             const char *problem)
{
    const char *value = "a list";
    size_t n = strlen(value);
    if (node->type == YAML_MAPPING_NODE) {
        value = "a mapping";
        n = strlen(value);
    } else if (node->type == YAML_SCALAR_NODE) {
        value = scalar_text(node);
        n = scalar_length(node);
    }
    return sfd_fail(r->err, status, "%s:%zu: %s.%s: '%.*s' %s", r->origin, line_of(node),
                    r->section, r->key, (int)(n < MAX_SHOWN ? n : MAX_SHOWN), value, problem);
}

static sfd_status read_int(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    long long value;
    if (node->type != YAML_SCALAR_NODE ||
        !sfd_parse_long(scalar_text(node), scalar_length(node), &value) || value < INT_MIN ||
        value > INT_MAX)
        return fail_value(r, node, SFD_ERR_FORMAT, "is not a whole number");
    *(int *)field = (int)value;
    return SFD_OK;
}

/* YAML 1.1's spellings, as PyYAML reads them. */
static sfd_status read_bool(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    for (size_t i = 0; node->type == YAML_SCALAR_NODE && i < 3; i++) {
        bool is_yes = strcasecmp(scalar_text(node), yes[i]) == 0;
        if (is_yes || strcasecmp(scalar_text(node), no[i]) == 0) {
            *(bool *)field = is_yes;
            return SFD_OK;
        }
    }
    return fail_value(r, node, SFD_ERR_FORMAT, "is not True or False");
}

/* Stores the position of the value in the list `aux`. */
static sfd_status read_name(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    const names *list = aux;
    char problem[256] = "is not supported; supported:";
    for (int i = 0; i < list->n; i++) {
        if (scalar_is(node, list->name[i])) {
            memcpy(field, &i, sizeof i);
            return SFD_OK;
        }
        strncat(problem, i ? ", " : " ", sizeof problem - strlen(problem) - 1);
        strncat(problem, list->name[i], sizeof problem - strlen(problem) - 1);
    }
    return fail_value(r, node, SFD_ERR_UNSUPPORTED, problem);
}

/* A name that must be on the list but changes nothing. */
static sfd_status read_supported(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)field;
    int ignored;
    return read_name(r, node, &ignored, aux);
}

static sfd_status read_model_name(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    sfd_status status = read_supported(r, node, field, aux);
    r->pytorchvideo = status == SFD_OK && strncmp(scalar_text(node), "PTV", 3) == 0;
    return status;
}

/* A key whose only accepted value is False: True would change what the network is given. */
static sfd_status read_false(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)field;
    bool value = false;
    sfd_status status = read_bool(r, node, &value, aux);
    if (status == SFD_OK && value)
        return fail_value(r, node, SFD_ERR_UNSUPPORTED, "is not supported, only False is");
    return status;
}

static sfd_status read_depth(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)field;
    int depth = 0;
    sfd_status status = read_int(r, node, &depth, aux);
    if (status == SFD_OK && !sfd_net_config_set_depth(r->c, depth))
        return fail_value(r, node, SFD_ERR_UNSUPPORTED, "is not supported; supported: 18, 50, 101");
    return status;
}

/* -- lists */

static size_t list_length(const yaml_node_t *node)
{
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

static const yaml_node_t *list_item(reader *r, const yaml_node_t *node, size_t i)
{
    return yaml_document_get_node(&r->document, node->data.sequence.items.start[i]);
}

/* A list of min to max items. */
static sfd_status want_list(reader *r, const yaml_node_t *node, size_t min, size_t max,
                            const char *problem)
{
    if (node->type != YAML_SEQUENCE_NODE || list_length(node) < min || list_length(node) > max)
        return fail_value(r, node, SFD_ERR_FORMAT, problem);
    return SFD_OK;
}

static sfd_status read_floats(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    sfd_status status = want_list(r, node, 3, 3, "is not a list of three numbers");
    for (size_t i = 0; status == SFD_OK && i < 3; i++) {
        const yaml_node_t *item = list_item(r, node, i);
        double value;
        if (item->type != YAML_SCALAR_NODE ||
            !sfd_parse_double(scalar_text(item), scalar_length(item), &value))
            return fail_value(r, item, SFD_ERR_FORMAT, "is not a number");
        /* PySlowFast normalises AVA's pictures in OpenCV's channel order, B, G, R, and only then
         * turns them into R, G, B; Kinetics' pictures are R, G, B from the start. */
        ((float *)field)[r->c->detection ? 2 - i : i] = (float)value;
    }
    return status;
}

static sfd_status read_channels(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)field;
    sfd_status status = want_list(r, node, 1, SFD_MAX_PATHWAYS, "is not a list of one or two");
    for (size_t i = 0; status == SFD_OK && i < list_length(node); i++) {
        int channels = 0;
        status = read_int(r, list_item(r, node, i), &channels, aux);
        if (status == SFD_OK && channels != 3)
            status = fail_value(r, list_item(r, node, i), SFD_ERR_UNSUPPORTED,
                                "is not supported: pictures have 3 channels");
    }
    return status;
}

/* Reads one stage's entry of one pathway into field[stage][pathway]. */
typedef sfd_status (*read_entry)(reader *r, const yaml_node_t *node, void *field, size_t stage,
                                 size_t pathway);

/* One list per residual stage, in it one entry per pathway of MODEL.ARCH, which is read first. */
static sfd_status read_stages(reader *r, const yaml_node_t *node, void *field, read_entry read)
{
    size_t n_pathways = (size_t)sfd_net_config_n_pathways(r->c);
    sfd_status status = want_list(r, node, SFD_N_STAGES, SFD_N_STAGES,
                                  "is not a list of four lists, one for each of res2 to res5");
    for (size_t i = 0; status == SFD_OK && i < SFD_N_STAGES; i++) {
        const yaml_node_t *stage = list_item(r, node, i);
        status = want_list(r, stage, n_pathways, SFD_MAX_PATHWAYS,
                           n_pathways == 2 ? "is not a list of two entries, slow and fast"
                                           : "is not a list of one entry for the only pathway");
        for (size_t p = 0; status == SFD_OK && p < n_pathways; p++)
            status = read(r, list_item(r, stage, p), field, i, p);
    }
    return status;
}

static sfd_status stage_int(reader *r, const yaml_node_t *node, void *field, size_t stage,
                            size_t pathway)
{
    int(*values)[SFD_MAX_PATHWAYS] = field;
    return read_int(r, node, &values[stage][pathway], NULL);
}

static sfd_status stage_pool(reader *r, const yaml_node_t *node, void *field, size_t stage,
                             size_t pathway)
{
    int(*values)[SFD_MAX_PATHWAYS][3] = field;
    sfd_status status = want_list(r, node, 3, 3, "is not a list of three sizes (T, H, W)");
    for (size_t i = 0; status == SFD_OK && i < 3; i++)
        status = read_int(r, list_item(r, node, i), &values[stage][pathway][i], NULL);
    return status;
}

static sfd_status stage_location(reader *r, const yaml_node_t *node, void *field, size_t stage,
                                 size_t pathway)
{
    uint64_t(*values)[SFD_MAX_PATHWAYS] = field;
    sfd_status status =
        want_list(r, node, 0, SFD_MAX_STAGE_BLOCKS, "is not a list of block numbers");
    uint64_t blocks = 0;
    for (size_t i = 0; status == SFD_OK && i < list_length(node); i++) {
        int block = 0;
        status = read_int(r, list_item(r, node, i), &block, NULL);
        if (status == SFD_OK && (block < 0 || block >= SFD_MAX_STAGE_BLOCKS))
            status = fail_value(r, list_item(r, node, i), SFD_ERR_FORMAT, "is not a block number");
        if (status == SFD_OK)
            blocks |= UINT64_C(1) << block;
    }
    values[stage][pathway] = blocks;
    return status;
}

static sfd_status read_stage_ints(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    return read_stages(r, node, field, stage_int);
}

static sfd_status read_pools(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    return read_stages(r, node, field, stage_pool);
}

static sfd_status read_locations(reader *r, const yaml_node_t *node, void *field, const void *aux)
{
    (void)aux;
    return read_stages(r, node, field, stage_location);
}

/* -- the keys, in the order of reading: DETECTION.ENABLE and MODEL.ARCH decide how others are read.
 * Lists of names are in the order of their enums. */

#define NAMES(...)                                                                                 \
    &(const names)                                                                                 \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))                     \
    }
#define FIELD(field) offsetof(sfd_net_config, field)

_Static_assert(sizeof(sfd_arch) == sizeof(int) && sizeof(sfd_head_act) == sizeof(int) &&
                   sizeof(sfd_nonlocal_kind) == sizeof(int),
               "read_name stores an int");

static const key keys[] = {
    {"DETECTION", "ENABLE", read_bool, FIELD(detection), NULL},
    {"MODEL", "ARCH", read_name, FIELD(arch), NAMES("slowfast", "slow", "c2d", "2d")},
    {"MODEL", "MODEL_NAME", read_model_name, 0,
     NAMES("SlowFast", "ResNet", "PTVSlowFast", "PTVResNet")},
    {"MODEL", "NUM_CLASSES", read_int, FIELD(num_classes), NULL},
    {"MODEL", "HEAD_ACT", read_name, FIELD(head_act), NAMES("sigmoid", "softmax", "none")},
    {"DATA", "NUM_FRAMES", read_int, FIELD(num_frames), NULL},
    {"DATA", "SAMPLING_RATE", read_int, FIELD(sampling_rate), NULL},
    {"DATA", "TRAIN_CROP_SIZE", read_int, FIELD(train_crop_size), NULL},
    {"DATA", "TEST_CROP_SIZE", read_int, FIELD(test_crop_size), NULL},
    {"DATA", "MEAN", read_floats, FIELD(mean), NULL},
    {"DATA", "STD", read_floats, FIELD(std), NULL},
    {"DATA", "INPUT_CHANNEL_NUM", read_channels, 0, NULL},
    {"DATA", "REVERSE_INPUT_CHANNEL", read_false, 0, NULL},
    {"AVA", "BGR", read_false, 0, NULL},
    {"RESNET", "DEPTH", read_depth, 0, NULL},
    {"RESNET", "NUM_GROUPS", read_int, FIELD(num_groups), NULL},
    {"RESNET", "WIDTH_PER_GROUP", read_int, FIELD(width_per_group), NULL},
    {"RESNET", "STRIDE_1X1", read_bool, FIELD(stride_1x1), NULL},
    {"RESNET", "TRANS_FUNC", read_supported, 0, NAMES("bottleneck_transform")},
    {"RESNET", "NUM_BLOCK_TEMP_KERNEL", read_stage_ints, FIELD(num_block_temp_kernel), NULL},
    {"RESNET", "SPATIAL_STRIDES", read_stage_ints, FIELD(spatial_strides), NULL},
    {"RESNET", "SPATIAL_DILATIONS", read_stage_ints, FIELD(spatial_dilations), NULL},
    {"NONLOCAL", "LOCATION", read_locations, FIELD(nonlocal_blocks), NULL},
    {"NONLOCAL", "GROUP", read_stage_ints, FIELD(nonlocal_group), NULL},
    {"NONLOCAL", "POOL", read_pools, FIELD(nonlocal_pool), NULL},
    {"NONLOCAL", "INSTANTIATION", read_name, FIELD(nonlocal_kind), NAMES("dot_product", "softmax")},
    {"SLOWFAST", "ALPHA", read_int, FIELD(alpha), NULL},
    {"SLOWFAST", "BETA_INV", read_int, FIELD(beta_inv), NULL},
    {"SLOWFAST", "FUSION_CONV_CHANNEL_RATIO", read_int, FIELD(fusion_ratio), NULL},
    {"SLOWFAST", "FUSION_KERNEL_SZ", read_int, FIELD(fusion_kernel), NULL},
    {"DETECTION", "ALIGNED", read_bool, FIELD(aligned), NULL},
    {"DETECTION", "SPATIAL_SCALE_FACTOR", read_int, FIELD(spatial_scale_factor), NULL},
    {"DETECTION", "ROI_XFORM_RESOLUTION", read_int, FIELD(roi_resolution), NULL},
};

#define N_KEYS (sizeof keys / sizeof keys[0])

/* -- the document */

/* Looks `name` up in a mapping; *value is NULL when it is not there. */
static sfd_status find_value(reader *r, const yaml_node_t *mapping, const char *name,
                             const yaml_node_t **value)
{
    *value = NULL;
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *node = yaml_document_get_node(&r->document, pair->key);
        if (!scalar_is(node, name))
            continue;
        if (*value)
            return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: %s is given twice", r->origin,
                            line_of(node), name);
        *value = yaml_document_get_node(&r->document, pair->value);
    }
    return SFD_OK;
}

/* Keys that pull in values from elsewhere: ignoring them would silently give another network. */
static sfd_status refuse_inheritance(reader *r, const yaml_node_t *mapping)
{
    static const char *const refused[] = {"_BASE_", "<<"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const yaml_node_t *value;
        sfd_status status = find_value(r, mapping, refused[i], &value);
        if (status != SFD_OK)
            return status;
        if (value)
            return sfd_fail(r->err, SFD_ERR_UNSUPPORTED,
                            "%s:%zu: %s is not supported; write its values into this file",
                            r->origin, line_of(value), refused[i]);
    }
    return SFD_OK;
}

static sfd_status read_key(reader *r, const yaml_node_t *root, const key *k)
{
    const yaml_node_t *section, *value;
    sfd_status status = find_value(r, root, k->section, &section);
    if (status != SFD_OK || !section)
        return status;
    if (section->type != YAML_MAPPING_NODE)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: %s is not a mapping", r->origin,
                        line_of(section), k->section);
    status = refuse_inheritance(r, section);
    if (status == SFD_OK)
        status = find_value(r, section, k->name, &value);
    if (status != SFD_OK || !value)
        return status;
    r->section = k->section;
    r->key = k->name;
    return k->read(r, value, (char *)r->c + k->offset, k->aux);
}

/* The wrapper (PySlowFast's ptv_model_builder.py) never passes DETECTION.ALIGNED on, takes the fast
 * pathway's dilations in res4 and res5 from the res3 entry, and applies the activation per window.
 */
static void follow_wrapper(sfd_net_config *c)
{
    c->family = SFD_FAMILY_PYTORCHVIDEO;
    c->aligned = false;
    c->average_logits = false;
    for (int i = 2; i < SFD_N_STAGES; i++)
        c->spatial_dilations[i][1] = c->spatial_dilations[1][1];
}

static sfd_status read_document(reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (!root || root->type != YAML_MAPPING_NODE)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: not a mapping of PySlowFast's sections",
                        r->origin, root ? line_of(root) : 1);
    sfd_status status = refuse_inheritance(r, root);
    for (size_t i = 0; status == SFD_OK && i < N_KEYS; i++)
        status = read_key(r, root, &keys[i]);
    if (r->pytorchvideo)
        follow_wrapper(r->c);
    return status == SFD_OK ? sfd_net_config_check(r->c, r->err) : status;
}

static sfd_status fail_syntax(const yaml_parser_t *parser, const char *origin, sfd_error *err)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return sfd_fail_nomem(err, origin);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s:%zu: not valid YAML: %s", origin,
                    parser->problem_mark.line + 1, parser->problem ? parser->problem : "error");
}

/* libyaml's time grows with the square of the nesting, so that is measured, event by event, before
 * the document is built. */
static sfd_status check_nesting(const char *yaml, size_t n_bytes, const char *origin,
                                sfd_error *err)
{
    yaml_parser_t parser;
    yaml_event_t event;
    if (!yaml_parser_initialize(&parser))
        return sfd_fail_nomem(err, origin);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, n_bytes);
    sfd_status status = SFD_OK;
    int depth = 0;
    bool done = false;
    while (status == SFD_OK && !done) {
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_syntax(&parser, origin, err);
            break;
        }
        depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        done = event.type == YAML_DOCUMENT_END_EVENT || event.type == YAML_STREAM_END_EVENT;
        if (depth > MAX_NESTING)
            status = sfd_fail(err, SFD_ERR_FORMAT, "%s:%zu: nested deeper than %d", origin,
                              event.start_mark.line + 1, MAX_NESTING);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

sfd_status sfd_net_config_parse(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                const char *origin, sfd_error *err)
{
    sfd_net_config_defaults(c);
    return sfd_net_config_parse_over(c, yaml, n_bytes, origin, err);
}

sfd_status sfd_net_config_parse_over(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                     const char *origin, sfd_error *err)
{
    sfd_net_config_set_name(c, origin);
    if (n_bytes > MAX_YAML_BYTES)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: larger than %d bytes", origin, MAX_YAML_BYTES);
    sfd_status status = check_nesting(yaml, n_bytes, origin, err);
    if (status != SFD_OK)
        return status;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return sfd_fail_nomem(err, origin);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, n_bytes);
    reader r = {.origin = origin, .c = c, .err = err};
    if (yaml_parser_load(&parser, &r.document)) {
        status = read_document(&r);
        yaml_document_delete(&r.document);
    } else {
        status = fail_syntax(&parser, origin, err);
    }
    yaml_parser_delete(&parser);
    return status;
}

sfd_status sfd_net_config_load_yaml_over(sfd_net_config *c, const char *path, sfd_error *err)
{
    char *text;
    size_t n_bytes;
    sfd_status status = sfd_read_text(&text, &n_bytes, path, MAX_YAML_BYTES, err);
    if (status == SFD_OK)
        status = sfd_net_config_parse_over(c, text, n_bytes, path, err);
    free(text);
    return status;
}
