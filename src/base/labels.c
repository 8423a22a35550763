/* SPDX-License-Identifier: Apache-2.0 */
/* AVA label maps. */
#include "base/labels.h"

#include "base/alloc.h"
#include "base/ava_lists.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE_BYTES (4 << 20)

typedef struct scanner {
    const char *path;
    const char *at, *end;
    unsigned line;
    sfd_error *err;
} scanner;

static sfd_status fail_line(const scanner *s, const char *found, size_t n, const char *wanted)
{
    return sfd_fail(s->err, SFD_ERR_FORMAT, "%s: line %u: \"%.*s%s\" is not %s", s->path, s->line,
                    (int)(n < 40 ? n : 40), found, n < 40 ? "" : "...", wanted);
}

/* ---- the list ---- */

static sfd_status add_label(sfd_label_map *map, const scanner *s, long long id, const char *name,
                            size_t n_name, bool may_repeat)
{
    if (id < 1 || id > SFD_MAX_LABEL_ID)
        return sfd_fail(s->err, SFD_ERR_FORMAT, "%s: line %u: id %lld is not from 1 to %d", s->path,
                        s->line, id, SFD_MAX_LABEL_ID);
    if (!map->names && !(map->names = sfd_calloc(SFD_MAX_LABEL_ID + 1, sizeof *map->names)))
        return sfd_fail_nomem(s->err, s->path);
    if (map->names[id] && !may_repeat)
        return sfd_fail(s->err, SFD_ERR_FORMAT, "%s: line %u: id %lld occurs twice", s->path,
                        s->line, id);
    char *copy = sfd_strndup(name, n_name);
    if (!copy)
        return sfd_fail_nomem(s->err, s->path);
    sfd_make_printable(copy);
    map->n_labels += map->names[id] == NULL;
    free((char *)map->names[id]);
    map->names[id] = copy;
    if (id > map->max_id)
        map->max_id = (int)id;
    return SFD_OK;
}

void sfd_label_map_free(sfd_label_map *map)
{
    for (int id = 0; id <= map->max_id && map->names; id++)
        free((char *)map->names[id]);
    free(map->names);
    *map = (sfd_label_map){0};
}

char *sfd_label_map_text(const sfd_label_map *map)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    if (!f)
        return NULL;
    for (int id = 1; id <= map->max_id; id++) {
        const char *name = map->names[id];
        if (!name)
            continue;
        fputs("item {\n  name: \"", f);
        for (; *name; name++)
            fprintf(f, "%s%c", *name == '"' || *name == '\\' ? "\\" : "", *name);
        fprintf(f, "\"\n  id: %d\n}\n", id);
    }
    if (fclose(f) != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

const char *sfd_label_name(const sfd_label_map *map, int id)
{
    return id >= 1 && id <= map->max_id ? map->names[id] : NULL;
}

/* ---- the official line reader ---- */

static bool starts_with(const char *line, size_t n, const char *key)
{
    size_t n_key = strlen(key);
    return n >= n_key && memcmp(line, key, n_key) == 0;
}

/* Text between the first two double quotes, or behind the only one. */
static bool quoted_part(const char *line, size_t n, const char **text, size_t *n_text)
{
    const char *open = memchr(line, '"', n), *end = line + n;
    if (!open)
        return false;
    const char *close = memchr(open + 1, '"', (size_t)(end - open - 1));
    *text = open + 1;
    *n_text = (size_t)((close ? close : end) - *text);
    return true;
}

static size_t last_word(const char *line, size_t n)
{
    while (n > 0 && (line[n - 1] == ' ' || (line[n - 1] >= '\t' && line[n - 1] <= '\r')))
        n--;
    size_t start = n;
    while (start > 0 && line[start - 1] != ' ')
        start--;
    return start;
}

static sfd_status parse_official(sfd_label_map *map, scanner *s)
{
    const char *name = "";
    size_t n_name = 0;
    for (; s->at < s->end; s->line++) {
        const char *line = s->at;
        size_t n = 0, left = (size_t)(s->end - line);
        while (n < left && line[n] != '\n' && line[n] != '\r')
            n++;
        s->at += n < left ? n + 1 : n;
        if (n + 1 < left && line[n] == '\r' && line[n + 1] == '\n')
            s->at++;
        if (starts_with(line, n, "  name:")) {
            if (!quoted_part(line, n, &name, &n_name))
                return fail_line(s, line, n, "a name in double quotes");
        } else if (starts_with(line, n, "  id:") || starts_with(line, n, "  label_id:")) {
            long long id;
            size_t word = last_word(line, n);
            if (!sfd_parse_python_int(line + word, n - word, &id))
                return fail_line(s, line + word, n - word, "an integer id");
            sfd_status st = add_label(map, s, id, name, n_name, true);
            if (st != SFD_OK)
                return st;
        }
    }
    return SFD_OK;
}

/* ---- text protobuf in any layout ---- */

typedef enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SIGN } token_kind;

typedef struct token {
    token_kind kind;
    const char *text; /* in the file, quotes and escapes included */
    size_t n;
} token;

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '.';
}

static void skip_blanks(scanner *s)
{
    for (; s->at < s->end; s->at++) {
        if (*s->at == '#')
            while (s->at + 1 < s->end && s->at[1] != '\n')
                s->at++;
        else if (*s->at == '\n')
            s->line++;
        else if (!strchr(" \t\r,;", *s->at) || !*s->at)
            return;
    }
}

static sfd_status next_token(scanner *s, token *t)
{
    skip_blanks(s);
    *t = (token){TOKEN_END, s->at, 0};
    if (s->at == s->end)
        return SFD_OK;
    char first = *s->at++;
    if (first == '"' || first == '\'') {
        t->kind = TOKEN_STRING;
        while (s->at < s->end && *s->at != first && *s->at != '\n')
            s->at += *s->at == '\\' && s->at + 1 < s->end ? 2 : 1;
        if (s->at >= s->end || *s->at != first)
            return fail_line(s, t->text, (size_t)(s->at - t->text), "a string that ends");
        s->at++;
    } else if (is_word(first)) {
        t->kind = TOKEN_WORD;
        while (s->at < s->end && is_word(*s->at))
            s->at++;
    } else {
        t->kind = TOKEN_SIGN;
    }
    t->n = (size_t)(s->at - t->text);
    return SFD_OK;
}

static bool is_sign(const token *t, char sign)
{
    return t->kind == TOKEN_SIGN && *t->text == sign;
}

static bool is_named(const token *t, const char *name)
{
    return t->kind == TOKEN_WORD && t->n == strlen(name) && memcmp(t->text, name, t->n) == 0;
}

static sfd_status expect_sign(scanner *s, char sign, const char *wanted)
{
    token t;
    sfd_status st = next_token(s, &t);
    return st != SFD_OK || is_sign(&t, sign) ? st : fail_line(s, t.text, t.n, wanted);
}

/* A backslash makes the next character literal; action names need no other escapes. */
static size_t unescape(char *out, const token *t)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < t->n; i++) {
        if (t->text[i] == '\\' && i + 2 < t->n)
            i++;
        out[n++] = t->text[i];
    }
    return n;
}

/* The fields of one `item` or `label`, up to its closing brace. */
static sfd_status parse_item(sfd_label_map *map, scanner *s)
{
    token key, value, name = {0};
    long long id = 0;
    bool has_id = false;
    for (;;) {
        sfd_status st = next_token(s, &key);
        if (st != SFD_OK)
            return st;
        if (is_sign(&key, '}'))
            break;
        if (key.kind != TOKEN_WORD)
            return fail_line(s, key.text, key.n, "a field name or \"}\"");
        st = expect_sign(s, ':', "\":\" after a field name");
        if (st == SFD_OK)
            st = next_token(s, &value);
        if (st != SFD_OK)
            return st;
        if (value.kind != TOKEN_WORD && value.kind != TOKEN_STRING)
            return fail_line(s, value.text, value.n, "a field's value");
        if (is_named(&key, "name")) {
            if (value.kind != TOKEN_STRING)
                return fail_line(s, value.text, value.n, "a name in quotes");
            name = value;
        } else if (is_named(&key, "id") || is_named(&key, "label_id")) {
            if (!sfd_parse_long(value.text, value.n, &id))
                return fail_line(s, value.text, value.n, "an integer id");
            has_id = true;
        }
    }
    if (!has_id || !name.text)
        return sfd_fail(s->err, SFD_ERR_FORMAT, "%s: line %u: an entry without %s ends here",
                        s->path, s->line, has_id ? "name" : "id");
    char *text = sfd_malloc_array(name.n, 1);
    if (!text)
        return sfd_fail_nomem(s->err, s->path);
    sfd_status st = add_label(map, s, id, text, unescape(text, &name), false);
    free(text);
    return st;
}

static sfd_status parse_any_layout(sfd_label_map *map, scanner *s)
{
    for (;;) {
        token t;
        sfd_status st = next_token(s, &t);
        if (st == SFD_OK && t.kind == TOKEN_END)
            break;
        if (st == SFD_OK && !is_named(&t, "item") && !is_named(&t, "label"))
            st = fail_line(s, t.text, t.n, "\"item\" or \"label\"");
        if (st == SFD_OK)
            st = expect_sign(s, '{', "\"{\"");
        if (st == SFD_OK)
            st = parse_item(map, s);
        if (st != SFD_OK)
            return st;
    }
    if (map->n_labels == 0)
        return sfd_fail(s->err, SFD_ERR_FORMAT, "%s: holds no item { name: \"...\" id: N }",
                        s->path);
    return SFD_OK;
}

/* ---- */

static sfd_status parse(sfd_label_map *map, const char *name, const char *text, size_t n_bytes,
                        sfd_status (*fn)(sfd_label_map *map, scanner *s), sfd_error *err)
{
    scanner s = {name, text, text + n_bytes, 1, err};
    *map = (sfd_label_map){0};
    const sfd_status status = fn(map, &s);
    if (status != SFD_OK)
        sfd_label_map_free(map);
    return status;
}

/* All entries of a list that is protobuf text; of any other, or where an entry has two ids, what
 * the official reader makes of it. */
static sfd_status parse_both(sfd_label_map *out, const char *name, const char *text, size_t n_bytes,
                             sfd_error *err)
{
    sfd_label_map official = {0};
    sfd_error why;
    const sfd_status any = parse(out, name, text, n_bytes, parse_any_layout, &why);
    const sfd_status seen = parse(&official, name, text, n_bytes, parse_official, err);
    if (any == SFD_ERR_NOMEM || seen == SFD_ERR_NOMEM) {
        sfd_label_map_free(out);
        sfd_label_map_free(&official);
        return sfd_fail_nomem(err, name);
    }
    if (official.n_labels > out->n_labels) {
        sfd_label_map_free(out);
        *out = official;
        return SFD_OK;
    }
    sfd_label_map_free(&official);
    if (any != SFD_OK && seen == SFD_OK)
        return sfd_fail(err, any, "%s", why.message);
    return any;
}

sfd_status sfd_label_map_parse(sfd_label_map *out, const char *name, const char *text,
                               size_t n_bytes, sfd_label_dialect dialect, sfd_error *err)
{
    *out = (sfd_label_map){0};
    sfd_utf8_state utf8 = {0};
    if (sfd_refuse_utf16(text, n_bytes, name, err) != SFD_OK)
        return SFD_ERR_FORMAT;
    if (sfd_utf8_prefix(&utf8, text, n_bytes) != n_bytes || utf8.pending > 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is not a label list: not valid UTF-8 text", name);
    if (n_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        n_bytes -= 3;
    }
    return dialect == SFD_LABELS_OFFICIAL ? parse_both(out, name, text, n_bytes, err)
                                          : parse(out, name, text, n_bytes, parse_any_layout, err);
}

sfd_status sfd_label_map_builtin(sfd_label_map *out, sfd_builtin_labels list, sfd_error *err)
{
    const char *text = list == SFD_LABELS_AVA_60 ? sfd_ava_list_60 : sfd_ava_list_80;
    return sfd_label_map_parse(out, "built-in AVA list", text, strlen(text), SFD_LABELS_ANY_LAYOUT,
                               err);
}

sfd_status sfd_label_map_read(sfd_label_map *out, const char *path, sfd_label_dialect dialect,
                              sfd_error *err)
{
    *out = (sfd_label_map){0};
    if (!path || strcmp(path, SFD_AVA_80) == 0)
        return sfd_label_map_builtin(out, SFD_LABELS_AVA_80, err);
    if (strcmp(path, SFD_AVA_60) == 0)
        return sfd_label_map_builtin(out, SFD_LABELS_AVA_60, err);
    char *text;
    size_t n_bytes;
    sfd_status st = sfd_read_text(&text, &n_bytes, path, MAX_FILE_BYTES, err);
    if (st != SFD_OK)
        return st;
    st = sfd_label_map_parse(out, strcmp(path, "-") == 0 ? "stdin" : path, text, n_bytes, dialect,
                             err);
    free(text);
    return st;
}
