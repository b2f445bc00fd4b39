"""`python -m orchestrator.flash firmware.elf --board BOARD`: what `pio run -t upload` calls."""

from __future__ import annotations

import argparse
from pathlib import Path

from orchestrator.flash import flash
from orchestrator.flash.flashing import AUTO
from orchestrator.surface import advice


@advice
def main() -> None:
    """Flash, and say what runs now."""
    parser = argparse.ArgumentParser(prog="upload_flags")
    parser.add_argument("image", type=Path)
    parser.add_argument("--board", required=True)
    parser.add_argument("--port", default="")
    parser.add_argument("--probe", default="")
    parser.add_argument("--tool", default=AUTO)
    chosen = parser.parse_args()
    print(flash(chosen.image, chosen.board, port=chosen.port, probe=chosen.probe, tool=chosen.tool))


if __name__ == "__main__":
    main()
