/* Votes of trees over classes: soft, the trees' proportions added, or hard, one a tree.
 *
 * orchestrator/convert/compact/trees.py writes the calls, with every number a constant, and votes.py the tables.
 *
 * A leaf is a place in `rows`, where its row begins. Where all leaves are pure there are no rows, and the place is the class.
 *
 * A row begins with a code: below n_classes of a pure leaf, which gives `one` to that class and ends there; from there to `codes` of a row that
 * many leaves share, which begins at places[code − n_classes]; from `codes` on, `codes` + the place of the row's weight. `rows` begins with all
 * codes below `codes`, so that a code is also a place. Where `codes` is 0 a row has no code and no weight. After the code come
 * entries, each a class and what it gets; the last class gets what is missing to `one`, so that each row gives `one` exactly. `entry` says how:
 *     NIBBLE  class · 16 + count; 0 is the last class
 *     BYTE    class, count; 0 is the last class
 *     SHARE20 class · 16 + bits 16 … 19 of a share, then its bits 0 … 7 and 8 … 15; classes rise from 1 on, and the first that does not is the last
 *     SHARE24 class, then 24 bits of a share; classes as before
 * A count gives count · weight, where weight is one / n rounded, for a leaf of n samples with their common divisors taken out: exact if n
 * divides `one`. A share is what its class gets.
 *
 * Range: the votes of all trees are n_trees · one < 2^32 − slack; count · weight is below `one`, for another class gets the rest.
 * Error: votes of two classes that are equal as fractions differ by at most `slack`, which the conversion finds from the leaves and their
 * weights; such classes count as equal. Without `proba` counting stops at a class with more than `half`, n_trees · one / 2 +
 * `slack`: every other one then has less by more than `slack`, whatever follows.
 */
#ifndef COMPACT_VOTES_H
#define COMPACT_VOTES_H

#include <stddef.h>
#include <stdint.h>

#include "compact_trees.h"
#include "cpu.h"
#include "rom.h"

enum {
    COMPACT_NIBBLE = 1,
    COMPACT_BYTE = 2,
    COMPACT_SHARE20 = 3,
    COMPACT_SHARE24 = 4
};

/* Reads the class of an entry and its count or share, 0 for the last; returns where the next one begins. `c` holds the class of the one before, 0
 * at first. */
static INLINE const ROM uint8_t *compact_votes_entry(const ROM uint8_t *row, uint8_t entry, uint_fast8_t *c, uint32_t *number)
{
    const uint_fast8_t first = *row++, before = *c;
    *c = entry == COMPACT_NIBBLE || entry == COMPACT_SHARE20 ? first >> 4 : first;
    if (entry == COMPACT_NIBBLE) {
        *number = first & 15U;
    } else if (entry == COMPACT_BYTE) {
        *number = *row++;
    } else if (*c <= before) {
        *number = 0;
    } else {
        *number = row[0] | (uint32_t)row[1] << 8;
        row += 2;
        *number |= (uint32_t)(entry == COMPACT_SHARE20 ? first & 15U : *row++) << 16;
    }
    return row;
}

/* Where the row after this one begins. */
static INLINE const ROM uint8_t *compact_votes_skip(const ROM uint8_t *row, uint8_t entry, uint8_t codes)
{
    uint_fast8_t c = 0;
    uint32_t number;
    if (codes != 0 && *row++ < codes) {
        return row;
    }
    do {
        row = compact_votes_entry(row, entry, &c, &number);
    } while (number != 0);
    return row;
}

/* The leaf that is the right or left child of the split `node`, where all leaves have codes below 16: `link` is one code, or two, the left one
 * upper. */
static INLINE uint_fast16_t compact_votes_code(const ROM uint8_t *node, uint8_t bytes, uint_fast8_t right)
{
    const uint_fast16_t link = compact_trees_link(node, bytes);
    if (!compact_trees_both(node, bytes)) {
        return link;
    }
    return right != 0 ? link & 15U : link >> 4;
}

/* The same where some have not. `link` below `first` is the place of two codes in `pairs`, of a left and a right leaf, though the split have one
 * only: two bytes or, with `nibbles`, one, the left code upper. From `first` on it is added to `base` to get the leaf, or the left leaf, whose
 * row the right one's follows. */
static INLINE uint_fast16_t compact_votes_find(const ROM uint8_t *node, uint8_t bytes, uint_fast8_t right, uint32_t first,
                                               const ROM uint8_t *pairs, uint8_t nibbles, int_fast32_t base,
                                               const ROM uint8_t *rows, uint8_t entry, uint8_t codes)
{
    const uint_fast16_t link = compact_trees_link(node, bytes);
    if (link < first) {
        return nibbles == 0 ? pairs[2U * (size_t)link + right] : right != 0 ? pairs[link] & 15U : pairs[link] >> 4;
    }
    const size_t leaf = (size_t)(base + (int_fast32_t)link);
    if (right != 0 && (compact_trees_head(node, bytes) & COMPACT_LEFT_LEAF) != 0) {
        return (uint_fast16_t)(compact_votes_skip(rows + leaf, entry, codes) - rows);
    }
    return (uint_fast16_t)leaf;
}

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

/* A weight of `bytes` 1 … 4; its place is code − codes. */
static INLINE uint32_t compact_votes_weight(const ROM void *weights, uint8_t bytes, size_t code, uint8_t codes)
{
    const ROM uint8_t *three = (const ROM uint8_t *)weights + 3U * code - 3U * codes;
    return bytes == 1   ? ((const ROM uint8_t *)weights)[code - codes]
           : bytes == 2 ? ((const ROM uint16_t *)weights)[code - codes]
           : bytes == 3 ? three[0] | (uint32_t)three[1] << 8 | (uint32_t)three[2] << 16
                        : ((const ROM uint32_t *)weights)[code - codes];
}

/* Adds what a leaf gives. Returns 1 + the class that got the last of it if that one has now more than `half`, else 0. `bytes` is a weight's, 0 where
 * there are none. */
static INLINE uint8_t compact_votes_leaf(void *votes, uint8_t width, uint_fast16_t leaf, const ROM uint8_t *rows, uint8_t entry,
                                         uint8_t n_classes, uint8_t codes, const ROM uint16_t *places, const ROM void *weights,
                                         uint8_t bytes, uint32_t one, uint32_t half)
{
    const ROM uint8_t *row = rows + leaf;
    uint32_t left = one;
    if (codes != 0) {
        leaf = *row++;
    }
    if (codes > n_classes && leaf >= n_classes && leaf < codes) {
        row = rows + places[leaf - n_classes];
        leaf = *row++;
    }
    if (codes == 0 || leaf >= n_classes) {
        const uint32_t weight = bytes == 0 ? 1 : compact_votes_weight(weights, bytes, leaf, codes);
        uint_fast8_t c = 0;
        for (;;) {
            uint32_t share;
            row = compact_votes_entry(row, entry, &c, &share);
            if (share == 0) {
                break;
            }
            share *= weight;
            left -= share;
            compact_votes_add(votes, width, c, share);
        }
        leaf = c;
    }
    return compact_votes_add(votes, width, leaf, left) > half ? (uint8_t)(leaf + 1) : 0;
}

/* The class with most votes, the lowest of those within `slack`; with `proba` each class's share of all in 255ths: of has = votes >> drop, as
 * (has · scale + 2^(shift − 1)) >> shift. It does not leave 32 bits: the conversion chose `scale` so. */
static INLINE uint8_t compact_votes_end(const void *votes, uint8_t width, uint8_t n_classes, uint32_t slack, uint8_t drop,
                                        uint32_t scale, uint8_t shift, uint8_t *proba)
{
    uint8_t answer = 0;
    uint32_t most = slack;
    for (uint8_t c = 0; c < n_classes; c++) {
        const uint32_t has = width == 1   ? ((const uint8_t *)votes)[c]
                             : width == 2 ? ((const uint16_t *)votes)[c]
                                          : ((const uint32_t *)votes)[c];
        if (proba != NULL) {
            proba[c] = (uint8_t)(((has >> drop) * scale + (1UL << (shift - 1))) >> shift);
        }
        if (has > most) {
            most = has + slack;
            answer = c;
        }
    }
    return answer;
}

#endif
