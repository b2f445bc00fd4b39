/* The innermost loops of networks (compact_mlp.h): products of inputs and packed weights, added up. In assembly for the cores that load several
 * words at once, which compilers hardly use.
 */
#ifndef CPU_STEPS_H
#define CPU_STEPS_H

#include <stdint.h>

#include "cpu.h"
#include "rom.h"

enum { CPU_STEPS_STRIDE = 4 }; /* inputs a step: tables are filled with zeros to a multiple */

#if !defined(__OPTIMIZE__) /* then registers are too few */
#elif defined(CPU_SIMD)
#define STEPS_ASSEMBLY 1
#define STEPS_SYNTAX ""
#define STEPS_LOAD(value, offset) "ldrh " value ", [%[x]], #2\n"
#define STEPS_NEXT ""
#define STEPS_ADD(sum, word) "mla " sum ", " word ", %[v], " sum "\n"
#define STEPS_ODD(word) "uxtb16 r3, " word ", ror #8\n"
#elif defined(CPU_THUMB1)
#define STEPS_ASSEMBLY 1
#define STEPS_SYNTAX ".syntax unified\n" /* gcc assembles for Armv6-M in the old syntax */
#define STEPS_LOAD(value, offset) "ldrh " value ", [%[x], #" offset "]\n"
#define STEPS_NEXT "adds %[x], #8\n"
#define STEPS_ADD(sum, word) "muls " word ", %[v], " word "\nadd " sum ", " word "\n"
#define STEPS_ODD(word) "lsrs r3, " word ", #8\nands r3, %[mask]\n"
#endif

/* Adds to `first` and `second` the products of each input up to `end` and its two words; returns the words after them.
 * Format:   uint16 inputs, at least one, a multiple of the stride. Scaling: exact modulo 2^32. Overflow: wraps. */
static INLINE const ROM uint32_t *cpu_steps16(const ROM uint32_t *words, const uint16_t *input, const uint16_t *end,
                                              uint32_t *first, uint32_t *second)
{
#ifdef STEPS_ASSEMBLY
    uint32_t value;
    register uint32_t one __asm__("ip") = *first;
    register uint32_t two __asm__("lr") = *second;
    __asm__(STEPS_SYNTAX "1:\n"
                           "ldmia %[w]!, {r3-r6}\n" STEPS_LOAD("%[v]", "0") STEPS_ADD("%[s]", "r3")
                               STEPS_ADD("%[t]", "r4") STEPS_LOAD("%[v]", "2") STEPS_ADD("%[s]", "r5")
                                   STEPS_ADD("%[t]", "r6") "ldmia %[w]!, {r3-r6}\n" STEPS_LOAD("%[v]", "4")
                                       STEPS_ADD("%[s]", "r3") STEPS_ADD("%[t]", "r4") STEPS_LOAD("%[v]", "6")
                                           STEPS_ADD("%[s]", "r5") STEPS_ADD("%[t]", "r6") STEPS_NEXT
            "cmp %[x], %[end]\n"
            "bne 1b\n"
            : [w] "+l"(words), [x] "+l"(input), [v] "=&l"(value), [s] "+r"(one), [t] "+r"(two)
            : [end] "l"(end)
            : "r3", "r4", "r5", "r6", "cc", "memory");
    *first = one;
    *second = two;
#else
    for (; input != end; input++) {
        *first += words[0] * *input;
        *second += words[1] * *input;
        words += 2;
    }
#endif
    return words;
}

/* As cpu_steps16, of one word an input: the products with all of it, and with its bytes 1 and 3 as halves. */
static INLINE const ROM uint32_t *cpu_steps8(const ROM uint32_t *words, const uint16_t *input, const uint16_t *end,
                                             uint32_t *all, uint32_t *odd)
{
#ifdef STEPS_ASSEMBLY
    uint32_t value;
    register uint32_t one __asm__("ip") = *all;
    register uint32_t two __asm__("lr") = *odd;
#define STEPS_BOTH(word, offset) \
    STEPS_LOAD("%[v]", offset) STEPS_ODD(word) STEPS_ADD("%[s]", word) STEPS_ADD("%[t]", "r3")
    __asm__(STEPS_SYNTAX "1:\n"
                           "ldmia %[w]!, {r4, r5}\n" STEPS_BOTH("r4", "0") STEPS_BOTH("r5", "2")
            "ldmia %[w]!, {r4, r5}\n" STEPS_BOTH("r4", "4") STEPS_BOTH("r5", "6") STEPS_NEXT
            "cmp %[x], %[end]\n"
            "bne 1b\n"
            : [w] "+l"(words), [x] "+l"(input), [v] "=&l"(value), [s] "+r"(one), [t] "+r"(two)
            : [end] "l"(end), [mask] "l"(0x00FF00FFu)
            : "r3", "r4", "r5", "cc", "memory");
    *all = one;
    *odd = two;
#else
    for (; input != end; input++) {
        const uint32_t word = *words++;
        *all += word * *input;
        *odd += ((word >> 8) & 0x00FF00FFu) * *input;
    }
#endif
    return words;
}

#endif
