/* CRC-16/CCITT-FALSE: polynomial 0x1021, initial value 0xFFFF, not reflected, no final xor; "123456789" gives 29B1
 * (the check value of Greg Cook's catalogue of parametrised CRC algorithms, "CRC-16/IBM-3740"). */
#ifndef LINE_CRC_H
#define LINE_CRC_H

#include <stddef.h>
#include <stdint.h>

enum { LINE_CRC_START = 0xFFFF };

uint16_t line_crc_byte(uint16_t crc, uint8_t byte);
uint16_t line_crc(uint16_t crc, const void *bytes, size_t n);

/* The CRC of `n` int16 values as little-endian bytes on every machine: what a report's `fx` member holds. */
uint16_t line_crc_i16(uint16_t crc, const int16_t *values, size_t n);

#endif
