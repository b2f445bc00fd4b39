// Runs a bare RAM image to its first BKPT and prints what it took: the reference for cycles of a Cortex-M0+.
//
// Nothing of the chip is set up: the CPU starts at the entry in thread mode, with the stack at the end of SRAM and
// the flags clear. The BKPT itself is not counted. SRAM has no wait states, and rp2040js adds those of the peripheral bus.

const SRAM_END = 0x20042000;
const LIMIT = 1e9;

export function runBare(chip, image, options) {
    const core = chip.core;
    chip.sram.set(image, options.load - 0x20000000);
    core.PC = options.bare & ~1;
    core.SP = SRAM_END;
    core.LR = 0xffffffff;
    let stopped = -1;
    chip.onBreak = (code) => {
        stopped = code;
    };
    let cycles = 0;
    let instructions = 0;
    const limit = options.limit ?? LIMIT;
    while (instructions <= limit) {
        const took = core.executeInstruction();
        if (stopped >= 0) {
            const registers = [...core.registers];
            return {stopped: 'bkpt', code: stopped, cycles, instructions, registers};
        }
        cycles += took;
        instructions += 1;
        chip.clock.tick(took * 8);
    }
    return {stopped: 'limit', code: null, cycles, instructions, registers: [...core.registers]};
}
