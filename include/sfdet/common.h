/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Status codes, error messages, boxes and the version: what every other public header needs.
 *
 * For all headers holds:
 *
 * - What is handed out as `*out` belongs to the caller, who frees it by the function ..._free() of
 *   its kind, which takes NULL; after a failure `*out` is NULL. Pointers to const are lent: as long
 *   as their owner lives, or for the duration of a callback.
 * - Objects are used by one thread at a time, different ones by different threads; where it says
 *   that threads may share an object, they may. After fork() the child may use what
 *   no other thread was using at that moment; it computes on one thread.
 * - Strings are UTF-8; paths are the operating system's bytes. Settings NULL: the defaults.
 * - How structs grow: settings know their size (struct_size); structs that callers or arrays hold
 *   have room at their end, `reserved`, which is zero; what the library hands out by pointer may
 *   get longer; what callers fill in arrays (boxes, rows, pictures) stays as it is. */
#ifndef SFDET_COMMON_H
#define SFDET_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @def SFD_API
 * An exported function.
 * @def SFD_PRINTF(fmt, args)
 * A function with a format, parameter `fmt`, and its arguments from parameter `args` on. */
#if defined(__GNUC__)
#define SFD_API               __attribute__((visibility("default")))
#define SFD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define SFD_API
#define SFD_PRINTF(fmt, args)
#endif

/* Read by CMakeLists.txt, too. */
#define SFD_VERSION_MAJOR 0 /**< while 0, every minor version has an interface of its own, */
#define SFD_VERSION_MINOR 2 /**< and is part of SONAME and of the symbols' version */
#define SFD_VERSION_PATCH 0 /**< the interface stays */

/** Version of the library that runs, "major.minor.patch"; compare it with the macros above. */
SFD_API const char *sfd_version(void);

/** What functions return. */
typedef enum sfd_status {
    SFD_OK = 0,
    SFD_ERR_ARG,         /**< a caller's value is out of range */
    SFD_ERR_NOMEM,       /**< an allocation failed */
    SFD_ERR_IO,          /**< the operating system refused to open, read or write */
    SFD_ERR_FORMAT,      /**< a file's content is malformed */
    SFD_ERR_UNSUPPORTED, /**< well-formed, but this program does not do it */
    SFD_ERR_MISMATCH, /**< two inputs do not belong together (weights and network, ids and boxes) */
    SFD_ERR_END,      /**< past the end of a video */
    SFD_ERR_CANCELLED /**< a callback asked to stop */
} sfd_status;

/** One word for a status, never NULL. */
SFD_API const char *sfd_status_name(sfd_status status);

/** What went wrong, in one line without newline: file, line, column, value, what was wanted.
 * Every function that takes `sfd_error *err` takes NULL too; on success it is left untouched. */
typedef struct sfd_error {
    sfd_status status; /**< what the function returned */
    char message[512]; /**< 512 bytes, for good */
} sfd_error;

/** Makes any text safe to print, in place: bytes that are not UTF-8, control characters (newlines
 * too) and marks that turn the reading direction become '?'. Messages of the library are so
 * already; names that come from files (video ids, layers, classes) may hold anything. */
SFD_API void sfd_make_printable(char *text);

/** The entry of `names` that `word` is likely to be a misspelling of: at most a third of its
 * letters (one of two; leading dashes do not count) wrong, missing, added or, two neighbours,
 * swapped. NULL when there is none. */
SFD_API const char *sfd_nearest_name(const char *word, const char *const *names, size_t n_names);

/** What maps and weights are made of while a network runs; sums are float32 or, of int8, int32. */
typedef enum sfd_precision {
    SFD_PRECISION_F32,  /**< float32 */
    SFD_PRECISION_BF16, /**< bfloat16: half the memory, twice the speed where the processor has its
                           dot product; scores move by some 1e-3 (see docs) */
    SFD_PRECISION_INT8  /**< 8-bit integers, for quantised weights */
} sfd_precision;

/** The built-in lists of labels; these names stand wherever the path of a list is asked for, and
 * NULL, there, for the first. */
#define SFD_AVA_80 "ava-80" /**< all actions of AVA */
#define SFD_AVA_60 "ava-60" /**< those that its benchmark evaluates */

/** Corners as fractions of picture width and height, (x1, y1) top left. */
typedef struct sfd_box_norm {
    double x1; /**< left */
    double y1; /**< top */
    double x2; /**< right */
    double y2; /**< bottom */
} sfd_box_norm;

/** Corners in pixels of the picture that the network sees. */
typedef struct sfd_box_px {
    float x1; /**< left */
    float y1; /**< top */
    float x2; /**< right */
    float y2; /**< bottom */
} sfd_box_px;

#ifdef __cplusplus
}
#endif
#endif
