// The CRC-32 of the RP2040's boot ROM (datasheet 2.8.1.3.1), written apart from the one of the build.

export function crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
        for (let bit = 7; bit >= 0; bit--) {
            const out = (crc >>> 31) ^ ((byte >> bit) & 1);
            crc = (crc << 1) ^ (out ? 0x04c11db7 : 0);
        }
    }
    return crc >>> 0;
}
