// Bad accesses and undefined instructions: HardFault as on the chip, where rp2040js only writes to its log.
//
// The exception is taken in the middle of the instruction, so the stacked PC is the next instruction's. A fault within the
// handler is a lock-up (ARMv6-M, B1.5.15): the CPU stands still until the watchdog ends it.

const HARD_FAULT = 3;
const FLASH_PAGES = 0x01000000 / 0x4000;
const FAULTY = /^(Read from invalid|Write to undefined|Warning: Instruction|read from address .* not 32 bit aligned)/;

export function addFaults(chip, BasePeripheral, report, onLockup) {
    const {core} = chip;
    const fault = (text) => {
        const at = `0x${(core.PC >>> 0).toString(16).padStart(8, '0')}`;
        if (core.IPSR === HARD_FAULT) {
            report(`the CPU has locked up: ${text}, before ${at}, within HardFault`);
            onLockup();
            return;
        }
        report(`HardFault: ${text}, before ${at}`);
        core.exceptionEntry(HARD_FAULT);
        core.PC &= ~1;
    };

    // rp2040js asks for a peripheral before it looks for memory when something is written, never when it is read.
    class ReadOnly extends BasePeripheral {
        writeUint32Atomic(offset, value) {
            fault(`0x${(value >>> 0).toString(16)} is written to ${this.name}`);
        }
    }
    chip.peripherals[0] = new ReadOnly(chip, 'the boot ROM');
    const flash = new ReadOnly(chip, 'the flash');
    for (let page = 0; page < FLASH_PAGES; page++) {
        chip.peripherals[0x10000 + 4 * page] = flash;
    }
    const say = (where, text) => (FAULTY.test(text) ? fault(text) : report(`rp2040js: ${where}: ${text}`));
    chip.logger = {debug() {}, info() {}, warn: say, error: say};
    chip.onBreak = () => fault('a BKPT or an undefined instruction');
}
