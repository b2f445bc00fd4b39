/* Votes of trees over classes: soft, the trees' proportions added, or hard, one a tree.
 *
 * orchestrator/convert/compact/trees.py writes the calls, with every number a constant, and votes.py the tables.
 *
 * A leaf is told as a number. Below COMPACT_ROWS it is a code: below n_classes, of a pure leaf, which gives `one` to that class; from there to
 * `codes`, of a row that many leaves share, which begins at places[code − n_classes]. From COMPACT_ROWS on it is where in `rows` its row begins.
 *
 * A row begins with a code, or with `codes` + the place of its weight. Then come entries, each a class and what it gets; the last class
 * gets what is missing to `one`, so each row gives `one` exactly. `entry` says how:
 *     NIBBLE  class · 16 + count; 15 stands for 15 + the byte that follows, 0 is the last class
 *     BYTE    class, count; 0 is the last class
 *     SHARE20 class · 16 + bits 16 … 19 of a share, then its bits 0 … 7 and 8 … 15; classes rise, and the first that does not is the last
 *     SHARE24 class, then 24 bits of a share; classes as before
 * A count gives count · weight, where weight is one / n rounded, for a leaf of n samples with their common divisors taken out: exact if n
 * divides `one`. A share is what its class gets.
 *
 * Range: the votes of all trees are at most n_trees · one < 2^32; count · weight is below `one`, for another class gets the rest.
 * Error: votes of two classes that are equal as fractions differ by at most `slack`, which the conversion finds from the leaves and their
 * weights; such classes count as equal. Without `proba` counting stops at the first class with more than `half`, n_trees · one / 2 +
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
    COMPACT_ROWS = 256,
    COMPACT_NIBBLE = 1,
    COMPACT_BYTE = 2,
    COMPACT_SHARE20 = 3,
    COMPACT_SHARE24 = 4
};

/* What is to be read of an entry. */
typedef struct {
    uint_fast8_t c;
    uint_fast8_t last; /* c gets the rest */
    uint32_t number;   /* a count or a share */
} compact_entry_t;

/* Reads an entry and returns where the next one begins. `before` is the class of the one before, −1 at first. */
static INLINE const ROM uint8_t *compact_votes_entry(const ROM uint8_t *row, uint8_t entry, int_fast16_t before, compact_entry_t *read)
{
    const uint_fast8_t first = *row++;
    read->c = entry == COMPACT_NIBBLE || entry == COMPACT_SHARE20 ? first >> 4 : first;
    if (entry == COMPACT_NIBBLE || entry == COMPACT_BYTE) {
        read->number = entry == COMPACT_NIBBLE ? first & 15U : *row++;
        read->last = read->number == 0;
        if (entry == COMPACT_NIBBLE && read->number == 15) {
            read->number += *row++;
        }
        return row;
    }
    read->last = read->c <= before;
    if (!read->last) {
        read->number = row[0] | (uint32_t)row[1] << 8;
        row += 2;
        read->number |= (uint32_t)(entry == COMPACT_SHARE20 ? first & 15U : *row++) << 16;
    }
    return row;
}

/* Where the row after this one begins. */
static INLINE const ROM uint8_t *compact_votes_skip(const ROM uint8_t *row, uint8_t entry, uint8_t codes)
{
    compact_entry_t read = {0, 0, 0};
    int_fast16_t before = -1;
    if (*row++ < codes) {
        return row;
    }
    do {
        row = compact_votes_entry(row, entry, before, &read);
        before = read.c;
    } while (!read.last);
    return row;
}

/* The number of the leaf that is the right or left child of the split `node`, where all leaves have codes below 16: `link` is one code,
 * or two, the left one upper. */
static INLINE uint_fast16_t compact_votes_code(const ROM uint8_t *node, uint8_t bytes, uint_fast8_t right)
{
    const uint_fast16_t link = compact_trees_link(node, bytes);
    if (!compact_trees_both(node, bytes)) {
        return link;
    }
    return right != 0 ? link & 15U : link >> 4;
}

/* The same where some have not. `link` below `first` is a code or, of two leaves, the place of both codes in `pairs`: two bytes or, with
 * `nibbles`, one, the left code upper. From `first` on it is added to `base` to get the number of the leaf, or of the left leaf, whose
 * row the right one's follows. */
static INLINE uint_fast16_t compact_votes_find(const ROM uint8_t *node, uint8_t bytes, uint_fast8_t right, uint32_t first,
                                               const ROM uint8_t *pairs, uint8_t nibbles, uint_fast32_t base,
                                               const ROM uint8_t *rows, uint8_t entry, uint8_t codes)
{
    const uint_fast16_t link = compact_trees_link(node, bytes);
    const int both = compact_trees_both(node, bytes);
    if (link >= first) {
        const size_t leaf = (size_t)base + link;
        if (!both || right == 0) {
            return (uint_fast16_t)leaf;
        }
        return (uint_fast16_t)(compact_votes_skip(rows + (leaf - COMPACT_ROWS), entry, codes) - rows + COMPACT_ROWS);
    }
    if (!both) {
        return link;
    }
    if (nibbles == 0) {
        return pairs[2U * (size_t)link + right];
    }
    return right != 0 ? pairs[link] & 15U : pairs[link] >> 4;
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

/* A weight of `bytes` 1 … 4. */
static INLINE uint32_t compact_votes_weight(const ROM void *weights, uint8_t bytes, size_t place)
{
    const ROM uint8_t *three = (const ROM uint8_t *)weights + 3U * place;
    return bytes == 1   ? ((const ROM uint8_t *)weights)[place]
           : bytes == 2 ? ((const ROM uint16_t *)weights)[place]
           : bytes == 3 ? three[0] | (uint32_t)three[1] << 8 | (uint32_t)three[2] << 16
                        : ((const ROM uint32_t *)weights)[place];
}

/* Adds what a leaf gives and returns 1 + the class that has now more than `half`, or 0. `bytes` is a weight's, 0 where entries are shares. */
static INLINE uint8_t compact_votes_leaf(void *votes, uint8_t width, uint_fast16_t leaf, const ROM uint8_t *rows, uint8_t entry,
                                         uint8_t n_classes, uint8_t codes, const ROM uint16_t *places, const ROM void *weights,
                                         uint8_t bytes, uint32_t one, uint32_t half)
{
    const ROM uint8_t *row = rows;
    if (leaf >= COMPACT_ROWS) {
        row += leaf - COMPACT_ROWS;
        leaf = *row++;
    }
    if (codes > n_classes && leaf >= n_classes && leaf < codes) {
        row = rows + places[leaf - n_classes];
        leaf = *row++;
    }
    if (leaf < n_classes) {
        return compact_votes_add(votes, width, leaf, one) > half ? (uint8_t)(leaf + 1) : 0;
    }
    const uint32_t weight = bytes == 0 ? 1 : compact_votes_weight(weights, bytes, (size_t)leaf - codes);
    compact_entry_t read = {0, 0, 0};
    int_fast16_t before = -1;
    uint32_t left = one;
    uint8_t found = 0;
    do {
        row = compact_votes_entry(row, entry, before, &read);
        before = read.c;
        const uint32_t share = read.last ? left : read.number * weight;
        if (compact_votes_add(votes, width, read.c, share) > half) {
            found = (uint8_t)(read.c + 1);
        }
        left -= share;
    } while (left != 0);
    return found;
}

/* The class with most votes, the lowest of those within `slack`; with `proba` each class's share of all in 255ths: of has = votes >> drop, as
 * (has · scale + 2^(shift − 1)) >> shift. It does not leave 32 bits: the conversion chose `scale` so. */
static INLINE uint8_t compact_votes_end(const void *votes, uint8_t width, uint8_t n_classes, uint32_t slack, uint8_t drop,
                                        uint32_t scale, uint8_t shift, uint8_t *proba)
{
    uint8_t answer = 0;
    uint32_t most = 0;
    for (uint8_t c = 0; c < n_classes; c++) {
        const uint32_t has = width == 1   ? ((const uint8_t *)votes)[c]
                             : width == 2 ? ((const uint16_t *)votes)[c]
                                          : ((const uint32_t *)votes)[c];
        if (proba != NULL) {
            proba[c] = (uint8_t)(((has >> drop) * scale + (1UL << (shift - 1))) >> shift);
        }
        if (has > most && has - most > slack) {
            most = has;
            answer = c;
        }
    }
    return answer;
}

#endif
