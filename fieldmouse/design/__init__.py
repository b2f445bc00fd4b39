"""Design tools: SciPy's floating-point designs as the tables that lib/dsp takes.

Each design is a frozen dataclass: its NumPy arrays go to `fieldmouse.dsp`, and `c(name)` is the same as C.
`tables` calls them by name for an app that asks for tables in its dsp.toml.
"""
