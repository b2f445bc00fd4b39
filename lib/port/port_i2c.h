/* An I²C bus of which the chip is the only controller (NXP UM10204), and the sensor's interrupt pin: what the drivers of
 * lib/source need of a chip. Pins and rate are the board's. A chip that has no sensors yet has no i2c.c.
 *
 * A transfer waits for its bytes, at 400 kbit/s 23 µs each, and at most PORT_I2C_PATIENCE_MS longer. */
#ifndef PORT_I2C_H
#define PORT_I2C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PORT_I2C_PATIENCE_MS = 10 };

typedef enum {
    PORT_I2C_DONE,
    PORT_I2C_NOBODY,  /* no part acknowledged the address */
    PORT_I2C_REFUSED, /* the part did not acknowledge a byte, or the transfer ended early */
    PORT_I2C_STUCK    /* a line is held low, and nine clocks did not free it; or the transfer never ended */
} port_i2c_t;

/* Pins, rate, and the interrupt pin; frees a bus on which a part still holds the data line since before a reset. */
void port_i2c_init(void);

/* Writes `n_put` bytes to the part at the 7-bit `address`, then, after a repeated start, reads `n_got`; either may be 0, not both.
 * Both buffers are in RAM (the chip may use DMA); each at most 255 bytes. */
port_i2c_t port_i2c_transfer(uint8_t address, const uint8_t *put, size_t n_put, uint8_t *got, size_t n_got);

/* Whether the sensor's interrupt pin is high. Its rise ends port_sleep(). */
bool port_i2c_interrupt(void);

#endif
