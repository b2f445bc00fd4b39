/* Images into flash, and the end of what cannot go on. */
#ifndef LOAD_H
#define LOAD_H

#include <simavr/sim_avr.h>

/* Says why, and ends this process with status 2. */
_Noreturn void fail(const char *format, ...);

/* Each loaded segment of an ELF file where it lies in flash. simavr's own loader knows two sections by name, and there
 * are more. */
void load(avr_t *avr, const char *path);

#endif
