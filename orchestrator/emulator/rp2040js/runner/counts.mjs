// What --counts writes: figures of a run that need no help from the firmware.

import {renameSync, writeFileSync} from 'node:fs';

const PERIOD_MS = 500;
const RAM = 0x20000000;

export class Counts {
    resets = {power: 1};
    #seen = 0;
    #written = -Infinity;

    constructor(machine, path) {
        this.machine = machine;
        this.path = path;
        this.limit = machine.image.symbols.get('__stack_limit') ?? 0;
        this.top = machine.image.symbols.get('__stack_top') ?? 0;
    }

    // Keeps what the next boot would wipe out.
    noteReset(cause) {
        this.#seen = this.stackSeen() ?? 0;
        this.resets[cause] = (this.resets[cause] ?? 0) + 1;
    }

    // Bytes from the stack's top to the lowest word that differs from the firmware's paint below it; null without symbols.
    stackSeen() {
        if (this.top <= this.limit) {
            return null;
        }
        const {sramView} = this.machine.chip;
        const paint = sramView.getUint32(this.limit - RAM, true);
        let at = this.limit;
        while (at < this.top && sramView.getUint32(at - RAM, true) === paint) {
            at += 4;
        }
        return Math.max(this.#seen, this.top - at);
    }

    snapshot() {
        const {clock, line, cycles, instructions, awakeNanos} = this.machine;
        const now = clock.nanos;
        return {
            instructions,
            cycles,
            virtual_s: Math.round(now / 1e3) / 1e6,
            asleep: now ? Math.round((1 - awakeNanos / now) * 1e6) / 1e6 : 0,
            resets: this.resets,
            stack_bytes: this.top ? this.top - this.limit : null,
            stack_seen: this.stackSeen(),
            uart: {in: line.received, out: line.sent, overruns: line.overruns, lost_while_off: line.lost},
        };
    }

    // Writes the file anew when its time has come; whoever reads it never sees half of it.
    write(final = false) {
        if (!this.path || (!final && Date.now() - this.#written < PERIOD_MS)) {
            return;
        }
        this.#written = Date.now();
        const scratch = `${this.path}.${process.pid}`;
        writeFileSync(scratch, `${JSON.stringify(this.snapshot())}\n`);
        renameSync(scratch, this.path);
    }
}
