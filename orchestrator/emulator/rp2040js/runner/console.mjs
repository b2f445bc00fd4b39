// The other end of the UART: standard input and output of this process, with the faults that were asked for.

import {writeSync} from 'node:fs';

const AHEAD = 65536; // bytes held before the chip takes them; the pipe holds back the rest
const KEEP = 4096; // bytes that wait to be written, at most

export class Console {
    #queue = Buffer.alloc(0);
    #at = 0;
    #out = Buffer.alloc(KEEP);
    #filled = 0;
    #wake = null;
    ended = false;
    received = 0;
    sent = 0;
    overruns = 0;
    lost = 0;

    constructor(injections) {
        this.injections = injections;
        process.stdin.on('data', (data) => this.#arrived(data));
        process.stdin.on('end', () => this.#end());
        process.stdin.on('error', () => this.#end());
    }

    #arrived(data) {
        this.#queue = Buffer.concat([this.#queue.subarray(this.#at), data]);
        this.#at = 0;
        if (this.#queue.length > AHEAD) {
            process.stdin.pause();
        }
        this.#wake?.();
    }

    #end() {
        this.ended = true;
        this.#wake?.();
    }

    // Bytes that are here and that the chip has not taken yet.
    waiting() {
        return this.#queue.length - this.#at;
    }

    // Lets input come in, waiting for it at most so long when there is none.
    async poll(timeoutMs) {
        if (this.waiting() < AHEAD && process.stdin.isPaused()) {
            process.stdin.resume();
        }
        if (!timeoutMs || this.waiting()) {
            await new Promise((done) => setImmediate(done));
            return;
        }
        await new Promise((done) => {
            const timer = setTimeout(done, timeoutMs);
            this.#wake = () => {
                clearTimeout(timer);
                done();
            };
        });
        this.#wake = null;
    }

    // The next byte on the line as the receiver sees it, and what is wrong with it.
    take() {
        const sent = this.#queue[this.#at++];
        const n = ++this.received;
        const {drop, flip, overrun, lineBreak} = this.injections;
        const byte = flip.has(n) ? sent ^ (1 << flip.get(n)) : sent;
        if (drop.has(n)) {
            return {byte, fault: 'lost'};
        }
        if (overrun.has(n)) {
            return {byte, fault: 'overrun'};
        }
        return lineBreak.has(n) ? {byte: 0, fault: 'break'} : {byte, fault: ''};
    }

    // A byte that left the chip.
    send(byte) {
        this.sent++;
        this.#out[this.#filled++] = byte;
        if (this.#filled === KEEP) {
            this.flush();
        }
    }

    flush() {
        let at = 0;
        while (at < this.#filled) {
            try {
                at += writeSync(1, this.#out, at, this.#filled - at);
            } catch (error) {
                if (error.code !== 'EAGAIN') {
                    throw error;
                }
            }
        }
        this.#filled = 0;
    }
}
