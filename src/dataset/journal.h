/* SPDX-License-Identifier: Apache-2.0 */
/* What is done of a part, keyframe by keyframe, on disk while the part is in work.
 *
 * A file of records, each 4 bytes length of its content, 8 bytes FNV-1a of it, and the content
 * (numbers little-endian, texts as 4 bytes length and bytes, the last one zero). The first one's
 * content is a text that tells which work it is of. The others have, for one settled keyframe:
 *     u64 index, f64 seconds of work on the part so far, u8 outcome
 *     failed: text why
 *     done:   f64 timestamp, i64 frame, u32 persons, u32 classes, u32 features, and for each person
 *             4 f64 corners, f64 score of the box, i64 person id, u8 whether it is known, text
 *             timestamp, text corners, [classes] f32 scores, [features] f32 features
 * A file ends where a record is cut off or its sum is wrong: what follows was never settled.
 *
 * A record is written with one call when its keyframe is settled, so that it survives the death of
 * the process, and on disk a few seconds later, so that it survives that of the machine. */
#ifndef SFD_DATASET_JOURNAL_H
#define SFD_DATASET_JOURNAL_H

#include <sfdet/detect.h>

typedef struct sfd_journal sfd_journal;

typedef enum sfd_outcome { SFD_SETTLED_DONE, SFD_SETTLED_FAILED, SFD_SETTLED_EMPTY } sfd_outcome;

typedef struct sfd_settled {
    uint64_t index;
    double seconds;
    sfd_outcome outcome;
    const char *message;   /* failed */
    sfd_keyframe keyframe; /* done; without video_id, picture and class_ids */
} sfd_settled;

/* All of it is lent for the call. */
typedef sfd_status sfd_settled_fn(void *user, const sfd_settled *s, sfd_error *err);

/* Opens the file of this work, made if need be, for this process alone, and hands what it holds to
 * `fn` (NULL: it is begun anew, as it is where it is of other work). Errors: SFD_ERR_MISMATCH:
 * another process has it open; SFD_ERR_IO, SFD_ERR_NOMEM, what fn returns. */
sfd_status sfd_journal_open(sfd_journal **out, const char *path, const char *work,
                            sfd_settled_fn *fn, void *user, sfd_error *err);

/* What becomes of the keyframe in hand; the last one counts, none: empty. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_journal_done(sfd_journal *j, const sfd_keyframe *k, sfd_error *err);
sfd_status sfd_journal_failed(sfd_journal *j, const char *message, sfd_error *err);
/* It is settled: written. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_journal_settle(sfd_journal *j, uint64_t index, double seconds, sfd_error *err);

/* Closes it; `remove`: the part's results have taken its place. Takes NULL. */
void sfd_journal_close(sfd_journal *j, bool remove);

/* Removes one that nobody has open, of a part that is complete: whoever completed it was killed
 * before. */
void sfd_journal_remove(const char *path);

#endif
