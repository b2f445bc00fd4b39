/* What start-up keeps for the port: why the chip was reset, as hardware and RAM tell it. */
#ifndef ATMEGA328P_START_H
#define ATMEGA328P_START_H

#include <stdint.h>

enum { START_MAGIC = 0x46D3 };

typedef enum {
    START_RUNNING = 0x31, /* the main loop fed the watchdog in time */
    START_LATE = 0x62,    /* it did not for most of a period: the watchdog is about to bite */
    START_SOFT = 0x94     /* port_restart() */
} start_mark_t;

/* In .noinit. `magic` and its complement tell RAM that was kept from RAM that has just been powered. */
typedef struct {
    uint16_t magic;
    uint16_t complement;
    volatile uint8_t mark; /* start_mark_t of the run before, until port_init() begins its own */
    uint8_t mcusr;         /* MCUSR as start-up found it; 0 when a bootloader had cleared it */
    uint8_t r2;            /* register 2 as start-up found it: there Optiboot leaves the MCUSR that it cleared */
} start_t;

extern start_t start;

#endif
