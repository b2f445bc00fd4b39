/* lib/port/port_i2c.h for this machine: each call goes to functions that the test gives. */
#include "port_i2c.h"

#include "source_shim.h"

static shim_bus_t bus;

void shim_attach(shim_bus_t given) { bus = given; }

void port_i2c_init(void) { bus.init(); }

port_i2c_t port_i2c_transfer(uint8_t address, const uint8_t *put, size_t n_put, uint8_t *got, size_t n_got)
{
    return (port_i2c_t)bus.transfer(address, put, (uint32_t)n_put, got, (uint32_t)n_got);
}

bool port_i2c_interrupt(void) { return bus.interrupt() != 0; }
