// UART0 as the chip has it: an ARM PL011 with 32-byte FIFOs, in the time that its bytes take (RP2040 Datasheet 4.2).
//
// rp2040js's own model sends in no time, has no thresholds, no timeout and no errors, and holds its TX interrupt up for
// ever; a driver that works on it can fail on the chip. It stays selectable (--uart=rp2040js) as a second opinion.

const UARTDR = 0x00, UARTRSR = 0x04, UARTFR = 0x18, UARTLCR_H = 0x2c, UARTCR = 0x30, UARTIFLS = 0x34;
const UARTIMSC = 0x38, UARTRIS = 0x3c, UARTMIS = 0x40, UARTICR = 0x44, UARTDMACR = 0x48;
const BUSY = 1 << 3, RXFE = 1 << 4, TXFF = 1 << 5, RXFF = 1 << 6, TXFE = 1 << 7;
const UARTEN = 1 << 0, TXE = 1 << 8, RXE = 1 << 9, FEN = 1 << 4;
const RXRIS = 1 << 4, TXRIS = 1 << 5, RTRIS = 1 << 6, FERIS = 1 << 7, BERIS = 1 << 9, OERIS = 1 << 10;
const FE = 1 << 8, BE = 1 << 10, OE = 1 << 11;
const DEPTH = 32;
const LEVELS = [1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8]; // of UARTIFLS
const TIMEOUT_BITS = 32;
const TOLERANCE = 0.025; // beyond which a receiver no longer finds the stop bit

export function makePl011(RPUART) {
    return class Pl011 extends RPUART {
        rx = [];
        tx = [];
        shifting = -1; // the byte on its way out
        overrun = false;
        raw = 0;
        ifls = 0x12;

        // `line` is the console, `baud` the rate of its other end, `wired` whether the pins carry this UART.
        constructor(chip, name, irq, dreq, {line, baud, wired, report}) {
            super(chip, name, irq, dreq);
            Object.assign(this, {line, wired, report});
            this.lineNanos = 1e10 / baud;
            this.lineBaud = baud;
            this.rxAlarm = chip.clock.createAlarm(() => this.arrive());
            this.timeoutAlarm = chip.clock.createAlarm(() => this.timeout());
            this.txAlarm = chip.clock.createAlarm(() => this.sent());
        }

        // ---- rates ----

        get rate() {
            const clock = this.rp2040.clocks.periFreq;
            return clock && this.baudDivider ? clock / (16 * this.baudDivider) : 0;
        }

        get bits() {
            const lcr = this.lineCtrlRegister;
            return 1 + this.wordLength + (lcr & 2 ? 1 : 0) + (lcr & 8 ? 2 : 1);
        }

        get understood() {
            return Math.abs(this.rate / this.lineBaud - 1) < TOLERANCE && this.bits === 10;
        }

        get receiving() {
            return (this.ctrlRegister & (UARTEN | RXE)) === (UARTEN | RXE) && this.rate > 0 && this.wired(1);
        }

        get busy() {
            return this.shifting >= 0 || this.tx.length > 0;
        }

        get depth() {
            return this.fifosEnabled ? DEPTH : 1;
        }

        get rxLevel() {
            return this.fifosEnabled ? DEPTH * (LEVELS[(this.ifls >> 3) & 7] ?? 1) : 1;
        }

        get txLevel() {
            return this.fifosEnabled ? DEPTH * (LEVELS[this.ifls & 7] ?? 0) : 0;
        }

        // ---- receiving ----

        // Input is there: its first byte has arrived when its bits have. Before the receiver is on, the line waits: what a
        // person types before the board is up is not part of what is emulated.
        inputArrived() {
            if (!this.rxAlarm.scheduled && this.line.waiting() && this.receiving) {
                this.rxAlarm.schedule(this.lineNanos);
            }
        }

        arrive() {
            this.rxAlarm.scheduled = false;
            if (!this.receiving) {
                return;
            }
            const {byte, fault} = this.line.take();
            const full = this.rx.length >= this.depth;
            if (fault === 'overrun' || (full && fault !== 'lost')) {
                this.line.overruns++;
                this.overrun = true;
                this.raw |= OERIS;
            } else if (fault !== 'lost') {
                let word = byte;
                if (!this.understood) {
                    word = (byte ^ 0x55) | FE;
                } else if (fault === 'break') {
                    word = FE | BE;
                }
                this.raw |= (word & FE ? FERIS : 0) | (word & BE ? BERIS : 0);
                this.rx.push(this.overrun ? word | OE : word);
                this.overrun = false;
                if (this.rx.length >= this.rxLevel) {
                    this.raw |= RXRIS;
                }
                this.timeoutAlarm.schedule((TIMEOUT_BITS * 1e9) / this.rate);
            }
            this.checkInterrupts();
            this.inputArrived();
        }

        timeout() {
            this.timeoutAlarm.scheduled = false;
            if (this.rx.length) {
                this.raw |= RTRIS;
                this.checkInterrupts();
            }
        }

        pull() {
            const word = this.rx.length ? this.rx.shift() : 0;
            if (this.rx.length < this.rxLevel) {
                this.raw &= ~RXRIS;
            }
            if (!this.rx.length) {
                this.raw &= ~RTRIS;
            }
            this.status = (word >> 8) & 15;
            this.checkInterrupts();
            return word;
        }

        // ---- sending ----

        push(byte) {
            if ((this.ctrlRegister & (UARTEN | TXE)) !== (UARTEN | TXE) || !this.rate) {
                this.report('a byte was written to a UART that is off');
            } else if (this.shifting < 0) {
                this.shift(byte);
            } else if (this.tx.length >= this.depth) {
                this.report('a byte was written to a full TX FIFO and is lost');
            } else {
                this.tx.push(byte);
                if (this.tx.length > this.txLevel) {
                    this.raw &= ~TXRIS;
                    this.checkInterrupts();
                }
            }
        }

        shift(byte) {
            this.shifting = byte;
            this.txAlarm.schedule((this.bits * 1e9) / this.rate);
        }

        // Only a level that is passed on the way down asks for the interrupt, never one that is low.
        sent() {
            this.txAlarm.scheduled = false;
            if (this.wired(0)) {
                this.line.send(this.understood ? this.shifting : this.shifting ^ 0x55);
            } else {
                this.report('a byte was sent, and no pin carries it');
            }
            this.shifting = -1;
            if (this.tx.length) {
                this.shift(this.tx.shift());
                if (this.tx.length === this.txLevel) {
                    this.raw |= TXRIS;
                    this.checkInterrupts();
                }
            }
        }

        // ---- registers ----

        checkInterrupts() {
            this.rp2040.setInterrupt(this.irq, (this.raw & this.interruptMask) !== 0);
        }

        get flags() {
            const {rx, tx, depth} = this;
            return (
                (this.busy ? BUSY : 0) |
                (rx.length ? 0 : RXFE) |
                (rx.length >= depth ? RXFF : 0) |
                (tx.length ? 0 : TXFE) |
                (tx.length >= depth ? TXFF : 0)
            );
        }

        readUint32(offset) {
            switch (offset) {
                case UARTDR:
                    return this.pull();
                case UARTRSR:
                    return this.status ?? 0;
                case UARTFR:
                    return this.flags;
                case UARTIFLS:
                    return this.ifls;
                case UARTRIS:
                    return this.raw;
                case UARTMIS:
                    return this.raw & this.interruptMask;
                case UARTDMACR:
                    return 0;
            }
            return super.readUint32(offset);
        }

        writeUint32(offset, value) {
            switch (offset) {
                case UARTDR:
                    this.push(value & 0xff);
                    break;
                case UARTRSR:
                    this.status = 0;
                    this.overrun = false;
                    break;
                case UARTIFLS:
                    this.ifls = value & 0x3f;
                    break;
                case UARTICR:
                    this.raw &= ~this.rawWriteValue;
                    this.checkInterrupts();
                    break;
                case UARTCR:
                    super.writeUint32(offset, value);
                    this.inputArrived();
                    break;
                case UARTDMACR:
                    break;
                default:
                    super.writeUint32(offset, value);
            }
        }
    };
}
