"""QEMU as the emulator of a board, where Debian's own release is too old and the UART must be pumped."""
