// What the command line of the emulator may say, and plain words for what it may not.

export class UsageError extends Error {}

const INJECTIONS = 'drop-rx=N, flip-rx=N:BIT (0 to 7), break-rx=N, overrun=N or hang-at=MS';

function whole(text, least) {
    const value = Number(text);
    return /^(0x[0-9a-fA-F]+|\d+)$/.test(text ?? '') && value >= least ? value : undefined;
}

// Faults by the number of the received byte (the first is 1), and the time when the main loop hangs.
export class Injections {
    drop = new Set();
    flip = new Map();
    lineBreak = new Set();
    overrun = new Set();
    hangAtMs = undefined;

    add(spec) {
        for (const one of spec.split(',')) {
            const [kind, value] = one.split('=', 2);
            const sets = {'drop-rx': this.drop, 'break-rx': this.lineBreak, overrun: this.overrun};
            const [at, bit] = (value ?? '').split(':');
            if (kind === 'hang-at' && value !== '' && Number(value) >= 0) {
                this.hangAtMs = Number(value);
            } else if (kind === 'flip-rx' && whole(at, 1) && whole(bit, 0) <= 7) {
                this.flip.set(Number(at), Number(bit));
            } else if (sets[kind] && whole(value, 1)) {
                sets[kind].add(Number(value));
            } else {
                throw new UsageError(`cannot inject '${one}': it is ${INJECTIONS}`);
            }
        }
    }
}

export function parse(words) {
    const options = {image: undefined, package: undefined, counts: undefined, count: 'cycles', uart: 'pl011'};
    options.injections = new Injections();
    options.load = 0x20000000;
    options.baud = 1000000;
    for (let i = 0; i < words.length; i++) {
        const [name, ...rest] = words[i].split('=');
        const value = rest.length ? rest.join('=') : undefined;
        if (!name.startsWith('--')) {
            if (options.image !== undefined) {
                throw new UsageError(`one image, not two: ${options.image} and ${words[i]}`);
            }
            options.image = words[i];
            continue;
        }
        const text = value ?? words[++i]; // --name=value or --name value
        const choose = (known) => {
            if (!known.includes(text)) {
                throw new UsageError(`${name}=${text}: this engine knows ${known.join(' and ')}`);
            }
            return text;
        };
        const number = () => {
            const found = whole(text, 0);
            if (found === undefined) {
                throw new UsageError(`${name}=${text} is no number`);
            }
            return found;
        };
        if (name === '--rp2040js') {
            options.package = text;
        } else if (name === '--counts') {
            options.counts = text;
        } else if (name === '--inject') {
            options.injections.add(text ?? '');
        } else if (name === '--count') {
            options.count = choose(['cycles', 'instructions']);
        } else if (name === '--uart') {
            options.uart = choose(['pl011', 'rp2040js']);
        } else if (name === '--baud') {
            options.baud = number();
        } else if (name === '--bare') {
            options.bare = number();
        } else if (name === '--load') {
            options.load = number();
        } else if (name === '--limit') {
            options.limit = number();
        } else {
            throw new UsageError(`unknown option ${name}`);
        }
    }
    if (options.image === undefined || options.package === undefined) {
        throw new UsageError('it is: --rp2040js=FOLDER [options] IMAGE');
    }
    return options;
}
