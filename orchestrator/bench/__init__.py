"""Us against the peers in one run: compiled, called on emulated cores, measured and shown. Suites are in bench/."""
