/* Bosch BMA400: reset, self-test, FIFO. */
#include "source_bma400.h"

#include <string.h>

#include "port_i2c.h"
#include "source_i2c.h"

enum { ADDRESS = 0x14, CHIP_ID = 0x90 }; /* the address with SDO low */

/* Registers (5.1) and their fields. */
enum {
    R_CHIP_ID = 0x00,
    R_ACC_X_LSB = 0x04,
    R_FIFO_LENGTH0 = 0x12,
    R_FIFO_DATA = 0x14,
    R_ACC_CONFIG0 = 0x19,
    R_ACC_CONFIG1 = 0x1A,
    R_INT_CONFIG0 = 0x1F,
    R_INT1_MAP = 0x21,
    R_INT12_IO_CTRL = 0x24,
    R_FIFO_CONFIG0 = 0x26,
    R_FIFO_CONFIG1 = 0x27,
    R_FIFO_CONFIG2 = 0x28,
    R_SELF_TEST = 0x7D,
    R_CMD = 0x7E
};
enum {
    POWER_NORMAL = 0x02,
    RANGE_4G = 1 << 6,
    RANGE_8G = 2 << 6,
    OVERSAMPLE_MOST = 3 << 4,
    ODR_12_5_HZ = 0x05, /* each step up doubles it, to 800 Hz */
    ODR_100_HZ = 0x08,
    ODR_800_HZ = 0x0B,
    FIFO_WATERMARK = 1 << 6, /* in INT_CONFIG0 and INT1_MAP */
    INT1_ACTIVE_HIGH = 1 << 1,
    FIFO_X_Y_Z = 7 << 5,
    PUSH_POSITIVE = 0x07, /* all axes; 4.9 */
    PUSH_NEGATIVE = 0x0F,
    CMD_FIFO_FLUSH = 0xB0,
    CMD_SOFT_RESET = 0xB6
};

/* FIFO frames (4.5.2): a header, then two bytes an axis, the low four bits first. */
enum { HEADER_XYZ = 0x9E, HEADER_CONTROL = 0x48, HEADER_EMPTY = 0x80, CONTROL_BYTES = 2 };

/* 1 kB (4.5); filled so far, older samples give way to newer ones. */
enum { FIFO_BYTES = 1024, FIFO_FULL = FIFO_BYTES - 2 * SOURCE_BMA400_FRAME_BYTES };

/* The least difference between the two pushes, at 512 steps a g: 1.5, 1.2 and 0.25 g (4.9). */
static const ROM int16_t PUSH_LEAST[3] = {768, 614, 128};

enum { POWER_UP_MS = 10, RESET_MS = 5, POWER_MS = 5, PUSH_MS = 50, WATERMARK_PER_S = 2, STEP_NUM = 125, STEP_SHIFT = 5 };

enum { START, RESETTING, POWERING, PUSHED, PUSHED_BACK, SETTLING, RUNNING };

static source_state_t put(uint8_t reg, uint8_t value) { return source_i2c_put(ADDRESS, reg, value); }

static source_state_t get(uint8_t reg, uint8_t *to, size_t n) { return source_i2c_get(ADDRESS, reg, to, n); }

/* 12 bits, two's complement. */
static int16_t signed12(uint16_t bits)
{
    return (int16_t)((bits & 0xFFFU) ^ 0x800U) - 0x800;
}

/* The data registers hold eight low bits, then four high ones (5.3). */
static source_state_t read_axes(int16_t to[3])
{
    uint8_t bytes[6];
    const source_state_t fault = get(R_ACC_X_LSB, bytes, sizeof bytes);
    for (uint8_t i = 0; i < 3 && fault == SOURCE_GOOD; i++) {
        to[i] = signed12((uint16_t)(bytes[2 * i] | (uint16_t)((uint16_t)bytes[2 * i + 1] << 8)));
    }
    return fault;
}

/* The bits of ACC_CONFIG1 for a rate; 0 for one that the part has not. */
static uint8_t rate_bits(uint32_t rate_hz)
{
    for (uint8_t bits = ODR_12_5_HZ + 1; bits <= ODR_800_HZ; bits++) {
        if (25UL << (bits - ODR_12_5_HZ - 1) == rate_hz) {
            return bits;
        }
    }
    return 0;
}

void source_bma400_init(source_bma400_t *self, uint32_t rate_hz)
{
    memset(self, 0, sizeof *self);
    self->rate_hz = rate_hz;
}

static source_state_t begin(const source_bma400_t *self)
{
    uint8_t id;
    if (rate_bits(self->rate_hz) == 0) {
        return SOURCE_RATE;
    }
    port_i2c_init();
    const source_state_t fault = get(R_CHIP_ID, &id, 1);
    if (fault != SOURCE_GOOD) {
        return fault;
    }
    return id == CHIP_ID ? put(R_CMD, CMD_SOFT_RESET) : SOURCE_OTHER;
}

static source_state_t configure(const source_bma400_t *self)
{
    const uint16_t watermark = (uint16_t)(self->rate_hz / WATERMARK_PER_S * SOURCE_BMA400_FRAME_BYTES);
    const uint16_t most = FIFO_BYTES / 2;
    const uint16_t level = watermark < most ? watermark : most;
    static const ROM source_i2c_setting_t settings[] = {
        {R_ACC_CONFIG0, POWER_NORMAL},
        {R_FIFO_CONFIG0, FIFO_X_Y_Z},
        {R_INT12_IO_CTRL, INT1_ACTIVE_HIGH},
        {R_INT1_MAP, FIFO_WATERMARK},
        {R_INT_CONFIG0, FIFO_WATERMARK},
        {R_CMD, CMD_FIFO_FLUSH},
    };
    source_state_t fault = put(R_ACC_CONFIG1, (uint8_t)(RANGE_8G | rate_bits(self->rate_hz)));
    fault = fault != SOURCE_GOOD ? fault : put(R_FIFO_CONFIG1, (uint8_t)(level & 0xFFU));
    fault = fault != SOURCE_GOOD ? fault : put(R_FIFO_CONFIG2, (uint8_t)(level >> 8));
    return fault != SOURCE_GOOD ? fault : source_i2c_put_all(ADDRESS, settings, sizeof settings / sizeof settings[0]);
}

static source_state_t judge_pushes(source_bma400_t *self)
{
    int16_t back[3];
    const source_state_t fault = read_axes(back);
    if (fault != SOURCE_GOOD) {
        return fault;
    }
    for (uint8_t i = 0; i < 3; i++) {
        if (self->pushed[i] - back[i] <= PUSH_LEAST[i]) {
            return SOURCE_UNSOUND;
        }
    }
    return put(R_CMD, CMD_SOFT_RESET);
}

/* Frames out of a burst; a partial one at its end is sent again by the part with the next burst. */
static source_state_t unpack(source_bma400_t *self, uint16_t n_bytes, uint8_t *n_frames)
{
    const uint8_t *at = self->bytes;
    const uint8_t *end = at + n_bytes;
    while (at < end && *at != HEADER_EMPTY) {
        if (*at == HEADER_CONTROL) {
            at += CONTROL_BYTES;
            continue;
        }
        if (*at != HEADER_XYZ) {
            return SOURCE_GARBLED;
        }
        if (end - at < SOURCE_BMA400_FRAME_BYTES) {
            break;
        }
        for (uint8_t i = 0; i < 3; i++) {
            const int16_t raw = signed12((uint16_t)((at[1 + 2 * i] & 0xFU) | (uint16_t)((uint16_t)at[2 + 2 * i] << 4)));
            self->frames[*n_frames][i] = (int16_t)(((int32_t)raw * STEP_NUM + (1 << (STEP_SHIFT - 1))) >> STEP_SHIFT);
        }
        (*n_frames)++;
        at += SOURCE_BMA400_FRAME_BYTES;
    }
    return SOURCE_GOOD;
}

static source_state_t fetch(source_bma400_t *self, uint32_t now_ms, uint8_t *n_frames)
{
    const uint32_t quiet_ms = now_ms - self->since_ms;
    if (!self->more && !port_i2c_interrupt() && quiet_ms < 2U * 1000U / WATERMARK_PER_S) {
        return SOURCE_GOOD;
    }
    uint8_t length[2];
    source_state_t fault = get(R_FIFO_LENGTH0, length, sizeof length);
    if (fault != SOURCE_GOOD) {
        return fault;
    }
    uint16_t n = (uint16_t)(length[0] | (uint16_t)((length[1] & 7U) << 8));
    if (n > FIFO_FULL) {
        return SOURCE_OVERRUN;
    }
    if (n < SOURCE_BMA400_FRAME_BYTES) {
        const bool drained = self->more;
        self->more = false;
        return drained ? SOURCE_GOOD : SOURCE_SILENT;
    }
    self->more = n >= sizeof self->bytes;
    n = self->more ? (uint16_t)sizeof self->bytes : n;
    fault = get(R_FIFO_DATA, self->bytes, n);
    self->since_ms = now_ms;
    return fault != SOURCE_GOOD ? fault : unpack(self, n, n_frames);
}

/* What a phase does when its time is over; the next one follows. */
static source_state_t advance(source_bma400_t *self)
{
    static const ROM source_i2c_setting_t test[] = {
        {R_ACC_CONFIG0, POWER_NORMAL},
        {R_ACC_CONFIG1, RANGE_4G | OVERSAMPLE_MOST | ODR_100_HZ},
    };
    source_state_t fault;
    switch (self->phase) {
    case START:
        return begin(self);
    case RESETTING:
        return source_i2c_put_all(ADDRESS, test, sizeof test / sizeof test[0]);
    case POWERING:
        return put(R_SELF_TEST, PUSH_POSITIVE);
    case PUSHED:
        fault = read_axes(self->pushed);
        return fault != SOURCE_GOOD ? fault : put(R_SELF_TEST, PUSH_NEGATIVE);
    case PUSHED_BACK:
        return judge_pushes(self);
    default:
        return configure(self);
    }
}

source_state_t source_bma400_step(source_bma400_t *self, uint32_t now_ms, uint8_t *n_frames)
{
    static const ROM uint8_t wait_ms[] = {
        [START] = POWER_UP_MS, [RESETTING] = RESET_MS, [POWERING] = POWER_MS, [PUSHED] = PUSH_MS, [PUSHED_BACK] = PUSH_MS, [SETTLING] = RESET_MS,
    };
    source_state_t fault = SOURCE_GOOD;
    *n_frames = 0;
    if (self->phase == RUNNING) {
        fault = fetch(self, now_ms, n_frames);
    } else if (now_ms - self->since_ms >= wait_ms[self->phase]) {
        fault = advance(self);
        self->phase++;
        self->since_ms = now_ms;
    }
    if (fault != SOURCE_GOOD) {
        *n_frames = 0;
        self->more = false;
        self->phase = START;
        return fault;
    }
    return self->phase == RUNNING ? SOURCE_GOOD : SOURCE_STARTING;
}
