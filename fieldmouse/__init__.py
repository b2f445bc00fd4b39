"""Fieldmouse in Python: the firmware's own C on NumPy arrays."""
