/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Labelled people in the formats of data sets, annotation tools and trackers: reading any of them
 * into one set, writing the set in any other. */
#ifndef SFDET_ANNOTATIONS_H
#define SFDET_ANNOTATIONS_H

#include <sfdet/detect.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Videos, the people in them, where these are and what they do. */
typedef struct sfd_annotations sfd_annotations;

/** What files do not tell. */
typedef struct sfd_annotation_settings {
    size_t struct_size;   /**< set by sfd_annotation_settings_defaults() */
    const char *labels;   /**< the actions' ids and names: a .pbtxt or a built-in list; names that
                             are not on it are left out. NULL: as the files have them, ids in order
                             of appearance from 1 */
    const char *video_id; /**< of what is in files of one video; NULL: their names tell */
    double fps;           /**< rate of frame numbers; 0: that of the video (find_video), else what
                             the file tells, else 30 */
    double timestamp_offset_s; /**< timestamp of frame 0, in formats with timestamps */
    int width;                 /**< of videos, 0: find_video or the file tells */
    int height;                /**< likewise */
    double min_score;          /**< reading: actions with a lower score are left out (0) */
    double every_s; /**< writing formats of keyframes: time between these, boxes between those that
                       somebody drew being interpolated; 0: the boxes that were drawn (0) */
    double join_s;  /**< writing formats of tracks: a person's boxes no further apart belong to one
                       movement (1) */
    bool strict;    /**< rows that cannot be used are an error, not left out */
    void *user;     /**< handed to the functions below */
    /** Looks a video up that a file speaks of: true and *facts. May be NULL. */
    bool (*find_video)(void *user, const char *video_id, sfd_video_facts *facts);
    /** What is left out, by kind and number; guesses. May be NULL. */
    void (*on_warning)(void *user, const char *message);
} sfd_annotation_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_annotation_settings_defaults_sized(sfd_annotation_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_annotation_settings_defaults(sfd_annotation_settings *s)
{
    sfd_annotation_settings_defaults_sized(s, sizeof *s);
}

/** One of the formats. */
typedef struct sfd_annotation_format {
    const char *name;      /**< as functions take it: "cvat" */
    const char *extension; /**< of files that are written in it by default, ".xml"; may be shared */
    const char *summary;   /**< one line for users */
    bool reads;            /**< can be read */
    bool writes;           /**< can be written */
    size_t reserved[4];    /**< room to grow, zero */
} sfd_annotation_format;

/** Number of formats. */
SFD_API size_t sfd_annotation_format_count(void);
/** Format i below that number; never changes. */
SFD_API const sfd_annotation_format *sfd_annotation_format_get(size_t i);

/** An empty set. Strings of the settings are copied. Errors: SFD_ERR_ARG (settings), those of
 * sfd_labels_open, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_annotations_create(sfd_annotations **out,
                                          const sfd_annotation_settings *settings, sfd_error *err);
SFD_API void sfd_annotations_free(sfd_annotations *a); /**< takes NULL */

/** Adds what is in a file, whose format (NULL) is found out by its content. People with the same id
 * in the same video are the same person. Errors: SFD_ERR_IO; SFD_ERR_FORMAT naming the place;
 * SFD_ERR_MISMATCH (a video's size is needed); SFD_ERR_UNSUPPORTED; SFD_ERR_NOMEM: the set is as it
 * was, or can only be freed. */
SFD_API sfd_status sfd_annotations_read(sfd_annotations *a, const char *path, const char *format,
                                        sfd_error *err);

/** Writes the set; format NULL: the one of the file's extension, where there is only one. "-" is
 * stdout. Errors: SFD_ERR_IO; SFD_ERR_ARG (no such format); SFD_ERR_MISMATCH (a video's size is
 * needed, several videos in a format of one); SFD_ERR_NOMEM. The file is there only when all is. */
SFD_API sfd_status sfd_annotations_write(sfd_annotations *a, const char *path, const char *format,
                                         sfd_error *err);
/** The id of video i below counts.n_videos, owned by the set. */
SFD_API const char *sfd_annotations_video(const sfd_annotations *a, size_t i);
/** Writes video i alone, for formats of one video. Errors: as sfd_annotations_write. */
SFD_API sfd_status sfd_annotations_write_video(sfd_annotations *a, size_t i, const char *path,
                                               const char *format, sfd_error *err);
/** Writes the actions as AVA's .pbtxt. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_annotations_write_labels(const sfd_annotations *a, const char *path,
                                                sfd_error *err);

/** How much there is. */
typedef struct sfd_annotation_counts {
    size_t n_videos;    /**< with or without people */
    size_t n_tracks;    /**< persons followed, and boxes of nobody knows whom */
    size_t n_boxes;     /**< of all of them */
    size_t n_actions;   /**< of all boxes together */
    size_t n_labels;    /**< different actions */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_annotation_counts;

/** Fills *counts. */
SFD_API void sfd_annotations_count(const sfd_annotations *a, sfd_annotation_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
