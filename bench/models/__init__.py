"""Converted models against emlearn, m2cgen, micromlgen and everywhereml."""
