// What a Raspberry Pi Pico has and rp2040js 1.4.1 has not, added to its objects; its files stay as they are.
//
// | part | what rp2040js lacks | here |
// |---|---|---|
// | UART0 | FIFO levels, timeout, errors, time to send | pl011.mjs |
// | TICK | TIMER and WATCHDOG run without it | they count ticks, at clk_ref / CYCLES (datasheet 4.7.3) |
// | RESETS | every block answers at once | a block in reset reads 0 and ignores writes (2.14) |
// | CHIP_RESET | reads all ones | HAD_POR (2.12.8) |
// | SSI | takes any setting | the one of 03h is checked before the flash is readable (4.10); identity |
// | core | WFI with an interrupt pending never wakes; a masked one runs its handler | as ARMv6-M says (DDI 0419, B1.5.17) |
// | bus | bad accesses are logged, ROM and flash can be written | HardFault, and lock-up within it (faults.mjs) |
// | SRAM | is 0 at power-on | holds noise |
//
// Not here: wait states of flash (XIP cache misses), cycles of exception entry and return, core 1, brown-out.

import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {addFaults} from './faults.mjs';
import {makePl011} from './pl011.mjs';

const SSI = 0x18000, RESETS = 0x4000c, IO_BANK0 = 0x40014, PADS_BANK0 = 0x4001c, PLL_SYS = 0x40028, PLL_USB = 0x4002c;
const UART0 = 0x40034, TIMER = 0x40054, WATCHDOG = 0x40058, CHIP_RESET = 0x40064;
const RESET_BITS = {[IO_BANK0]: 5, [PADS_BANK0]: 8, [PLL_SYS]: 12, [PLL_USB]: 13, [TIMER]: 21, [UART0]: 22};
const AFTER_BOOT_ROM = 0x01ffffff & ~((1 << 6) | (1 << 8) | (1 << 9) | (1 << 21)); // it takes QSPI, pads and TIMER out
const SSIENR = 0x08, RXFLR = 0x24, DR0 = 0x60, BYTES = 7 << 16, READ_UNIQUE_ID = 0x4b;
const UNIQUE_ID = [0x46, 0x4d, 0x20, 0x40, 0x00, 0xc0, 0xff, 0xee];
const ROSC_HZ = 6.5e6; // between 1.8 and 12 MHz (2.17)
const FLASH_MOST_HZ = 50e6; // W25Q16JV, command 03h
const E1_FACTOR = 2; // RP2040-E1: the watchdog counts two a tick
const HAD_POR = 1 << 8;

export async function loadEngine(folder) {
    const from = (path) => import(pathToFileURL(join(folder, 'dist', 'esm', path)).href);
    const [{RP2040}, {SimulationClock}, {BasePeripheral}] = [
        await from('rp2040.js'),
        await from('clock/simulation-clock.js'),
        await from('peripherals/peripheral.js'),
    ];
    const [{RPUART}, {RPTimer}, {RPWatchdog}, {RPReset}, {RPSSI}] = [
        await from('peripherals/uart.js'),
        await from('peripherals/timer.js'),
        await from('peripherals/watchdog.js'),
        await from('peripherals/reset.js'),
        await from('peripherals/ssi.js'),
    ];
    return {RP2040, SimulationClock, BasePeripheral, RPUART, RPTimer, RPWatchdog, RPReset, RPSSI};
}

// A clock that counts ticks instead of nanoseconds, for the TIMER: it may stand still, or go at another rate.
class TickClock {
    #alarms = [];
    #base = 0;
    #since = 0;
    #rate = 0;

    constructor(clock) {
        this.clock = clock;
        this.#since = clock.nanos;
    }

    get nanos() {
        return this.#base + (this.clock.nanos - this.#since) * this.#rate;
    }

    setRate(rate) {
        if (rate === this.#rate) {
            return;
        }
        const now = this.nanos;
        [this.#base, this.#since, this.#rate] = [now, this.clock.nanos, rate];
        for (const alarm of this.#alarms) {
            alarm.replan();
        }
    }

    zero() {
        [this.#base, this.#since] = [0, this.clock.nanos];
    }

    createAlarm(callback) {
        const real = this.clock.createAlarm(() => {
            alarm.due = Infinity;
            callback();
        });
        const alarm = {
            due: Infinity,
            replan: () => {
                real.cancel();
                if (this.#rate > 0 && alarm.due < Infinity) {
                    real.schedule((alarm.due - this.nanos) / this.#rate);
                }
            },
            schedule: (delta) => {
                alarm.due = this.nanos + delta;
                alarm.replan();
            },
            cancel: () => {
                alarm.due = Infinity;
                real.cancel();
            },
        };
        this.#alarms.push(alarm);
        return alarm;
    }
}

function makeParts({BasePeripheral, RPTimer, RPWatchdog, RPReset, RPSSI}) {
    // A block that RESETS may hold; `inside` is rp2040js's or ours.
    class Held extends BasePeripheral {
        constructor(chip, inside, bit, resets, report) {
            super(chip, inside.name);
            Object.assign(this, {inside, mask: 1 << bit, resets, report});
        }

        get held() {
            if ((this.resets.reset & this.mask) === 0) {
                return false;
            }
            this.report(`${this.name} is used while RESETS holds it in reset`);
            return true;
        }

        readUint32(offset) {
            return this.held ? 0 : this.inside.readUint32(offset);
        }

        writeUint32(offset, value) {
            this.inside.writeUint32(offset, value);
        }

        writeUint32Atomic(offset, value, type) {
            if (!this.held) {
                this.inside.writeUint32Atomic(offset, value, type);
            }
        }
    }

    class Resets extends RPReset {
        reset = AFTER_BOOT_ROM;

        readUint32(offset) {
            return offset === 8 ? ~this.reset & 0x01ffffff : super.readUint32(offset);
        }
    }

    class Timer extends RPTimer {
        constructor(chip, ticks) {
            const real = chip.clock;
            chip.clock = ticks; // where RPTimer looks for its clock
            super(chip, 'TIMER');
            chip.clock = real;
        }
    }

    class Watchdog extends RPWatchdog {
        cycles = 0;
        tickChanged = () => {};

        readUint32(offset) {
            return super.readUint32(offset) | (offset === 0x2c ? this.cycles : 0);
        }

        writeUint32(offset, value) {
            if (offset === 0x2c) {
                this.cycles = value & 0x1ff;
            }
            super.writeUint32(offset, value);
            if (offset === 0x2c) {
                this.tickChanged();
            }
        }
    }

    class ChipReset extends BasePeripheral {
        readUint32(offset) {
            return offset === 8 ? HAD_POR : offset === 0 ? 0xb1 | (1 << 12) : 0x91;
        }
    }

    // Reads of flash are not routed through it; what it is set to decides whether they may begin. Byte by byte, the flash
    // knows one command: its identity (W25Q16JV, 4Bh).
    class Ssi extends RPSSI {
        fifo = [];
        sent = 0;
        command = 0;

        readUint32(offset) {
            if (offset === RXFLR) {
                return this.fifo.length;
            }
            return offset === DR0 ? (this.fifo.shift() ?? 0) : super.readUint32(offset);
        }

        writeUint32(offset, value) {
            if (offset === SSIENR) {
                [this.fifo, this.sent] = [[], 0];
            }
            if (offset !== DR0) {
                super.writeUint32(offset, value);
            } else if (this.ssienr && this.crtlr0 === BYTES && this.fifo.length < 16) {
                this.command = this.sent ? this.command : value;
                const at = this.command === READ_UNIQUE_ID ? this.sent - 5 : -1;
                this.fifo.push(UNIQUE_ID[at] ?? 0xff);
                this.sent++;
            }
        }

        get problem() {
            const wants = {CTRLR0: [this.crtlr0, 0x001f0300], SPI_CTRLR0: [this.spictlr0, 0x03000218]};
            for (const [name, [has, value]] of Object.entries(wants)) {
                if (has !== value) {
                    return `SSI.${name} is 0x${has.toString(16)}, and reading with 03h wants 0x${value.toString(16)}`;
                }
            }
            if (!this.ssienr || this.crtlr1 !== 0) {
                return `SSI.SSIENR is ${this.ssienr}, CTRLR1 ${this.crtlr1}`;
            }
            const hz = this.rp2040.clkSys / this.baudr;
            if (!this.baudr || this.baudr & 1 || hz > FLASH_MOST_HZ) {
                return `SSI.BAUDR is ${this.baudr}: ${hz} Hz, and the flash takes ${FLASH_MOST_HZ} Hz with 03h`;
            }
            return '';
        }
    }
    return {Held, Resets, Timer, Watchdog, ChipReset, Ssi};
}

// ARMv6-M ARM, B1.5.17: a pending interrupt ends WFI even when PRIMASK keeps its handler from running.
function mendCore(core) {
    const take = core.checkForInterrupts;
    core.checkForInterrupts = function () {
        if (this.waiting && this.PM) {
            const pending = this.pendingInterrupts & this.enabledInterrupts;
            return pending !== 0 || this.pendingNMI || this.pendingSystick || this.pendingPendSV;
        }
        return take.call(this);
    };
}

export function fillWithNoise(sram) {
    let x = 0x2545f491;
    for (let i = 0; i < sram.length; i++) {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
        sram[i] = x;
    }
}

// A chip as it leaves the boot ROM's hands, but for the second stage. `kept` is what outlasts a reset by the watchdog.
export function makeChip(engine, clock, {line, baud, uart, report, onReset, onLockup, kept}) {
    const parts = makeParts(engine);
    const chip = new engine.RP2040(clock);
    const {peripherals} = chip;
    addFaults(chip, engine.BasePeripheral, report, onLockup);
    mendCore(chip.core);

    const resets = new parts.Resets(chip, 'RESETS');
    const watchdog = new parts.Watchdog(chip, 'WATCHDOG');
    const ticks = new TickClock(clock);
    const ssi = new parts.Ssi(chip, 'SSI');
    peripherals[RESETS] = resets;
    peripherals[WATCHDOG] = watchdog;
    peripherals[SSI] = ssi;
    peripherals[CHIP_RESET] = new parts.ChipReset(chip, 'CHIP_RESET');
    peripherals[TIMER] = new parts.Timer(chip, ticks);
    if (uart === 'pl011') {
        const wired = (pin) => chip.gpio[pin].functionSelect === 2;
        const {irq, dreq} = chip.uart[0];
        const Pl011 = makePl011(engine.RPUART);
        chip.uart[0] = new Pl011(chip, 'UART0', irq, dreq, {line, baud, wired, report});
    } else {
        beStock(chip.uart[0], clock, line, baud);
    }
    peripherals[UART0] = chip.uart[0];
    const pins = peripherals[IO_BANK0];
    const write = pins.writeUint32;
    pins.writeUint32 = function (offset, value) {
        write.call(this, offset, value);
        chip.uart[0].inputArrived(); // a pin may just have become the UART's
    };
    for (const [page, bit] of Object.entries(RESET_BITS)) {
        peripherals[page] = new parts.Held(chip, peripherals[page], bit, resets, report);
    }

    chip.clkSys = ROSC_HZ;
    chip.clkPeri = ROSC_HZ;
    chip.roscFreq = ROSC_HZ;
    chip.ppb.systickTimer.frequency = ROSC_HZ;
    watchdog.tickChanged = () => {
        const rate = watchdog.tickEnable && watchdog.cycles ? chip.clocks.refFreq / watchdog.cycles / 1e6 : 0;
        ticks.setRate(rate);
        watchdog.timer.frequency = rate * E1_FACTOR * 1e6;
    };
    const update = chip.updateClocks;
    chip.updateClocks = function () {
        update.call(this);
        watchdog.tickChanged();
        if (ssi.ssienr && ssi.problem) {
            report(ssi.problem);
        }
    };
    watchdog.timer.frequency = 0;
    watchdog.onWatchdogTrigger = () => {
        watchdog.alarm.enable = false; // it would fire again at once, for ever
        onReset(watchdog.reason === 1 ? 'watchdog' : 'soft');
    };
    if (kept) {
        chip.sram.set(kept.sram);
        watchdog.scratchData.set(kept.scratch);
        watchdog.reason = kept.reason;
    } else {
        fillWithNoise(chip.sram);
    }
    return {chip, watchdog, ssi, serial: chip.uart[0], psm: peripherals[0x40010]};
}

// rp2040js's own UART, fed at the line's rate; it takes and sends a byte at any time, whatever its rate is set to.
function beStock(uart, clock, line, baud) {
    const alarm = clock.createAlarm(() => {
        alarm.scheduled = false;
        const {byte, fault} = line.take();
        if (fault !== 'lost') {
            uart.feedByte(byte);
        }
        uart.inputArrived();
    });
    uart.onByte = (byte) => line.send(byte);
    uart.busy = false;
    uart.inputArrived = () => {
        if (!alarm.scheduled && line.waiting() && uart.enabled && uart.interruptMask) {
            alarm.schedule(1e10 / baud);
        }
    };
    Object.defineProperty(uart, 'receiving', {get: () => uart.enabled && uart.interruptMask !== 0});
}
