/* A bare core: the cases' CRCs in memory. */
#include "bits.h"

enum { CASES_MAX = 4096 };

uint16_t crcs[CASES_MAX];
uint32_t crc_count;

bool bits_small(void)
{
    return false;
}

void print_crc(uint16_t value)
{
    if (crc_count < CASES_MAX) {
        crcs[crc_count] = value;
    }
    crc_count++;
}
