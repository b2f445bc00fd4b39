"""Compiles only the board's chip, and the folders that it shares with other chips."""

Import("env")  # noqa: F821

facts = env.BoardConfig().get("fieldmouse")  # noqa: F821
folders = [facts["chip"], *facts["shared"]]
env.Replace(SRC_FILTER=["-<*>", *[f"+<{folder}/>" for folder in folders]])  # noqa: F821
