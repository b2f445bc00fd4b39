"""Build, flash, talk, emulate, evaluate: everything around the firmware that runs on the host."""
