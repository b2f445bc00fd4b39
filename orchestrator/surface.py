"""How the command line tells a person what went wrong: one message, no traceback, an honest exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

P = ParamSpec("P")


def advice(function: Callable[P, None]) -> Callable[P, None]:
    """Turn the errors that a user can mend into their message and exit status 2; 1 stays for failed tests."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        import serial

        from fieldmouse.build import ToolchainError
        from fieldmouse.recording import DataError
        from orchestrator.convert.errors import ConvertError
        from orchestrator.link import LinkError
        from orchestrator.project import UserError
        from orchestrator.stack import StackError

        try:
            function(*args, **kwargs)
        except (
            UserError,
            DataError,
            ToolchainError,
            ConvertError,
            LinkError,
            StackError,
            serial.SerialException,
        ) as error:
            print(f"inv: {error}", file=sys.stderr)
            raise SystemExit(2) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None

    return run
