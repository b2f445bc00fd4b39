"""What the chips of the STM32 family share; each chip's own package is a table (`chip.Chip`) beside this folder."""
