"""Chips that pyOCD lacks, as user scripts for it."""
