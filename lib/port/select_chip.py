"""Compiles only the board's chip, and the start-up code that the chips of its CPU family share."""

Import("env")  # noqa: F821

board = env.BoardConfig()  # noqa: F821
folders = [board.get("fieldmouse")["chip"]]
if board.get("build.cpu").startswith("cortex-m"):
    folders.append("cortex_m")
env.Replace(SRC_FILTER=["-<*>", *[f"+<{folder}/>" for folder in folders]])  # noqa: F821
