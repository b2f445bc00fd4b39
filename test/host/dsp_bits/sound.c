/* Features of sound: logarithm and power of two, filter banks, cosine transform, log-mel frame, MFCC, spectrogram. */
#include "bits.h"
#include "dsp_exp2.h"
#include "dsp_log2.h"
#include "dsp_mfcc.h"
#include "dsp_spectrogram.h"

enum { SMALL = 64, HOP = 24 };

/* Five bands of 64 samples: some bins below the first centre, a gap between two, one weight of each end. */
static const ROM uint16_t small_counts[] = {2, 0, 5, 9, 1, 12};
static const ROM uint16_t small_rising_q16[] = {
    1, 40000, 0, 13107, 26214, 39321, 65535, 0, 7282, 14564, 21845, 29127, 36409, 43691, 50972, 58254, 32768,
    65535, 60000, 55000, 50000, 45000, 40000, 35000, 30000, 25000, 20000, 15000, 10000
};
static const ROM dsp_bands_t small_bands = {SMALL, 2, 5, small_counts, small_rising_q16};
static const ROM dsp_logmel_t small_plans[] = {
    {&dsp_rfft_64, &small_bands, DSP_LOGMEL_HANN},
    {&dsp_rfft_64, &small_bands, DSP_LOGMEL_HAMMING},
    {&dsp_rfft_64, &small_bands, DSP_LOGMEL_NONE},
};

/* Three coefficients of the five bands: an odd length has a middle without a mirror. */
static const ROM int16_t cosines_q15[] = {14654, 14654, 14654, -12181, -19710, 16766, -6404, -20724};
static const ROM dsp_dct_t dct = {5, 3, cosines_q15};

static int16_t x[SMALL + 1], store[SMALL], out[8];

/* The frame of each window and level, on both alignments. */
static void frames(uint8_t kind, uint8_t down)
{
    for (uint8_t plan = 0; plan < sizeof(small_plans) / sizeof(small_plans[0]); plan++) {
        for (uint8_t odd = 0; odd < 2u; odd++) {
            fill(&x[odd], SMALL, kind);
            for (uint8_t i = 0; i < SMALL; i++) {
                x[i + odd] = (int16_t)(x[i + odd] >> down);
            }
            const uint8_t fits = dsp_mfcc(&small_plans[plan], &dct, &x[odd], out);
            tell(&fits, 1);
            tell(out, 3 * sizeof(int16_t));
            tell(&x[odd], SMALL * sizeof(int16_t));
        }
    }
    told();
}

static void spectrogram(uint8_t kind, uint8_t level)
{
    dsp_spectrogram_t frame;
    int16_t piece[40];
    uint8_t said[2] = {dsp_spectrogram_init(&frame, &small_plans[0], store, HOP, 512, level), 0};

    for (uint8_t pieces = 0; pieces < 6u; pieces++) {
        const int16_t *at = piece;
        uint16_t n = sizeof(piece) / sizeof(piece[0]);
        fill(piece, n, pieces == 3u ? SILENCE : kind);
        while (dsp_spectrogram_push(&frame, &at, &n, x)) {
            said[1] = frame.silent;
            tell(x, 5 * sizeof(int16_t));
        }
    }
    tell(said, sizeof said);
    told();
}

static void values(void)
{
    for (uint8_t i = 0; i < 64u; i++) {
        const uint32_t wide = random_bits() >> (i & 31u);
        const int16_t log = dsp_log2_q10(wide);
        const uint32_t back[2] = {dsp_exp2_q10(log), dsp_exp2_mantissa_q15((int16_t)wide)};
        tell(&log, sizeof log);
        tell(back, sizeof back);
    }
    told();
}

void bits(void)
{
    values();
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        for (uint8_t down = 0; down < 16u; down = (uint8_t)(down + 5u)) {
            frames(kind, down);
        }
    }
    for (uint8_t kind = 0; kind < KINDS; kind++) {
        spectrogram(kind, kind % 3u);
    }
}
