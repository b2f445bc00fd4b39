"""Emulates AVR boards with libsimavr, which is the machine's; a small C program of ours drives it."""
