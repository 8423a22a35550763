/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers found by name, in time that does not depend on how many there are. */
#ifndef SFD_BASE_NAME_TABLE_H
#define SFD_BASE_NAME_TABLE_H

#include <sfdet/common.h>

/* Zero-initialised by the caller. */
typedef struct sfd_name_table {
    struct sfd_name_slot *slots; /* n_slots, a power of two, at most half of them taken */
    size_t n_slots, n_names;
} sfd_name_table;

/* `name` stays the caller's and outlives the table; it must not be there yet. False without memory.
 */
bool sfd_name_table_add(sfd_name_table *t, const char *name, size_t number);
bool sfd_name_table_find(const sfd_name_table *t, const char *name, size_t *number);
void sfd_name_table_free(sfd_name_table *t);

#endif
