// The emulator of the RP2040: rp2040js with the Pico's crystal, flash and serial line, started by ../__main__.py.

import {readFileSync} from 'node:fs';

import {runBare} from './bare.mjs';
import {loadEngine} from './chip.mjs';
import {Console} from './console.mjs';
import {load} from './image.mjs';
import {Machine} from './machine.mjs';
import {parse, UsageError} from './options.mjs';

const FIRST_INPUT_MS = 20; // so that input which was there before the board is not a matter of luck

async function main() {
    const options = parse(process.argv.slice(2));
    const engine = await loadEngine(options.package);
    if (options.bare !== undefined) {
        const told = runBare(new engine.RP2040(), readFileSync(options.image), options);
        process.stdout.write(`${JSON.stringify(told)}\n`);
        return told.stopped === 'bkpt' ? 0 : 1;
    }
    const image = load(options.image);
    const line = new Console(options.injections);
    const machine = new Machine(engine, image, line, options);
    for (const signal of ['SIGTERM', 'SIGINT']) {
        process.on(signal, () => {
            machine.stopRequested = true;
        });
    }
    await line.poll(FIRST_INPUT_MS);
    await machine.run();
    return 0;
}

try {
    process.exit(await main());
} catch (error) {
    if (error.code === 'EPIPE') {
        process.exit(0);
    }
    if (!(error instanceof UsageError) && error.code !== 'ENOENT') {
        throw error;
    }
    process.stderr.write(`emulator: ${error.message}\n`);
    process.exit(2);
}
