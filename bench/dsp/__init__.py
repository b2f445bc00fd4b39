"""The fixed-point front end against CMSIS-DSP and emlearn."""
