/* How movement lies in space: along a line, in a plane, or in all directions. */
#ifndef DSP_PLANARITY_H
#define DSP_PLANARITY_H

#include <stdint.h>

/* Eigenvalues of a symmetric 3 x 3 matrix {xx, yy, zz, xy, xz, yz} such as dsp_covariance's, the largest first, and times 2^shift,
 * which is returned (negative: divided), so that the matrix's largest element in size is in 2^28 ... 2^29 - 1.
 * Cyclic Jacobi rotations, four sweeps: Golub and Van Loan, Matrix Computations, 8.5.
 * Format:   int32 in, int32 out; zeros of a matrix of zeros.
 * Scaling:  error at most 32 of the 2^28 or more of the largest element.
 * Overflow: none for any matrix: eigenvalues and all elements on the way are at most 3 * 2^29 in size. */
int8_t dsp_planarity_eigenvalues(const int32_t matrix[6], int32_t values[3]);

/* Planarity 1 - 2 * l3 / (l1 + l2) of the eigenvalues l1 >= l2 >= l3 >= 0: 1 of movement in a plane or on a line, 0 of movement
 * alike in all directions. A. Jurkevics, "Polarization analysis of three-component array data", Bull. Seism. Soc. Am. 78 (1988).
 * Format:   eigenvalues in, Q15 out; 0 of no movement.
 * Scaling:  rounded down. A smallest eigenvalue that came out below 0 counts as 0.
 * Overflow: none: differences and sums are halved before they are divided. */
int16_t dsp_planarity_q15(const int32_t values[3]);

/* Rectilinearity 1 - (l2 + l3) / (2 * l1), same source: 1 of movement on a line, 0 of movement alike in all directions. */
int16_t dsp_planarity_line_q15(const int32_t values[3]);

#endif
