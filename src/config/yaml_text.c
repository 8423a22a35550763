/* SPDX-License-Identifier: Apache-2.0 */
/* YAML texts into libyaml's documents. */
#include "config/yaml_text.h"

#include "base/error.h"

#define MAX_NESTING 32 /* of lists and mappings; configs have 5 */

static sfd_status fail_syntax(const yaml_parser_t *parser, const char *origin, sfd_error *err)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return sfd_fail_nomem(err, origin);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s:%zu: not valid YAML: %s", origin,
                    parser->problem_mark.line + 1, parser->problem ? parser->problem : "error");
}

/* libyaml's time grows with the square of the nesting, so that is measured, event by event, before
 * the document is built; and no second one may follow, which would not be read. */
sfd_status sfd_yaml_check_text(const char *yaml, size_t n_bytes, const char *origin, sfd_error *err)
{
    yaml_parser_t parser;
    yaml_event_t event;
    if (!yaml_parser_initialize(&parser))
        return sfd_fail_nomem(err, origin);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, n_bytes);
    sfd_status status = SFD_OK;
    int depth = 0, n_documents = 0;
    bool done = false;
    while (status == SFD_OK && !done) {
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_syntax(&parser, origin, err);
            break;
        }
        depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        n_documents += event.type == YAML_DOCUMENT_START_EVENT;
        done = event.type == YAML_STREAM_END_EVENT;
        if (depth > MAX_NESTING)
            status = sfd_fail(err, SFD_ERR_FORMAT, "%s:%zu: nested deeper than %d", origin,
                              event.start_mark.line + 1, MAX_NESTING);
        else if (n_documents > 1)
            status =
                sfd_fail(err, SFD_ERR_FORMAT,
                         "%s:%zu: a second document begins (---), wanted one with all sections",
                         origin, event.start_mark.line + 1);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

sfd_status sfd_yaml_load(sfd_yaml_reader *r, const char *yaml, size_t n_bytes,
                         sfd_status (*read)(sfd_yaml_reader *r))
{
    if (n_bytes > SFD_MAX_YAML_BYTES)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s: larger than %d bytes", r->origin,
                        SFD_MAX_YAML_BYTES);
    sfd_status status = sfd_yaml_check_text(yaml, n_bytes, r->origin, r->err);
    if (status != SFD_OK)
        return status;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return sfd_fail_nomem(r->err, r->origin);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, n_bytes);
    if (yaml_parser_load(&parser, &r->document)) {
        status = read(r);
        yaml_document_delete(&r->document);
    } else {
        status = fail_syntax(&parser, r->origin, r->err);
    }
    yaml_parser_delete(&parser);
    return status;
}
