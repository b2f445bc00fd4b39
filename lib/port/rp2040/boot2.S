/* The RP2040's second stage of booting: lets the flash be executed in place, then starts the image behind it.
 *
 * RP2040 Datasheet 2.8.1: the boot ROM copies the first 256 bytes of the flash to the end of SRAM (0x20041F00), checks
 * that the last four are the CRC-32 of the 252 before them, and jumps there with 0 in LR. platform/builder puts the CRC
 * in at each link. The code may lie anywhere and uses no stack, so that it runs at 0x20041F00 as well as where it is linked.
 *
 * The SSI (4.10) turns each read of the flash's addresses into the oldest of commands, 03h: eight bits of command, 24 of
 * address, then data, on one wire each way. Every serial flash knows it after power-on, none has to be configured for
 * it, and nothing that a reset in the middle of a transfer could leave behind outlasts the boot ROM's own exit from
 * XIP (2.8.1.2). It costs 64 clocks of the flash for each 32 bits that miss the 16 kB cache, where continuous quad reads
 * would take about 20; code in a loop does not notice.
 *
 * Before that, while nothing runs from the flash, it is asked for its factory identity, the only one that a Pico has: command
 * 4Bh, four bytes that say nothing, then eight of identity. They are left in the watchdog's first two scratch registers
 * (4.7.4), most significant byte first.
 */
    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .equ XIP_SSI_BASE, 0x18000000 /* 4.10.13 */
    .equ SSI_CTRLR0, 0x00
    .equ SSI_CTRLR1, 0x04
    .equ SSI_SSIENR, 0x08
    .equ SSI_BAUDR, 0x14
    .equ SSI_RXFLR, 0x24 /* frames in the receive FIFO, which takes 16 */
    .equ SSI_DR0, 0x60
    .equ SSI_SPI_CTRLR0, 0xF4

    /* 125 MHz / 4 = 31.25 MHz; the W25Q16JV takes 50 MHz with 03h (its AC characteristics: fR). Even numbers only. */
    .equ BAUDR, 4
    /* SPI_FRF (22:21) 0: one wire; DFS_32 (20:16): 32 bits a frame; TMOD (9:8) 3: EEPROM read, send, then receive */
    .equ CTRLR0, (0 << 21) | (31 << 16) | (3 << 8)
    /* XIP_CMD (31:24): 03h; INST_L (9:8) 2: eight bits of it; ADDR_L (5:2) 6: 24 bits in fours; TRANS_TYPE (1:0) 0: all
     * on one wire; WAIT_CYCLES (15:11) 0: 03h has none */
    .equ SPI_CTRLR0, (0x03 << 24) | (2 << 8) | (6 << 2)

    /* DFS_32: 8 bits a frame; TMOD 0: a frame comes in for each that goes out */
    .equ CTRLR0_BYTES, 7 << 16
    .equ READ_UNIQUE_ID, 0x4B
    .equ DUMMY_BYTES, 4
    .equ ID_BYTES, 8
    .equ PATIENCE, 255 /* turns of nine cycles; 13 bytes take 416 */

    .equ WATCHDOG_SCRATCH0, 0x4005800C
    .equ VECTORS, 0x10000100 /* the image behind this block begins with its vector table */
    .equ SCB_VTOR, 0xE000ED08

    .section .boot, "ax", %progbits
    .global boot2
    .thumb_func
boot2:
    ldr r3, =XIP_SSI_BASE
    movs r1, #0
    str r1, [r3, #SSI_SSIENR] /* the rest can only be written while it is off */
    movs r1, #BAUDR
    str r1, [r3, #SSI_BAUDR]
    ldr r1, =CTRLR0_BYTES
    str r1, [r3, #SSI_CTRLR0]
    movs r1, #1
    str r1, [r3, #SSI_SSIENR]

    /* The flash stays selected while there is something to send: 32 cycles a byte, and the loop takes less. */
    movs r1, #READ_UNIQUE_ID
    str r1, [r3, #SSI_DR0]
    movs r1, #0
    movs r2, #(DUMMY_BYTES + ID_BYTES)
1:  str r1, [r3, #SSI_DR0]
    subs r2, #1
    bne 1b
    movs r2, #PATIENCE
2:  ldr r1, [r3, #SSI_RXFLR]
    cmp r1, #(1 + DUMMY_BYTES + ID_BYTES)
    beq 3f
    subs r2, #1
    bne 2b
3:  movs r2, #(1 + DUMMY_BYTES)
4:  ldr r1, [r3, #SSI_DR0]
    subs r2, #1
    bne 4b
    movs r2, #ID_BYTES
5:  lsls r4, r4, #8 /* r4 and r5 are 64 bits that move to the left; eight turns leave nothing of what they were */
    lsrs r0, r5, #24
    orrs r4, r0
    lsls r5, r5, #8
    ldr r0, [r3, #SSI_DR0]
    orrs r5, r0
    subs r2, #1
    bne 5b
    ldr r0, =WATCHDOG_SCRATCH0
    str r4, [r0]
    str r5, [r0, #4]

    movs r1, #0
    str r1, [r3, #SSI_SSIENR]
    ldr r1, =CTRLR0
    str r1, [r3, #SSI_CTRLR0]
    movs r1, #0
    str r1, [r3, #SSI_CTRLR1] /* one frame for each read */
    ldr r1, =SPI_CTRLR0
    movs r2, #SSI_SPI_CTRLR0
    str r1, [r3, r2]
    movs r1, #1
    str r1, [r3, #SSI_SSIENR]

    ldr r0, =VECTORS
    ldr r1, =SCB_VTOR
    str r0, [r1]
    ldm r0!, {r1, r2} /* the first stack pointer, the reset handler */
    msr msp, r1
    bx r2
    .ltorg
