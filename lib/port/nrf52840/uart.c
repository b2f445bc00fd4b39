/* The nRF52840's UARTE0 with EasyDMA (PS v1.7, 6.34): receives for ever into a ring, sends from a ring.
 *
 * Receiving loses nothing at full rate because no byte waits for the CPU. The DMA fills the ring chunk by chunk; the
 * ENDRX_STARTRX short starts the next chunk at once, and its address, which the hardware latches at each start, is
 * written one chunk ahead by the handler, which has a whole chunk's time for that (5 ms at 1 Mbaud). A TIMER counts
 * RXDRDY events through PPI, so bytes are available before a chunk is full.
 *
 * Counted and stored can part: a byte without its stop bit is not stored (6.34.4) but, it seems, counted (Zephyr's
 * driver counts in the same way and gets off by one on a line that is busy at start, issue 70387), and an RXDRDY can go
 * missing (issue 49021). The handler takes the first back at once; and PPI captures the counter at the start of each
 * chunk, when what is stored is known.
 */
#include "uart.h"

#if PORT_UART_DMA

#include "../cortex_m/cortex_m_tx.h"
#include "../port.h"
#include "nrf52840.h"

enum {
    RX_CHUNK = 512,
    RX_BYTES = 4096,
    RX_LOOK = 64, /* well within the margin of RX_SAFE */
    TX_BYTES = 1024,
    PPI_COUNT = 0, /* PPI channels: RXDRDY to the counter, */
    PPI_CHUNK = 1, /* and RXSTARTED to its capture */
    CC_NOW = 0,    /* capture registers of the counter: when asked, */
    CC_CHUNK = 1   /* and when the current chunk began */
};

/* The handler writes at most one chunk ahead; a second one is margin while the oldest bytes are copied out. */
enum { RX_SAFE = RX_BYTES - 2 * RX_CHUNK };

typedef char rx_holds_the_window[RX_SAFE >= NODE_WINDOW * NODE_LINE_BYTES ? 1 : -1];

/* Positions count bytes since port_init() and wrap at 2^32; the ring sizes divide that. */
static struct {
    volatile uint32_t rx_full; /* end of the last chunk that was filled */
    volatile uint32_t rx_skew; /* what to add to the counter to get the position */
    uint32_t rx_taken;
    uint32_t rx_seen; /* end of what may be taken before the next look */
    volatile uint32_t faults;
    cortex_m_tx_t tx;
    volatile uint32_t tx_busy; /* bytes that the DMA is sending from tx.tail */
} uart;

/* In RAM, as EasyDMA needs (PS 6.34.1: a flash address ends in a fault). */
static uint8_t rx_ring[RX_BYTES] __attribute__((section(".dma"), aligned(4)));
static uint8_t tx_ring[TX_BYTES] __attribute__((section(".dma"), aligned(4)));

static uint32_t dma_address(const volatile void *p) { return (uint32_t)(uintptr_t)p; }

void uart_init(void)
{
    uart_connect();
    TIMER1_TASKS_STOP = 1;
    TIMER1_MODE = TIMER_MODE_LOWPOWERCOUNTER;
    TIMER1_BITMODE = TIMER_BITMODE_32;
    TIMER1_TASKS_CLEAR = 1;
    TIMER1_TASKS_START = 1;
    PPI_CH_EEP(PPI_COUNT) = UARTE0_EVENTS_RXDRDY_ADDRESS;
    PPI_CH_TEP(PPI_COUNT) = TIMER1_TASKS_COUNT_ADDRESS;
    PPI_CH_EEP(PPI_CHUNK) = UARTE0_EVENTS_RXSTARTED_ADDRESS;
    PPI_CH_TEP(PPI_CHUNK) = TIMER1_TASKS_CAPTURE_ADDRESS(CC_CHUNK);
    PPI_CHENSET = 1u << PPI_COUNT | 1u << PPI_CHUNK;

    UARTE0_ENABLE = UARTE_ENABLE_ENABLED;
    UARTE0_SHORTS = UARTE_SHORTS_ENDRX_STARTRX;
    UARTE0_RXD_PTR = dma_address(rx_ring);
    UARTE0_RXD_MAXCNT = RX_CHUNK;
    UARTE0_INTENSET = UARTE_INT_RXSTARTED | UARTE_INT_ENDTX | UARTE_INT_ERROR;
    cortex_m_enable_irq(UARTE0_IRQ);
    UARTE0_TASKS_STARTRX = 1;
}

/* -- receiving -------------------------------------------------------------------------------------------------- */

/* A chunk began: at once after the one before was full, or for the first time. */
static void rx_chunk_began(void)
{
    if (UARTE0_EVENTS_ENDRX != 0) {
        UARTE0_EVENTS_ENDRX = 0;
        uart.rx_full += RX_CHUNK;
        uart.rx_skew = uart.rx_full - TIMER1_CC(CC_CHUNK);
    }
    UARTE0_RXD_PTR = dma_address(&rx_ring[(uart.rx_full + RX_CHUNK) % RX_BYTES]);
}

/* How many bytes the reader may take, with interrupts masked. None, rather than less, when the counter was put back
 * under a reader who had taken a byte that was counted and not stored. */
static uint32_t rx_ready(void)
{
    TIMER1_TASKS_CAPTURE(CC_NOW) = 1;
    uint32_t beyond = TIMER1_CC(CC_NOW) + uart.rx_skew - uart.rx_full;
    if (beyond > 0x80000000u) { /* an RXDRDY went missing; the full chunks are there all the same */
        beyond = 0;
    } else if (beyond > RX_CHUNK) { /* the rest belongs to a handler still pending */
        beyond = RX_CHUNK;
    }
    uint32_t ready = uart.rx_full + beyond - uart.rx_taken;
    return ready > 0x80000000u ? 0 : ready;
}

/* Counts what has arrived, and lets up to RX_LOOK bytes of it be taken without another look: the main loop takes
 * single bytes, and a look costs more than a byte. False when nothing has arrived. */
static bool look(void)
{
    cortex_m_mask();
    uint32_t ready = rx_ready();
    cortex_m_unmask();
    if (ready == 0) {
        return false;
    }
    /* RXDRDY may come before its byte is in RAM (6.34.3); a microsecond is far more than the DMA takes. */
    for (unsigned i = 0; i < PORT_CPU_HZ / 3000000u; i++) {
        __asm__ volatile("nop");
    }
    if (ready > RX_SAFE) {
        uart.rx_taken += ready - RX_SAFE;
        ready = RX_SAFE;
        cortex_m_mask();
        uart.faults++;
        cortex_m_unmask();
    }
    uart.rx_seen = uart.rx_taken + (ready < RX_LOOK ? ready : RX_LOOK);
    return true;
}

size_t port_uart_read(uint8_t *to, size_t n)
{
    size_t taken = 0;
    const volatile uint8_t *ring = rx_ring; /* written by the DMA */
    while (taken < n && (uart.rx_taken != uart.rx_seen || look())) {
        to[taken++] = ring[uart.rx_taken++ % RX_BYTES];
    }
    return taken;
}

uint32_t port_uart_faults(void) { return uart.faults; }

void uart_wake_on_byte(bool on)
{
    if (on) {
        UARTE0_EVENTS_RXDRDY = 0;
        UARTE0_INTENSET = UARTE_INT_RXDRDY;
    } else {
        UARTE0_INTENCLR = UARTE_INT_RXDRDY;
    }
}

bool uart_has_byte(void) { return rx_ready() != 0; }

/* -- sending ---------------------------------------------------------------------------------------------------- */

/* With the handler kept out, and nothing being sent. */
static void tx_start(void)
{
    uint32_t at = uart.tx.tail % TX_BYTES;
    uint32_t n = uart.tx.head - uart.tx.tail;
    n = n < TX_BYTES - at ? n : TX_BYTES - at;
    uart.tx_busy = n;
    if (n != 0) {
        UARTE0_TXD_PTR = dma_address(&tx_ring[at]);
        UARTE0_TXD_MAXCNT = n;
        UARTE0_TASKS_STARTTX = 1;
    }
}

void port_uart_write(const uint8_t *from, size_t n)
{
    while (n != 0) {
        size_t part = cortex_m_tx_put(&uart.tx, tx_ring, TX_BYTES, from, n);
        from += part;
        n -= part;
        cortex_m_mask();
        if (uart.tx_busy == 0) {
            tx_start();
        }
        cortex_m_unmask();
    }
}

void port_uart_flush(void) { cortex_m_tx_wait(&uart.tx); }

/* -- interrupt -------------------------------------------------------------------------------------------------- */

void uarte0_handler(void)
{
    UARTE0_INTENCLR = UARTE_INT_RXDRDY; /* it has woken the CPU, which was all it was for */
    if (UARTE0_EVENTS_ERROR != 0) { /* before the chunk: what its start captured makes up for this one too */
        UARTE0_EVENTS_ERROR = 0;
        uint32_t source = UARTE0_ERRORSRC;
        UARTE0_ERRORSRC = source;
        if (source & UARTE_ERRORSRC_FRAMING) {
            uart.rx_skew--;
        }
        for (; source != 0; source &= source - 1u) {
            uart.faults++;
        }
    }
    if (UARTE0_EVENTS_RXSTARTED != 0) {
        UARTE0_EVENTS_RXSTARTED = 0;
        rx_chunk_began();
    }
    if (UARTE0_EVENTS_ENDTX != 0) {
        UARTE0_EVENTS_ENDTX = 0;
        uart.tx.tail += uart.tx_busy;
        tx_start();
    }
    (void)UARTE0_EVENTS_ENDTX; /* the clearing write has arrived before the handler returns */
}

#else
typedef int no_uart_with_dma; /* C99 wants something in every file */
#endif
