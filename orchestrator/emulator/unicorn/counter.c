/* Counts instructions block by block and ends a run at a limit: the one part of the emulator that must be fast.
 *
 * Unicorn calls `counter_block` before each translated block. A block runs to its end unless it faults or stops,
 * and then counter.py takes back what did not run.
 */
#include <stdint.h>

enum { CACHE_BLOCKS = 1 << 16, REGIONS_MAX = 8, REG_PRIMASK = 123, REG_BASEPRI = 124, REG_FAULTMASK = 126 };

typedef struct {
    uint64_t base, end;
    const uint8_t *bytes;
    uint64_t writable; /* code there may change, so its counts are not cached */
} region_t;

typedef struct {
    int64_t count;        /* instructions begun */
    int64_t limit;        /* stop before the first block that starts at or beyond this count */
    uint64_t block;       /* address of the block that runs now */
    uint64_t block_bytes; /* its length; 0 when a stop kept it from running */
    uint64_t stopped;     /* this hook asked for the stop */
    uint64_t unaligned;   /* address of an unaligned access to a device, which Unicorn would not perform; else 0 */
    uint64_t watch;       /* stop as soon as an interrupt mask differs from the three below */
    uint32_t primask, basepri, faultmask, padding;
    int (*emu_stop)(void *uc);
    int (*reg_read)(void *uc, int reg, void *value);
    region_t region[REGIONS_MAX];
} counter_t;

static struct {
    uint64_t address;
    uint32_t bytes, instructions;
} cache[CACHE_BLOCKS];

static uint32_t mask_now(const counter_t *self, void *uc, int reg) {
    uint32_t value = 0;
    (void)self->reg_read(uc, reg, &value);
    return value;
}

/* The first halfword of a 32-bit Thumb instruction starts with 11101, 11110 or 11111 (ARMv7-M ARM, A5.1). */
static uint32_t instructions_in(const uint8_t *code, uint32_t bytes) {
    uint32_t n = 0, at = 0;
    while (at < bytes) {
        at += (code[at + 1] >> 3) >= 0x1D ? 4 : 2;
        n++;
    }
    return n;
}

static uint32_t block_length(const counter_t *self, uint64_t address, uint32_t bytes) {
    const uint64_t slot = (address >> 1) % CACHE_BLOCKS;
    if (cache[slot].address == address && cache[slot].bytes == bytes) {
        return cache[slot].instructions;
    }
    for (int i = 0; i < REGIONS_MAX; i++) {
        const region_t *r = &self->region[i];
        if (address >= r->base && address + bytes <= r->end) {
            const uint32_t n = instructions_in(r->bytes + (address - r->base), bytes);
            if (!r->writable) {
                cache[slot].address = address;
                cache[slot].bytes = bytes;
                cache[slot].instructions = n;
            }
            return n;
        }
    }
    return bytes / 2;
}

void counter_block(void *uc, uint64_t address, uint32_t bytes, void *context) {
    counter_t *self = context;
    int stop = self->count >= self->limit;
    if (self->watch && !stop) {
        stop = mask_now(self, uc, REG_PRIMASK) != self->primask || mask_now(self, uc, REG_BASEPRI) != self->basepri ||
               mask_now(self, uc, REG_FAULTMASK) != self->faultmask;
    }
    if (stop) {
        self->block_bytes = 0;
        self->stopped = 1;
        (void)self->emu_stop(uc);
        return;
    }
    self->block = address;
    self->block_bytes = bytes;
    self->count += block_length(self, address, bytes);
}

/* Before each access to the device regions. */
void counter_device(void *uc, int type, uint64_t address, int size, int64_t value, void *context) {
    counter_t *self = context;
    (void)type;
    (void)value;
    if (address & (uint64_t)(size - 1)) {
        self->unaligned = address;
        (void)self->emu_stop(uc);
    }
}
