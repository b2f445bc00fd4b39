// A firmware image, ELF or Intel HEX: the bytes to program into flash, and where its symbols are.

import {readFileSync} from 'node:fs';

import {UsageError} from './options.mjs';

const EM_ARM = 40;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;

function readElf(data, path) {
    const at = (offset) => data.readUInt32LE(offset);
    if (data[4] !== 1 || data[5] !== 1 || data.readUInt16LE(18) !== EM_ARM) {
        throw new UsageError(`${path} is no 32-bit ELF file for ARM`);
    }
    const segments = [];
    const symbols = new Map();
    const [phSize, phCount, shSize, shCount] = [42, 44, 46, 48].map((o) => data.readUInt16LE(o));
    for (let i = 0; i < phCount; i++) {
        const header = at(28) + i * phSize;
        const [kind, offset, , address, bytes] = [0, 4, 8, 12, 16].map((o) => at(header + o));
        if (kind === PT_LOAD && bytes) {
            segments.push({address, data: data.subarray(offset, offset + bytes)}); // by physical address
        }
    }
    for (let i = 0; i < shCount; i++) {
        const header = at(32) + i * shSize;
        if (at(header + 4) !== SHT_SYMTAB) {
            continue;
        }
        const strings = at(at(32) + at(header + 24) * shSize + 16);
        for (let symbol = at(header + 16); symbol < at(header + 16) + at(header + 20); symbol += 16) {
            const name = strings + at(symbol);
            symbols.set(data.toString('latin1', name, data.indexOf(0, name)), at(symbol + 4));
        }
    }
    return {segments, symbols};
}

function readHex(text, path) {
    const segments = [];
    let upper = 0;
    for (const line of text.split(/\r?\n/)) {
        if (!line) {
            continue;
        }
        const bytes = Buffer.from(line.slice(1), 'hex');
        const sum = bytes.reduce((a, b) => a + b, 0) & 0xff;
        if (line[0] !== ':' || bytes.length < 5 || bytes.length !== bytes[0] + 5 || sum !== 0) {
            throw new UsageError(`${path} is no Intel HEX file: ${line}`);
        }
        const payload = bytes.subarray(4, -1);
        if (bytes[3] === 4) {
            upper = payload.readUInt16BE(0) * 0x10000;
        } else if (bytes[3] === 0) {
            segments.push({address: upper + bytes.readUInt16BE(1), data: payload});
        }
    }
    return {segments, symbols: new Map()};
}

export function load(path) {
    const data = readFileSync(path);
    const image = data.readUInt32BE(0) === 0x7f454c46 ? readElf(data, path) : readHex(data.toString('latin1'), path);
    if (!image.segments.length) {
        throw new UsageError(`${path} has nothing to load`);
    }
    return image;
}
