/* SPDX-License-Identifier: Apache-2.0 */
/* The linear assignment problem: pairs of rows and columns at the least total cost. */
#ifndef SFD_BASE_ASSIGNMENT_H
#define SFD_BASE_ASSIGNMENT_H

#include <sfdet/common.h>

#define SFD_UNASSIGNED SIZE_MAX

/* Pairs rows with columns of cost [n_rows][n_columns], each used once at most: as many pairs as
 * possible, and of all such choices one with the least sum of costs. A cost that is not finite
 * forbids the pair; the others' magnitudes are at most 1e9. column_of [n_rows] receives each row's
 * column or SFD_UNASSIGNED. O(m^2 n), m being the shorter side of the largest part that allowed
 * pairs connect (R. Jonker, A. Volgenant, "A
 * shortest augmenting path algorithm for dense and sparse linear assignment problems", Computing
 * 38, 1987). Errors: SFD_ERR_NOMEM. */
sfd_status sfd_assign(size_t *column_of, const double *cost, size_t n_rows, size_t n_columns,
                      sfd_error *err);

/* The choice with the least sum of costs, however few its pairs are: costs are 0 or negative, and
 * only pairs below 0 are chosen. The rest as sfd_assign. */
sfd_status sfd_assign_gains(size_t *column_of, const double *cost, size_t n_rows, size_t n_columns,
                            sfd_error *err);

#endif
