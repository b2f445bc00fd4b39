/* Counts instructions, or cycles, block by block and ends a run at a limit: the one part that must be fast.
 *
 * Unicorn calls `counter_block` (or `counter_block_cycles`) before each translated block. A block runs to its end
 * unless it faults or stops, and then counter.py takes back what did not run.
 */
#include <stdint.h>

enum { CACHE_BLOCKS = 1 << 16, REGIONS_MAX = 8, REG_PRIMASK = 123, REG_BASEPRI = 124, REG_FAULTMASK = 126 };

typedef struct {
    uint64_t base, end;
    const uint8_t *bytes;
    uint64_t writable; /* code there may change, so its counts are not cached */
} region_t;

/* What a block was found to be. */
typedef struct {
    uint64_t address;
    uint32_t bytes, instructions, cycles, conditional;
} block_t;

typedef struct {
    int64_t count;        /* instructions begun, or their cycles */
    int64_t limit;        /* stop before the first block that starts at or beyond this count */
    uint64_t block;       /* address of the block that runs now */
    uint64_t block_bytes; /* its length; 0 when a stop kept it from running */
    uint64_t stopped;     /* this hook asked for the stop */
    uint64_t unaligned;   /* address of an unaligned access to a device, which Unicorn would not perform; else 0 */
    uint64_t watch;       /* stop as soon as an interrupt mask differs from the three below */
    uint32_t primask, basepri, faultmask, padding;
    int64_t instructions; /* begun, where `count` is of cycles */
    uint64_t conditional; /* the block that ran last ended in a conditional branch, whose way is not known yet */
    int (*emu_stop)(void *uc);
    int (*reg_read)(void *uc, int reg, void *value);
    block_t *cache; /* CACHE_BLOCKS of them, this engine's own: another runs other code at the same addresses */
    region_t region[REGIONS_MAX];
} counter_t;

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
    block_t *known = &self->cache[slot];
    if (known->address == address && known->bytes == bytes) {
        return known->instructions;
    }
    for (int i = 0; i < REGIONS_MAX; i++) {
        const region_t *r = &self->region[i];
        if (address >= r->base && address + bytes <= r->end) {
            const uint32_t n = instructions_in(r->bytes + (address - r->base), bytes);
            if (!r->writable) {
                known->address = address;
                known->bytes = bytes;
                known->instructions = n;
            }
            return n;
        }
    }
    return bytes / 2;
}

/* A call would cost as much as all that it does. */
__attribute__((always_inline)) static inline int must_stop(counter_t *self, void *uc) {
    int stop = self->count >= self->limit;
    if (self->watch && !stop) {
        stop = mask_now(self, uc, REG_PRIMASK) != self->primask || mask_now(self, uc, REG_BASEPRI) != self->basepri ||
               mask_now(self, uc, REG_FAULTMASK) != self->faultmask;
    }
    if (stop) {
        self->block_bytes = 0;
        self->stopped = 1;
        (void)self->emu_stop(uc);
    }
    return stop;
}

void counter_block(void *uc, uint64_t address, uint32_t bytes, void *context) {
    counter_t *self = context;
    if (must_stop(self, uc)) {
        return;
    }
    self->block = address;
    self->block_bytes = bytes;
    self->count += block_length(self, address, bytes);
}

/* -- cycles of a Cortex-M0+; the table and its source are in cycles.py ---------------------------------------------- */

static uint32_t ones(uint32_t bits) {
    uint32_t n = 0;
    for (; bits != 0; bits &= bits - 1u) {
        n++;
    }
    return n;
}

static uint32_t cycles_of(uint32_t first) {
    const uint32_t kind = first >> 12;
    if (first >> 11 >= 0x1D) { /* BL, MRS, MSR, barriers */
        return 3;
    }
    if (kind == 0x4) {
        if (first >> 11 & 1) { /* LDR literal */
            return 2;
        }
        if (first >> 8 == 0x44 || first >> 8 == 0x46) { /* ADD, MOV */
            return (first & 0x87) == 0x87 ? 2 : 1;
        }
        return first >> 8 == 0x47 ? 2 : 1; /* BX, BLX */
    }
    if (kind >= 0x5 && kind <= 0x9) { /* load and store */
        return 2;
    }
    if (kind == 0xC) { /* LDM, STM */
        return 1 + ones(first & 0xFF);
    }
    if (kind == 0xE) { /* B */
        return 2;
    }
    if ((first & 0xF600) == 0xB400) { /* PUSH, POP */
        return ((first & 0x0900) == 0x0900 ? 3 : 1) + ones(first & 0x1FF);
    }
    return first == 0xBF20 || first == 0xBF30 ? 2 : 1; /* WFE, WFI */
}

/* Fills a slot of the cost cache; false when the block's bytes are nowhere to be seen. */
static int cost_block(const counter_t *self, uint64_t slot, uint64_t address, uint32_t bytes) {
    for (int i = 0; i < REGIONS_MAX; i++) {
        const region_t *r = &self->region[i];
        if (address >= r->base && address + bytes <= r->end) {
            const uint8_t *code = r->bytes + (address - r->base);
            uint32_t n = 0, cycles = 0, first = 0;
            for (uint32_t at = 0; at < bytes; at += first >> 11 >= 0x1D ? 4 : 2) {
                first = (uint32_t)(code[at] | code[at + 1] << 8);
                cycles += cycles_of(first);
                n++;
            }
            self->cache[slot].address = r->writable ? 1 : address; /* no block is at an odd address */
            self->cache[slot].bytes = bytes;
            self->cache[slot].instructions = n;
            self->cache[slot].cycles = cycles;
            self->cache[slot].conditional = first >> 12 == 0xD && (first >> 9 & 7) != 7;
            return 1;
        }
    }
    return 0;
}

void counter_block_cycles(void *uc, uint64_t address, uint32_t bytes, void *context) {
    counter_t *self = context;
    const uint64_t slot = (address >> 1) % CACHE_BLOCKS;
    if (self->conditional) { /* only now does it show which way the branch went */
        self->conditional = 0;
        self->count += address != self->block + self->block_bytes;
    }
    if (must_stop(self, uc)) {
        return;
    }
    self->block = address;
    self->block_bytes = bytes;
    if ((self->cache[slot].address != address || self->cache[slot].bytes != bytes) &&
        !cost_block(self, slot, address, bytes)) {
        self->instructions += bytes / 2;
        self->count += bytes / 2;
        return;
    }
    self->instructions += self->cache[slot].instructions;
    self->count += self->cache[slot].cycles;
    self->conditional = self->cache[slot].conditional;
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
