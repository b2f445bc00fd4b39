/* The build machine: one line a case. */
#include <stdio.h>

#include "bits.h"

bool bits_small(void)
{
    return false;
}

void print_crc(uint16_t value)
{
    printf("%04X\n", (unsigned)value);
}

int main(void)
{
    bits();
    return 0;
}
