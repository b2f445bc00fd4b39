/* Registers of a part on I²C. */
#include "source_i2c.h"

#include "port_i2c.h"

static source_state_t state_of(port_i2c_t result)
{
    return result == PORT_I2C_DONE ? SOURCE_GOOD : result == PORT_I2C_NOBODY ? SOURCE_ABSENT : SOURCE_BUS;
}

source_state_t source_i2c_put(uint8_t address, uint8_t reg, uint8_t value)
{
    const uint8_t bytes[2] = {reg, value};
    return state_of(port_i2c_transfer(address, bytes, sizeof bytes, NULL, 0));
}

source_state_t source_i2c_put_all(uint8_t address, const ROM source_i2c_setting_t *settings, uint8_t n)
{
    source_state_t state = SOURCE_GOOD;
    for (uint8_t i = 0; i < n && state == SOURCE_GOOD; i++) {
        state = source_i2c_put(address, settings[i].reg, settings[i].value);
    }
    return state;
}

source_state_t source_i2c_get(uint8_t address, uint8_t reg, uint8_t *to, size_t n)
{
    return state_of(port_i2c_transfer(address, &reg, 1, to, n));
}
