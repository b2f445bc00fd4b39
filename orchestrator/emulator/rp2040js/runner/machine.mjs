// Puts the board together and runs it: the boot ROM's part, the CPU, sleep, resets, the end of input.

import {makeChip} from './chip.mjs';
import {Counts} from './counts.mjs';
import {crc32} from './crc32.mjs';
import {UsageError} from './options.mjs';

const FLASH = 0x10000000, FLASH_BYTES = 2 * 1024 * 1024;
const BOOT2 = 0x20041f00, BOOT2_BYTES = 256, BOOT2_LIMIT = 10000;
const HANG = 0x100; // in the boot ROM's space, which is empty here
const WFI_LOOP = 0xe7fdbf30; // wfi; b to it
const HANG_CYCLES = 3, HANG_INSTRUCTIONS = 2; // what one turn of an endless loop would take, nop and b
const SLICE_NS = 2e6; // of virtual time, at most, between two looks at standard input
const IDLE_END_NS = 0.25e9, BUSY_END_NS = 60e9; // after the end of input: quiet time until this process ends
const WDSEL_EXPECTED = 0x1fffc; // all but the two oscillators

export class Machine {
    cycles = 0; // awake
    instructions = 0;
    awakeNanos = 0;
    #said = new Set();
    #resetCause = '';
    #hangNanos = Infinity;
    #hung = false;
    #endedNanos = -1;
    #traffic = {bytes: -1, nanos: 0};

    constructor(engine, image, line, options) {
        Object.assign(this, {engine, image, line, options});
        this.clock = new engine.SimulationClock();
        if (options.injections.hangAtMs !== undefined) {
            this.#hangNanos = options.injections.hangAtMs * 1e6;
        }
        this.#build();
        this.counts = new Counts(this, options.counts);
    }

    report(text) {
        if (!this.#said.has(text) && this.#said.size < 50) {
            this.#said.add(text);
            process.stderr.write(`emulator: ${text}\n`);
        }
    }

    // ---- power-on and resets ----

    #build(kept) {
        this.clock.nextAlarm = null; // events of the chip before the reset
        const {line} = this;
        const {baud, uart} = this.options;
        const report = (text) => this.report(text);
        const onReset = (cause) => {
            this.#resetCause = cause;
        };
        const onLockup = () => {
            this.#standStill();
        };
        Object.assign(this, makeChip(this.engine, this.clock, {line, baud, uart, report, onReset, onLockup, kept}));
        for (const {address, data} of this.image.segments) {
            if (address < FLASH || address + data.length > FLASH + FLASH_BYTES) {
                throw new UsageError(`a segment at 0x${address.toString(16)}, ${data.length} bytes, is not in the flash`);
            }
            this.chip.flash.set(data, address - FLASH);
        }
        this.#bootRom();
    }

    // Datasheet 2.8.1: the first 256 bytes of flash go to the end of SRAM when their CRC is right, and run there, with
    // LR = 0 and the boot ROM's stack below them.
    #bootRom() {
        const {chip} = this;
        const {core} = chip;
        const block = chip.flash.subarray(0, BOOT2_BYTES);
        const has = new DataView(block.buffer, 0, BOOT2_BYTES).getUint32(BOOT2_BYTES - 4, true);
        const wanted = crc32(block.subarray(0, BOOT2_BYTES - 4));
        if (has !== wanted) {
            const [a, b] = [has, wanted].map((n) => `0x${n.toString(16).padStart(8, '0')}`);
            throw new UsageError(`the boot ROM refuses this image: the CRC of its first 252 bytes is ${b}, it says ${a}`);
        }
        chip.sram.set(block, BOOT2 - 0x20000000);
        core.VTOR = 0;
        core.SP = BOOT2;
        core.LR = 0;
        core.PC = BOOT2;
        for (let n = 0; core.PC < FLASH || core.PC >= FLASH + FLASH_BYTES; n++) {
            if (n > BOOT2_LIMIT) {
                throw new UsageError('the boot block does not reach the image behind it');
            }
            this.#account(core.executeInstruction(), 1);
        }
        if (this.ssi.problem) {
            throw new UsageError(`the flash cannot be read after the boot block: ${this.ssi.problem}`);
        }
    }

    #account(cycles, instructions) {
        this.cycles += cycles;
        this.instructions += instructions;
        const nanos = ((this.options.count === 'cycles' ? cycles : instructions) * 1e9) / this.chip.clkSys;
        this.awakeNanos += nanos;
        this.clock.tick(nanos);
    }

    // Datasheet 2.13: a reset by the watchdog takes along what PSM.WDSEL says.
    #reset() {
        const cause = this.#resetCause;
        const {wdsel} = this.psm;
        this.#resetCause = '';
        if ((wdsel & WDSEL_EXPECTED) !== WDSEL_EXPECTED) {
            this.report(`PSM.WDSEL is 0x${wdsel.toString(16)}: a reset of less than all is not modelled, all is reset`);
        }
        this.counts.noteReset(cause);
        this.#hung = false;
        const {scratchData: scratch, reason} = this.watchdog;
        this.#build({sram: this.chip.sram, scratch, reason});
    }

    // ---- the loop ----

    async run() {
        while (!this.stopRequested) {
            if (this.chip.core.waiting) {
                if (!(await this.#idle())) {
                    break;
                }
            } else {
                this.#slice();
                await this.line.poll(0);
                this.serial.inputArrived();
            }
            if (this.#resetCause) {
                this.#reset();
            }
            this.counts.write();
            this.#checkEnd();
        }
        this.line.flush();
        this.counts.write(true);
    }

    // The CPU runs until it sleeps, is reset, or its time is up. This is where the time goes: nothing but the engine's
    // own step and a comparison for each instruction.
    #slice() {
        const {clock, chip} = this;
        const {core} = chip;
        const byCycles = this.options.count === 'cycles';
        const begun = clock.nanosCounter;
        const end = Math.min(begun + SLICE_NS, Math.max(this.#hangNanos, begun + 1));
        let cycles = 0;
        let instructions = 0;
        let asleep = 0;
        while (clock.nanosCounter < end && !this.#resetCause) {
            const took = core.executeInstruction();
            cycles += took;
            instructions++;
            const now = clock.nanosCounter + ((byCycles ? took : 1) * 1e9) / chip.clkSys;
            const alarm = clock.nextAlarm;
            if (alarm !== null && alarm.nanos <= now) {
                clock.tick(now - clock.nanosCounter);
            } else {
                clock.nanosCounter = now;
            }
            if (core.waiting) {
                if (core.checkForInterrupts()) {
                    core.waiting = false;
                } else if (this.#sleepsThrough(end)) {
                    const slept = clock.nextAlarm.nanos - clock.nanosCounter;
                    asleep += slept;
                    clock.tick(slept);
                } else {
                    break;
                }
            }
        }
        this.cycles += cycles;
        this.instructions += instructions;
        this.awakeNanos += clock.nanosCounter - begun - asleep;
        if (clock.nanosCounter >= this.#hangNanos) {
            this.#hang();
        }
    }

    // Within a slice, a sleep that ends soon by itself, while bytes are under way, is not worth a look outside.
    #sleepsThrough(end) {
        const {clock} = this;
        if (this.#hung || clock.nextAlarm === null || clock.nextAlarm.nanos > end || !this.#busy()) {
            return false;
        }
        return true;
    }

    #busy() {
        return this.serial.busy || (this.line.waiting() > 0 && this.serial.receiving);
    }

    // ---- sleep ----

    // The CPU sleeps: time jumps while there is traffic, and else goes as it does outside.
    async #idle() {
        const {clock, line} = this;
        line.flush();
        await line.poll(0);
        this.serial.inputArrived();
        const next = Math.min(clock.nextAlarm?.nanos ?? Infinity, this.#hangNanos);
        const now = clock.nanos;
        const busy = this.#busy() || this.#hung;
        if (busy || line.ended) {
            if (!busy && (this.#quietNanos() > IDLE_END_NS || next === Infinity)) {
                return false;
            }
            this.#sleepTo(busy ? next : Math.min(next, now + IDLE_END_NS));
            return true;
        }
        const begun = process.hrtime.bigint();
        await line.poll(Math.min(1000, Math.max(1, (next - now) / 1e6)));
        const passed = Number(process.hrtime.bigint() - begun);
        this.#sleepTo(Math.min(next, now + passed));
        this.serial.inputArrived();
        return true;
    }

    #sleepTo(when) {
        const {clock, chip} = this;
        const nanos = Math.max(0, when - clock.nanos);
        if (this.#hung) {
            const turns = Math.floor((nanos * chip.clkSys) / 1e9 / HANG_CYCLES);
            this.cycles += turns * HANG_CYCLES;
            this.instructions += turns * HANG_INSTRUCTIONS;
            this.awakeNanos += nanos;
        }
        clock.tick(nanos);
        if (clock.nanos >= this.#hangNanos) {
            this.#hang();
        }
    }

    // Virtual time since the last byte went in or out.
    #quietNanos() {
        const bytes = this.line.received + this.line.sent;
        if (this.#traffic.bytes !== bytes) {
            this.#traffic = {bytes, nanos: this.clock.nanos};
        }
        return this.clock.nanos - this.#traffic.nanos;
    }

    // Firmware that goes on for ever after the end of its input, in silence or not, is stopped at last.
    #checkEnd() {
        if (this.line.ended) {
            this.#endedNanos = this.#endedNanos < 0 ? this.clock.nanos : this.#endedNanos;
            this.stopRequested ||= this.clock.nanos - this.#endedNanos > BUSY_END_NS;
        }
    }

    // ---- the injected hang ----

    // The main loop goes round in two instructions of ours from now to the next reset; interrupts are served. The loop is
    // a WFI, so that its eight seconds pass at once; what it would have executed is counted.
    #hang() {
        const {core} = this.chip;
        if (core.IPSR !== 0) {
            this.#hangNanos = this.clock.nanos + 1000; // it is not the main loop that runs now
            return;
        }
        this.report(`the main loop hangs, as asked, at ${(this.clock.nanos / 1e6).toFixed(3)} ms`);
        this.#hangNanos = Infinity;
        core.PM = false;
        core.interruptsUpdated = true;
        this.#standStill();
    }

    #standStill() {
        const {core, bootrom} = this.chip;
        this.#hung = true;
        bootrom[HANG / 4] = WFI_LOOP;
        core.waiting = false;
        core.PC = HANG;
    }
}

