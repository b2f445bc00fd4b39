/* Power of two of a fixed-point exponent: the way back from dsp_log2_q10. */
#ifndef DSP_EXP2_H
#define DSP_EXP2_H

#include <stdint.h>

/* The mantissa of 2^(log_q10 / 1024); the exponent that goes with it is (log_q10 >> 10) - 15.
 * Format:   Q10 in, any value; Q15 out: 32768 ... 65535 (1.0 ... 2.0).
 * Scaling:  out = 2^15 * 2^fraction, where the fraction is log_q10 modulo 1024; within 1 step (relative 2^-15). Rising
 *           with the fraction.
 * Overflow: none for any value: each product is of a coefficient below 0.7 and a fraction below 1, in Q16, below 2^32.
 *           */
uint16_t dsp_exp2_mantissa_q15(int16_t log_q10);

/* 2^(log_q10 / 1024) as an integer.
 * Format:   Q10 in, any value; uint32 out: 0 ... 4294 million.
 * Scaling:  rounded to the nearest; relative error 2^-15 beside the rounding. 0 below -1024, where less than a half is
 *           left.
 * Overflow: none for any value: the largest exponent is 31 + 1023 / 1024. */
uint32_t dsp_exp2_q10(int16_t log_q10);

#endif
