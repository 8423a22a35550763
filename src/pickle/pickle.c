/* SPDX-License-Identifier: Apache-2.0 */
/* The pickle virtual machine: a stack, a memo, and one case per opcode.
 *
 * The opcodes are documented in CPython's Lib/pickletools.py. All lengths are checked against the
 * bytes that are left, all memory comes from a bounded arena, and nothing recurses. */
#include "pickle/pickle.h"

#include "base/error.h"
#include "base/text.h"
#include "pickle/pickle_bytes.h"

#include <limits.h>
#include <string.h>

/* clang-format off */
enum {
    OP_MARK = '(', OP_STOP = '.', OP_POP = '0', OP_POP_MARK = '1', OP_DUP = '2', OP_FLOAT = 'F',
    OP_INT = 'I', OP_BININT = 'J', OP_BININT1 = 'K', OP_LONG = 'L', OP_BININT2 = 'M', OP_NONE = 'N',
    OP_PERSID = 'P', OP_BINPERSID = 'Q', OP_REDUCE = 'R', OP_STRING = 'S', OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U', OP_UNICODE = 'V', OP_BINUNICODE = 'X', OP_APPEND = 'a',
    OP_BUILD = 'b', OP_GLOBAL = 'c', OP_DICT = 'd', OP_EMPTY_DICT = '}', OP_APPENDS = 'e',
    OP_GET = 'g', OP_BINGET = 'h', OP_INST = 'i', OP_LONG_BINGET = 'j', OP_LIST = 'l',
    OP_EMPTY_LIST = ']', OP_OBJ = 'o', OP_PUT = 'p', OP_BINPUT = 'q', OP_LONG_BINPUT = 'r',
    OP_SETITEM = 's', OP_TUPLE = 't', OP_EMPTY_TUPLE = ')', OP_SETITEMS = 'u', OP_BINFLOAT = 'G',
    OP_PROTO = 0x80, OP_NEWOBJ = 0x81, OP_EXT1 = 0x82, OP_EXT2 = 0x83, OP_EXT4 = 0x84,
    OP_TUPLE1 = 0x85, OP_TUPLE2 = 0x86, OP_TUPLE3 = 0x87, OP_NEWTRUE = 0x88, OP_NEWFALSE = 0x89,
    OP_LONG1 = 0x8A, OP_LONG4 = 0x8B, OP_BINBYTES = 'B', OP_SHORT_BINBYTES = 'C',
    OP_SHORT_BINUNICODE = 0x8C, OP_BINUNICODE8 = 0x8D, OP_BINBYTES8 = 0x8E, OP_EMPTY_SET = 0x8F,
    OP_ADDITEMS = 0x90, OP_FROZENSET = 0x91, OP_NEWOBJ_EX = 0x92, OP_STACK_GLOBAL = 0x93,
    OP_MEMOIZE = 0x94, OP_FRAME = 0x95, OP_BYTEARRAY8 = 0x96, OP_NEXT_BUFFER = 0x97,
    OP_READONLY_BUFFER = 0x98
};
/* clang-format on */

#define MAX_PROTOCOL 5

/* -- the stack */

static void push(sfd_unpickler *u, sfd_value *v)
{
    if (!v)
        return;
    if (sfd_unpickler_grow(u, &u->stack, &u->n_stack_alloc, u->n_stack, sizeof *u->stack))
        u->stack[u->n_stack++] = v;
}

/* Height that an opcode may not go below. */
static size_t floor_height(const sfd_unpickler *u)
{
    return u->n_marks > 0 ? u->marks[u->n_marks - 1] : 0;
}

static sfd_value *pop(sfd_unpickler *u)
{
    if (u->n_stack <= floor_height(u)) {
        sfd_pickle_fail_at(u, "stack underflow");
        return NULL;
    }
    return u->stack[--u->n_stack];
}

static sfd_value *top(sfd_unpickler *u)
{
    if (u->n_stack <= floor_height(u)) {
        sfd_pickle_fail_at(u, "stack underflow");
        return NULL;
    }
    return u->stack[u->n_stack - 1];
}

static void push_mark(sfd_unpickler *u)
{
    if (sfd_unpickler_grow(u, &u->marks, &u->n_marks_alloc, u->n_marks, sizeof *u->marks))
        u->marks[u->n_marks++] = u->n_stack;
}

/* Takes everything above the last mark off the stack; the items stay readable until the next push.
 */
static sfd_value **pop_mark(sfd_unpickler *u, size_t *n)
{
    *n = 0;
    if (u->n_marks == 0) {
        sfd_pickle_fail_at(u, "no mark");
        return NULL;
    }
    size_t height = u->marks[--u->n_marks];
    *n = u->n_stack - height;
    u->n_stack = height;
    return u->stack ? u->stack + height : NULL;
}

/* A list, tuple or dictionary of n items. */
static sfd_value *make_list(sfd_unpickler *u, sfd_value_type type, sfd_value **items, size_t n)
{
    sfd_value *list = sfd_new_value(u, type);
    if (!list || n == 0)
        return list;
    list->list.items = sfd_unpickler_alloc(u, n * sizeof *items);
    if (!list->list.items)
        return NULL;
    memcpy(list->list.items, items, n * sizeof *items);
    list->list.n = list->list.n_alloc = n;
    return list;
}

static void push_marked(sfd_unpickler *u, sfd_value_type type)
{
    size_t n;
    sfd_value **items = pop_mark(u, &n);
    if (type == SFD_VALUE_DICT && n % 2 != 0)
        sfd_pickle_fail_at(u, "dictionary with a key that has no value");
    if (u->status == SFD_OK)
        push(u, make_list(u, type, items, n));
}

static void push_tuple(sfd_unpickler *u, size_t n)
{
    if (u->n_stack - floor_height(u) < n) {
        sfd_pickle_fail_at(u, "stack underflow");
        return;
    }
    u->n_stack -= n;
    push(u, make_list(u, SFD_VALUE_LIST, u->stack + u->n_stack, n));
}

/* APPENDS, SETITEMS, ADDITEMS: n items go into what is below them. Opaque values swallow them. */
static void add_items(sfd_unpickler *u, sfd_value **items, size_t n, sfd_value_type wanted)
{
    sfd_value *target = u->status == SFD_OK ? top(u) : NULL;
    if (!target || target->type != wanted)
        return;
    if (wanted == SFD_VALUE_DICT && n % 2 != 0) {
        sfd_pickle_fail_at(u, "dictionary with a key that has no value");
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (!sfd_append(u, target, items[i]))
            return;
}

static void add_top(sfd_unpickler *u, size_t n, sfd_value_type wanted)
{
    if (u->n_stack - floor_height(u) < n + 1) {
        sfd_pickle_fail_at(u, "stack underflow");
        return;
    }
    u->n_stack -= n;
    add_items(u, u->stack + u->n_stack, n, wanted);
}

static void add_marked(sfd_unpickler *u, sfd_value_type wanted)
{
    size_t n;
    sfd_value **items = pop_mark(u, &n);
    add_items(u, items, n, wanted);
}

/* -- the memo */

static void memo_put(sfd_unpickler *u, uint64_t key)
{
    sfd_value *v = top(u);
    if (!v)
        return;
    /* Every entry costs an opcode, so a key beyond the pickle's size was not counted up to. */
    if (key > (size_t)(u->end - u->start)) {
        sfd_pickle_fail_at(u, "memo key out of range");
        return;
    }
    if (key >= u->n_memo) {
        size_t n = u->n_memo ? u->n_memo * 2 : 256;
        while (n <= key)
            n *= 2;
        sfd_value **grown = sfd_unpickler_alloc(u, n * sizeof *grown);
        if (!grown)
            return;
        if (u->n_memo > 0)
            memcpy(grown, u->memo, u->n_memo * sizeof *grown);
        u->memo = grown;
        u->n_memo = n;
    }
    u->memo[key] = v;
}

static void memo_get(sfd_unpickler *u, uint64_t key)
{
    if (key >= u->n_memo || !u->memo[key])
        sfd_pickle_fail_at(u, "memo key that was never stored");
    else
        push(u, u->memo[key]);
}

static uint64_t take_text_key(sfd_unpickler *u)
{
    sfd_slice line = sfd_pickle_take_line(u);
    long long key;
    if (u->status == SFD_OK && (!sfd_parse_long(line.data, line.n, &key) || key < 0))
        sfd_pickle_fail_at(u, "memo key is not a number");
    return u->status == SFD_OK ? (uint64_t)key : UINT64_MAX;
}

/* -- literals */

static void push_integer(sfd_unpickler *u, sfd_value_type type, int64_t integer)
{
    sfd_value *v = sfd_new_value(u, type);
    if (v)
        v->integer = integer;
    push(u, v);
}

static void push_number(sfd_unpickler *u, double number)
{
    sfd_value *v = sfd_new_value(u, SFD_VALUE_FLOAT);
    if (v)
        v->number = number;
    push(u, v);
}

static void push_text(sfd_unpickler *u, sfd_slice text, sfd_text_encoding encoding)
{
    sfd_value *v = u->status == SFD_OK ? sfd_new_value(u, SFD_VALUE_TEXT) : NULL;
    if (v) {
        v->text = text;
        v->encoding = encoding;
    }
    push(u, v);
}

/* Text or bytes behind a length of n_length bytes. */
static void push_counted(sfd_unpickler *u, int n_length)
{
    uint64_t n = sfd_pickle_take_number(u, n_length);
    const unsigned char *bytes = u->status == SFD_OK ? sfd_pickle_take(u, n) : NULL;
    push_text(u, (sfd_slice){(const char *)bytes, (size_t)n}, SFD_TEXT_PLAIN);
}

/* Two's complement, little endian. */
static void push_long(sfd_unpickler *u, int n_length)
{
    uint64_t n = sfd_pickle_take_number(u, n_length), value = 0;
    const unsigned char *bytes = u->status == SFD_OK ? sfd_pickle_take(u, n) : NULL;
    if (!bytes)
        return;
    if (n > 8) {
        sfd_value *v = sfd_new_value(u, SFD_VALUE_BIGINT);
        if (v)
            v->text = (sfd_slice){(const char *)bytes, (size_t)n};
        push(u, v);
        return;
    }
    if (n > 0 && bytes[n - 1] & 0x80)
        value = UINT64_MAX;
    for (uint64_t i = n; i-- > 0;)
        value = value << 8 | bytes[i];
    push_integer(u, SFD_VALUE_INT, (int64_t)value);
}

/* INT and LONG of protocol 0: "12", "12L", and "00", "01" for the truth values. */
static void push_decimal(sfd_unpickler *u)
{
    sfd_slice line = sfd_pickle_take_line(u);
    long long value;
    if (u->status != SFD_OK)
        return;
    if (line.n == 2 && line.data[0] == '0' && (line.data[1] == '0' || line.data[1] == '1')) {
        push_integer(u, SFD_VALUE_BOOL, line.data[1] == '1');
        return;
    }
    if (line.n > 0 && line.data[line.n - 1] == 'L')
        line.n--;
    if (sfd_parse_long(line.data, line.n, &value))
        push_integer(u, SFD_VALUE_INT, value);
    else
        push(u, sfd_new_value(u, SFD_VALUE_OPAQUE)); /* beyond 64 bits: nothing here needs it */
}

static void push_decimal_float(sfd_unpickler *u)
{
    sfd_slice line = sfd_pickle_take_line(u);
    double value;
    if (u->status != SFD_OK)
        return;
    if (!sfd_parse_double(line.data, line.n, &value))
        sfd_pickle_fail_at(u, "not a number");
    else
        push_number(u, value);
}

static void push_binary_float(sfd_unpickler *u)
{
    const unsigned char *bytes = sfd_pickle_take(u, 8);
    uint64_t bits = 0;
    double value;
    for (int i = 0; bytes && i < 8; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&value, &bits, sizeof value);
    push_number(u, value);
}

/* 'text' or "text" up to the end of the line. */
static void push_quoted(sfd_unpickler *u)
{
    sfd_slice line = sfd_pickle_take_line(u);
    if (u->status != SFD_OK)
        return;
    if (line.n < 2 || line.data[0] != line.data[line.n - 1] ||
        (line.data[0] != '\'' && line.data[0] != '"')) {
        sfd_pickle_fail_at(u, "string without quotes");
        return;
    }
    push_text(u, (sfd_slice){line.data + 1, line.n - 2}, SFD_TEXT_ESCAPED);
}

/* -- globals and calls */

static sfd_value *make_global(sfd_unpickler *u, sfd_slice module, sfd_slice name)
{
    sfd_value *v = sfd_new_value(u, SFD_VALUE_GLOBAL);
    sfd_global *g = v ? sfd_unpickler_alloc(u, sizeof *g) : NULL;
    if (!g)
        return NULL;
    g->module = module;
    g->name = name;
    sfd_global_resolve(g);
    v->global = g;
    return v;
}

static sfd_value *take_global(sfd_unpickler *u)
{
    sfd_slice module = sfd_pickle_take_line(u), name = {NULL, 0};
    if (u->status == SFD_OK)
        name = sfd_pickle_take_line(u);
    return u->status == SFD_OK ? make_global(u, module, name) : NULL;
}

static void push_stack_global(sfd_unpickler *u)
{
    sfd_value *name = pop(u), *module = name ? pop(u) : NULL;
    sfd_slice m, n;
    if (!module)
        return;
    if (sfd_value_text(u, module, &m) && sfd_value_text(u, name, &n))
        push(u, make_global(u, m, n));
    else
        sfd_pickle_fail_at(u, "global without a name");
}

static sfd_value *call(sfd_unpickler *u, const sfd_value *callable, sfd_value **args, size_t n)
{
    const sfd_global *g = callable->type == SFD_VALUE_GLOBAL ? callable->global : NULL;
    sfd_value *result = g && g->call ? g->call(u, args, n) : NULL;
    if (!result && u->status == SFD_OK) {
        result = sfd_new_value(u, SFD_VALUE_OPAQUE);
        if (result)
            result->global = g;
    }
    return result;
}

/* REDUCE and NEWOBJ: callable, tuple of arguments -> result. */
static void reduce(sfd_unpickler *u)
{
    sfd_value *args = pop(u), *callable = args ? pop(u) : NULL;
    if (!callable)
        return;
    bool tuple = args->type == SFD_VALUE_LIST;
    push(u, call(u, callable, tuple ? args->list.items : NULL, tuple ? args->list.n : 0));
}

static void new_object_ex(sfd_unpickler *u)
{
    if (pop(u)) /* keyword arguments: only opaque classes have them */
        reduce(u);
}

/* Protocol 0's objects: arguments above a mark. */
static void push_object(sfd_unpickler *u, sfd_value *callable)
{
    size_t n;
    sfd_value **items = u->status == SFD_OK ? pop_mark(u, &n) : NULL;
    if (u->status != SFD_OK)
        return;
    if (!callable) { /* OBJ: the class is the first item */
        if (n == 0) {
            sfd_pickle_fail_at(u, "object without a class");
            return;
        }
        callable = *items++;
        n--;
    }
    push(u, call(u, callable, items, n));
}

static void build(sfd_unpickler *u)
{
    sfd_value *state = pop(u), *object = state ? top(u) : NULL;
    if (object)
        sfd_set_state(u, object, state);
}

static void push_persistent(sfd_unpickler *u, bool binary)
{
    if (!binary) {
        sfd_pickle_take_line(u);
        push(u, u->status == SFD_OK ? sfd_new_value(u, SFD_VALUE_OPAQUE) : NULL);
        return;
    }
    sfd_value *id = pop(u);
    if (id)
        push(u, sfd_persistent_load(u, id));
}

static void push_opaque_after(sfd_unpickler *u, uint64_t n_argument_bytes)
{
    if (sfd_pickle_take(u, n_argument_bytes))
        push(u, sfd_new_value(u, SFD_VALUE_OPAQUE));
}

static void discard_marked(sfd_unpickler *u)
{
    size_t n;
    pop_mark(u, &n);
}

static void check_protocol(sfd_unpickler *u)
{
    if (sfd_pickle_take_number(u, 1) > MAX_PROTOCOL)
        sfd_pickle_fail_at(u, "unknown protocol");
}

/* -- the main loop */

/* clang-format off */
static void execute(sfd_unpickler *u, int op)
{
    switch (op) {
    case OP_PROTO: check_protocol(u); break;
    case OP_FRAME: sfd_pickle_take(u, 8); break;
    case OP_MARK: push_mark(u); break;
    case OP_POP:
        if (u->n_marks > 0 && u->n_stack == floor_height(u))
            discard_marked(u);
        else
            pop(u);
        break;
    case OP_POP_MARK: discard_marked(u); break;
    case OP_DUP: push(u, top(u)); break;

    case OP_NONE: push(u, sfd_new_value(u, SFD_VALUE_NONE)); break;
    case OP_NEWTRUE: push_integer(u, SFD_VALUE_BOOL, 1); break;
    case OP_NEWFALSE: push_integer(u, SFD_VALUE_BOOL, 0); break;
    case OP_INT: case OP_LONG: push_decimal(u); break;
    case OP_BININT: push_integer(u, SFD_VALUE_INT, (int32_t)sfd_pickle_take_number(u, 4)); break;
    case OP_BININT1: push_integer(u, SFD_VALUE_INT, (int64_t)sfd_pickle_take_number(u, 1)); break;
    case OP_BININT2: push_integer(u, SFD_VALUE_INT, (int64_t)sfd_pickle_take_number(u, 2)); break;
    case OP_LONG1: push_long(u, 1); break;
    case OP_LONG4: push_long(u, 4); break;
    case OP_FLOAT: push_decimal_float(u); break;
    case OP_BINFLOAT: push_binary_float(u); break;

    case OP_STRING: push_quoted(u); break;
    case OP_UNICODE: push_text(u, sfd_pickle_take_line(u), SFD_TEXT_RAW_UNICODE); break;
    case OP_SHORT_BINSTRING: case OP_SHORT_BINBYTES: case OP_SHORT_BINUNICODE:
        push_counted(u, 1);
        break;
    case OP_BINSTRING: case OP_BINUNICODE: case OP_BINBYTES: push_counted(u, 4); break;
    case OP_BINUNICODE8: case OP_BINBYTES8: case OP_BYTEARRAY8: push_counted(u, 8); break;

    case OP_EMPTY_TUPLE: case OP_EMPTY_LIST: push(u, sfd_new_value(u, SFD_VALUE_LIST)); break;
    case OP_EMPTY_DICT: push(u, sfd_new_value(u, SFD_VALUE_DICT)); break;
    case OP_EMPTY_SET: push(u, sfd_new_value(u, SFD_VALUE_OPAQUE)); break;
    case OP_TUPLE: case OP_LIST: push_marked(u, SFD_VALUE_LIST); break;
    case OP_DICT: push_marked(u, SFD_VALUE_DICT); break;
    case OP_FROZENSET: discard_marked(u); push_opaque_after(u, 0); break;
    case OP_TUPLE1: push_tuple(u, 1); break;
    case OP_TUPLE2: push_tuple(u, 2); break;
    case OP_TUPLE3: push_tuple(u, 3); break;
    case OP_APPEND: add_top(u, 1, SFD_VALUE_LIST); break;
    case OP_APPENDS: add_marked(u, SFD_VALUE_LIST); break;
    case OP_SETITEM: add_top(u, 2, SFD_VALUE_DICT); break;
    case OP_SETITEMS: add_marked(u, SFD_VALUE_DICT); break;
    case OP_ADDITEMS: discard_marked(u); break;

    case OP_PUT: memo_put(u, take_text_key(u)); break;
    case OP_BINPUT: memo_put(u, sfd_pickle_take_number(u, 1)); break;
    case OP_LONG_BINPUT: memo_put(u, sfd_pickle_take_number(u, 4)); break;
    case OP_MEMOIZE: memo_put(u, u->n_memoized++); break;
    case OP_GET: memo_get(u, take_text_key(u)); break;
    case OP_BINGET: memo_get(u, sfd_pickle_take_number(u, 1)); break;
    case OP_LONG_BINGET: memo_get(u, sfd_pickle_take_number(u, 4)); break;

    case OP_GLOBAL: push(u, take_global(u)); break;
    case OP_STACK_GLOBAL: push_stack_global(u); break;
    case OP_REDUCE: case OP_NEWOBJ: reduce(u); break;
    case OP_NEWOBJ_EX: new_object_ex(u); break;
    case OP_INST: push_object(u, take_global(u)); break;
    case OP_OBJ: push_object(u, NULL); break;
    case OP_BUILD: build(u); break;
    case OP_PERSID: push_persistent(u, false); break;
    case OP_BINPERSID: push_persistent(u, true); break;
    case OP_EXT1: push_opaque_after(u, 1); break;
    case OP_EXT2: push_opaque_after(u, 2); break;
    case OP_EXT4: push_opaque_after(u, 4); break;
    case OP_NEXT_BUFFER: push_opaque_after(u, 0); break;
    case OP_READONLY_BUFFER: break;
    default: sfd_pickle_fail_at(u, "unknown opcode");
    }
}
/* clang-format on */

sfd_status sfd_unpickle(sfd_unpickler *u, const void *data, size_t n_bytes, sfd_value **root,
                        size_t *n_read)
{
    *root = NULL;
    u->unpickle = sfd_unpickle;
    u->start = u->at = data ? data : (const void *)""; /* of an empty file */
    u->end = u->start + n_bytes;
    u->n_stack = u->n_marks = u->n_memoized = 0;
    if (u->n_memo > 0)
        memset(u->memo, 0, u->n_memo * sizeof *u->memo);
    while (u->status == SFD_OK) {
        const unsigned char *op = sfd_pickle_take(u, 1);
        if (!op)
            break;
        if (*op == OP_STOP) {
            *root = pop(u);
            break;
        }
        execute(u, *op);
    }
    *n_read = (size_t)(u->at - u->start);
    return u->status;
}
