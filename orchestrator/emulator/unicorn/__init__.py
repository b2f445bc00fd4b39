"""Boards emulated on Unicorn: a Cortex-M core shared by all chips, and one package of peripherals for each."""
