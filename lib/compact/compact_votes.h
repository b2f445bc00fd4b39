/* Votes of trees over classes: soft, the trees' proportions added, or hard, one a tree.
 *
 * orchestrator/convert/compact/trees.py writes the calls, with every number a constant. A vote is exact in integers: leaves are multiples of 1/one.
 * Without `proba` counting stops at the first class that has more than half of all that there is to give: no other can reach it.
 */
#ifndef COMPACT_VOTES_H
#define COMPACT_VOTES_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "rom.h"

/* Adds `more` to a class's votes, kept in `width` bytes (1, 2 or 4: the votes of all trees fit), and returns them. */
static INLINE uint_fast32_t compact_votes_add(void *votes, uint8_t width, uint_fast16_t c, uint_fast32_t more)
{
    if (width == 1) {
        const uint_fast32_t now = ((uint8_t *)votes)[c] + more;
        ((uint8_t *)votes)[c] = (uint8_t)now;
        return now;
    }
    if (width == 2) {
        const uint_fast32_t now = ((uint16_t *)votes)[c] + more;
        ((uint16_t *)votes)[c] = (uint16_t)now;
        return now;
    }
    return ((uint32_t *)votes)[c] += (uint32_t)more;
}

/* Adds the row of a leaf and returns 1 + the class that has now more than `all` / 2, or 0.
 * Leaves below n_classes are pure: they give `one` to that class. The others are entries from rows + (leaf − n_classes) · unit on, until
 * they sum to `one`: of `entry` 1, a byte, class · 16 + share; of 2, two bytes, class and share; of 4, two uint16. */
static INLINE uint8_t compact_votes_leaf(void *votes, uint8_t width, const ROM void *rows, uint8_t entry, uint8_t unit,
                                         uint_fast16_t leaf, uint8_t n_classes, uint16_t one, uint32_t all)
{
    if (leaf < n_classes) {
        return compact_votes_add(votes, width, leaf, one) > all / 2 ? (uint8_t)(leaf + 1) : 0;
    }
    const ROM uint8_t *bytes = (const ROM uint8_t *)rows + (size_t)(leaf - n_classes) * unit;
    const ROM uint16_t *words = (const ROM uint16_t *)rows + (size_t)(leaf - n_classes) * unit;
    uint_fast16_t left = one;
    uint8_t found = 0;
    do {
        uint_fast8_t c;
        uint_fast16_t share;
        if (entry == 1) {
            c = *bytes >> 4;
            share = *bytes++ & 15U;
        } else if (entry == 2) {
            c = *bytes++;
            share = *bytes++;
        } else {
            c = (uint8_t)*words++;
            share = *words++;
        }
        if (compact_votes_add(votes, width, c, share) > all / 2) {
            found = (uint8_t)(c + 1);
        }
        left -= share;
    } while (left != 0);
    return found;
}

/* Adds a row that has the share of every class but the last, which gets what is missing to `one`; returns as compact_votes_leaf. */
static INLINE uint8_t compact_votes_row(void *votes, uint8_t width, const ROM uint8_t *row, uint8_t n_classes,
                                        uint16_t one, uint32_t all)
{
    uint_fast16_t left = one;
    uint8_t found = 0;
    for (uint_fast8_t c = 0; c < n_classes; c++) {
        const uint_fast16_t share = c + 1U < n_classes ? row[c] : left;
        if (compact_votes_add(votes, width, c, share) > all / 2) {
            found = (uint8_t)(c + 1);
        }
        left -= share;
    }
    return found;
}

/* The class with most votes, the lowest of equals; with `proba` each class's share of `all` in 255ths, rounded to nearest: as
 * (votes · scale + 2^(shift − 1)) >> shift where the conversion found such numbers that give the same for all votes, by a division where `shift`
 * is 0. votes · 255 + all / 2 is below 2^32: all is at most 2^24. */
static INLINE uint8_t compact_votes_end(const void *votes, uint8_t width, uint8_t n_classes, uint32_t all,
                                        uint32_t scale, uint8_t shift, uint8_t *proba)
{
    uint8_t answer = 0;
    uint32_t most = 0;
    for (uint8_t c = 0; c < n_classes; c++) {
        const uint32_t has = width == 1   ? ((const uint8_t *)votes)[c]
                             : width == 2 ? ((const uint16_t *)votes)[c]
                                          : ((const uint32_t *)votes)[c];
        if (proba != NULL) {
            proba[c] = shift != 0 ? (uint8_t)((has * scale + (1UL << (shift - 1))) >> shift)
                                  : (uint8_t)((has * 255UL + all / 2) / all);
        }
        if (has > most) {
            most = has;
            answer = c;
        }
    }
    return answer;
}

#endif
