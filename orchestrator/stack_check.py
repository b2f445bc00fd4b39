"""After each link: the image's worst-case stack against what its board reserves. Run by the pre-build script."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from orchestrator.stack import StackError, worst_case


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("elf", type=Path)
    parser.add_argument("--reserved", type=int, required=True, help="bytes, the board's stack_bytes")
    arguments = parser.parse_args()
    try:
        stack = worst_case(arguments.elf)
    except StackError as error:
        print(f"Error: the worst-case stack cannot be told: {error}", file=sys.stderr)
        return 1
    if stack.total > arguments.reserved:
        deepest = " → ".join(stack.path)
        print(
            f"Error: the worst-case stack of {stack.total} bytes is over the board's stack_bytes of {arguments.reserved}: "
            f"{deepest}, and {stack.interrupt} for the deepest interrupt",
            file=sys.stderr,
        )
        return 1
    print(f"Stack {stack.total} of {arguments.reserved} bytes in the worst case")
    return 0


if __name__ == "__main__":
    sys.exit(main())
