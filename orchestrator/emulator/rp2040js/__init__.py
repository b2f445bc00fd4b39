"""The RP2040 on rp2040js: an engine from npm, driven by a small Node program of ours in `runner/`."""
