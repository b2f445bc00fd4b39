/* What stands for the chip under a driver of lib/source, on this machine. */
#ifndef SOURCE_SHIM_H
#define SOURCE_SHIM_H

#include <stdint.h>

typedef struct {
    void (*init)(void);
    int (*transfer)(uint8_t address, const uint8_t *put, uint32_t n_put, uint8_t *got, uint32_t n_got);
    int (*interrupt)(void);
} shim_bus_t;

void shim_attach(shim_bus_t given);

#endif
