// The emulator of the RP2040: rp2040js with the Pico's crystal, flash and serial line, started by ../__main__.py.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {runBare} from './bare.mjs';
import {parse, UsageError} from './options.mjs';

async function main() {
    const options = parse(process.argv.slice(2));
    const from = (path) => import(pathToFileURL(join(options.package, 'dist', 'esm', path)).href);
    const {RP2040} = await from('rp2040.js');
    if (options.bare !== undefined) {
        const chip = new RP2040();
        const told = runBare(chip, readFileSync(options.image), options);
        process.stdout.write(`${JSON.stringify(told)}\n`);
        return told.stopped === 'bkpt' ? 0 : 1;
    }
    return 0;
}

try {
    process.exitCode = await main();
} catch (error) {
    if (!(error instanceof UsageError) && error.code !== 'ENOENT') {
        throw error;
    }
    process.stderr.write(`emulator: ${error.message}\n`);
    process.exitCode = 2;
}
