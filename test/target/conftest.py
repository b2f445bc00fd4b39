"""The board under test: stock pytest-embedded-serial for single lines, the project's own link for whole recordings.

Both open what `--port` names, a real serial port or emu://…, and both cannot have it at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from elftools.elf.elffile import ELFFile

from fieldmouse.app import App
from orchestrator.flash import build_id
from orchestrator.link import Node
from orchestrator.prebuild import model_folder
from orchestrator.project import DEFAULT_APP, DEFAULT_BOARD, Env, board_facts, envs


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what the board behind --port cannot do: see the markers in pyproject.toml."""
    env = next((row for row in envs() if row.name == config.getoption("--env")), None)
    lacks = set()
    if not (config.getoption("port") or "").startswith("emu:"):
        lacks = {"emulated", "injects", "counts"}
    elif env:
        emulator = board_facts(env.board)["fieldmouse"]["emulator"]
        lacks = {name for name in ("injects", "counts") if not emulator[name]}
    if env:
        lacks.add("no_slot" if env.model_slot else "slot")
        lacks |= set() if env.sensors else {"sensor"}
        lacks |= {"once"} if env.name != f"{DEFAULT_APP}-{DEFAULT_BOARD}" else set()
    apart = [item for item in items if any(item.get_closest_marker(name) for name in lacks)]
    config.hook.pytest_deselected(items=apart)
    items[:] = [item for item in items if item not in apart]


@pytest.fixture(scope="session")
def port(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("port")


@pytest.fixture
def node(port: str) -> Iterator[Node]:
    with Node(port) as board:
        yield board


@pytest.fixture(scope="session")
def host_app(env: Env) -> App:
    """The same step function with the same model header, in this process."""
    return App(env.app, model_folder(env.app, env.variant) / "include", env.variant)


@pytest.fixture(scope="session")
def elf_ids(env: Env) -> tuple[str, str]:
    """Build id and model hash as the ELF under test has them."""
    with env.elf.open("rb") as file:
        elf = ELFFile(file)
        symbol = elf.get_section_by_name(".symtab").get_symbol_by_name(f"{env.app}_model")[0]
        section = elf.get_section(symbol["st_shndx"])
        at = symbol["st_value"] - section["sh_addr"]
        model = int.from_bytes(section.data()[at : at + 4], "little")
    return build_id(env.elf), f"{model:08x}"
