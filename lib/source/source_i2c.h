/* A part on I²C as a row of registers of 8 bits: what the drivers for such parts share. */
#ifndef SOURCE_I2C_H
#define SOURCE_I2C_H

#include <stddef.h>
#include <stdint.h>

#include "rom.h"
#include "source_sensor.h"

typedef struct {
    uint8_t reg;
    uint8_t value;
} source_i2c_setting_t;

/* Writes one register; SOURCE_GOOD, SOURCE_ABSENT or SOURCE_BUS, as all of these. */
source_state_t source_i2c_put(uint8_t address, uint8_t reg, uint8_t value);

/* Writes `n` registers, in order, up to the first that fails. */
source_state_t source_i2c_put_all(uint8_t address, const ROM source_i2c_setting_t *settings, uint8_t n);

/* Reads `n` bytes, at most 255, from `reg` on, as the part counts its registers on. */
source_state_t source_i2c_get(uint8_t address, uint8_t reg, uint8_t *to, size_t n);

#endif
