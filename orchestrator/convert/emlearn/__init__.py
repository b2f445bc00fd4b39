"""Pieces for emlearn, the engine of the installed package, its faults mended: one module a family of estimators."""
