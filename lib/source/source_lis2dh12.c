/* ST LIS2DH12: self-test, FIFO. */
#include "source_lis2dh12.h"

#include <string.h>

#include "port_i2c.h"
#include "source_i2c.h"

enum { ADDRESS = 0x18, WHO_I_AM = 0x33 }; /* the address with SA0 low (5.1.1) */

/* Registers (chapter 7) and their fields. */
enum {
    R_WHO_AM_I = 0x0F,
    R_CTRL_REG1 = 0x20,
    R_CTRL_REG3 = 0x22,
    R_CTRL_REG4 = 0x23,
    R_CTRL_REG5 = 0x24,
    R_CTRL_REG6 = 0x25,
    R_OUT_X_L = 0x28,
    R_FIFO_CTRL = 0x2E,
    R_FIFO_SRC = 0x2F,
    COUNT_ON = 0x80 /* in the register's number: each byte is the next register's (5.1.1) */
};
enum {
    POWER_DOWN = 0,
    AXES = 7,
    ODR_SHIFT = 4,
    ODR_100_HZ = 5,
    I1_WATERMARK = 1 << 2,
    BLOCK_UPDATE = 1 << 7,
    RANGE_8G = 2 << 4,
    HIGH_RESOLUTION = 1 << 3,
    SELF_TEST_0 = 1 << 1,
    FIFO_ON = 1 << 6,
    BYPASS = 0,
    STREAM = 2 << 6,
    WATERMARK = SOURCE_LIS2DH12_FRAMES - 1, /* it is told when more than these wait */
    FULL = 1 << 6,                           /* in FIFO_SRC: what came next replaced the oldest, or will */
    WAITING = 0x1F
};

/* 2.1, table 4: what the self-test's force moves each axis at ±2 g in the normal mode, in steps of 4 mg. */
enum { FORCE_LEAST = 17, FORCE_MOST = 360, NORMAL_SHIFT = 6 };

enum { SHIFT_12_BIT = 4, STEP_MG = 4, POWER_UP_MS = 10, SETTLE_MS = 90, QUIET_MS = 1000, SLOW_QUIET_MS = 40000 };

enum { START, RESTING, FORCED, RUNNING };

/* As CTRL_REG1 counts them from 1 on (7.8, table 31). */
static const ROM uint16_t RATES_HZ[] = {1, 10, 25, 50, 100, 200, 400};

static const ROM source_i2c_setting_t TEST[] = {
    {R_CTRL_REG5, 0},
    {R_FIFO_CTRL, BYPASS},
    {R_CTRL_REG3, 0},
    {R_CTRL_REG6, 0},
    {R_CTRL_REG4, BLOCK_UPDATE},
    {R_CTRL_REG1, ODR_100_HZ << ODR_SHIFT | AXES},
};

static const ROM source_i2c_setting_t SAMPLE[] = {
    {R_CTRL_REG1, POWER_DOWN},
    {R_CTRL_REG4, BLOCK_UPDATE | RANGE_8G | HIGH_RESOLUTION},
    {R_CTRL_REG3, I1_WATERMARK},
    {R_CTRL_REG5, FIFO_ON},
    {R_FIFO_CTRL, STREAM | WATERMARK},
};

static source_state_t put(uint8_t reg, uint8_t value) { return source_i2c_put(ADDRESS, reg, value); }

static source_state_t get(uint8_t reg, uint8_t *to, size_t n) { return source_i2c_get(ADDRESS, reg, to, n); }

static int16_t little_endian(const uint8_t *at) { return (int16_t)(uint16_t)(at[0] | (uint16_t)((uint16_t)at[1] << 8)); }

static source_state_t read_axes(int16_t to[3])
{
    uint8_t bytes[SOURCE_LIS2DH12_FRAME_BYTES];
    const source_state_t state = get(R_OUT_X_L | COUNT_ON, bytes, sizeof bytes);
    for (uint8_t i = 0; i < 3 && state == SOURCE_GOOD; i++) {
        to[i] = (int16_t)(little_endian(&bytes[2 * i]) >> NORMAL_SHIFT);
    }
    return state;
}

/* The field of CTRL_REG1 for a rate; 0 for one that the part has not. */
static uint8_t rate_bits(uint32_t rate_hz)
{
    for (uint8_t i = 0; i < sizeof RATES_HZ / sizeof RATES_HZ[0]; i++) {
        if (RATES_HZ[i] == rate_hz) {
            return (uint8_t)(i + 1U);
        }
    }
    return 0;
}

void source_lis2dh12_init(source_lis2dh12_t *self, uint32_t rate_hz)
{
    memset(self, 0, sizeof *self);
    self->rate_hz = rate_hz;
}

static source_state_t begin(const source_lis2dh12_t *self)
{
    uint8_t id;
    if (rate_bits(self->rate_hz) == 0) {
        return SOURCE_RATE;
    }
    port_i2c_init();
    const source_state_t state = get(R_WHO_AM_I, &id, 1);
    if (state != SOURCE_GOOD) {
        return state;
    }
    return id == WHO_I_AM ? source_i2c_put_all(ADDRESS, TEST, sizeof TEST / sizeof TEST[0]) : SOURCE_OTHER;
}

static source_state_t force(source_lis2dh12_t *self)
{
    const source_state_t state = read_axes(self->rest);
    return state != SOURCE_GOOD ? state : put(R_CTRL_REG4, BLOCK_UPDATE | SELF_TEST_0);
}

/* Judges the self-test, and starts sampling. */
static source_state_t settle(const source_lis2dh12_t *self)
{
    int16_t forced[3];
    source_state_t state = read_axes(forced);
    for (uint8_t i = 0; i < 3 && state == SOURCE_GOOD; i++) {
        const int16_t moved = (int16_t)(forced[i] - self->rest[i]);
        const int16_t far = (int16_t)(moved < 0 ? -moved : moved);
        state = far < FORCE_LEAST || far > FORCE_MOST ? SOURCE_UNSOUND : SOURCE_GOOD;
    }
    state = state != SOURCE_GOOD ? state : source_i2c_put_all(ADDRESS, SAMPLE, sizeof SAMPLE / sizeof SAMPLE[0]);
    return state != SOURCE_GOOD ? state
                                : put(R_CTRL_REG1, (uint8_t)(rate_bits(self->rate_hz) << ODR_SHIFT | AXES));
}

static source_state_t fetch(source_lis2dh12_t *self, uint32_t now_ms, uint8_t *n_frames)
{
    const uint32_t patience_ms = self->rate_hz < 25 ? SLOW_QUIET_MS : QUIET_MS;
    if (!self->more && !port_i2c_interrupt() && now_ms - self->since_ms < patience_ms) {
        return SOURCE_GOOD;
    }
    uint8_t fifo;
    source_state_t state = get(R_FIFO_SRC, &fifo, 1);
    if (state != SOURCE_GOOD) {
        return state;
    }
    if ((fifo & FULL) != 0) {
        return SOURCE_OVERRUN;
    }
    uint8_t n = fifo & WAITING;
    if (n == 0) {
        const bool drained = self->more;
        self->more = false;
        return drained ? SOURCE_GOOD : SOURCE_SILENT;
    }
    self->more = n >= SOURCE_LIS2DH12_FRAMES;
    n = self->more ? SOURCE_LIS2DH12_FRAMES : n;
    state = get(R_OUT_X_L | COUNT_ON, self->bytes, (size_t)n * SOURCE_LIS2DH12_FRAME_BYTES);
    if (state != SOURCE_GOOD) {
        return state;
    }
    for (uint8_t f = 0; f < n; f++) {
        for (uint8_t i = 0; i < 3; i++) {
            const int16_t raw = little_endian(&self->bytes[f * SOURCE_LIS2DH12_FRAME_BYTES + 2 * i]);
            self->frames[f][i] = (int16_t)((raw >> SHIFT_12_BIT) * STEP_MG);
        }
    }
    self->since_ms = now_ms;
    *n_frames = n;
    return SOURCE_GOOD;
}

source_state_t source_lis2dh12_step(source_lis2dh12_t *self, uint32_t now_ms, uint8_t *n_frames)
{
    source_state_t state = SOURCE_GOOD;
    *n_frames = 0;
    if (self->phase == RUNNING) {
        state = fetch(self, now_ms, n_frames);
    } else if (now_ms - self->since_ms >= (self->phase == START ? POWER_UP_MS : SETTLE_MS)) {
        state = self->phase == START ? begin(self) : self->phase == RESTING ? force(self) : settle(self);
        self->phase++;
        self->since_ms = now_ms;
    }
    if (state != SOURCE_GOOD) {
        *n_frames = 0;
        self->more = false;
        self->phase = START;
        return state;
    }
    return self->phase == RUNNING ? SOURCE_GOOD : SOURCE_STARTING;
}
