"""Lets a library see exactly the headers of the libraries that it declares, and an app those of its `lib_deps`.

With `lib_ldf_mode = off` PlatformIO still shows each library every one that happens to be built before it. Here each
gets its own folder, those of its declared `dependencies` and theirs, and what the project's pre-build script grants
by name in FIELDMOUSE_INCLUDES, so that an undeclared include fails the build whatever the order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PROJECT = "<project>"  # the app's own sources, as a key of FIELDMOUSE_INCLUDES


class BoundaryError(RuntimeError):
    """A declared library that is not there."""


def check_declared(names: Iterable[str], known: Iterable[str], owner: str) -> None:
    """Refuses a name that no folder of lib/ has: PlatformIO would ask its registry for it, or say nothing."""
    known = sorted(known)
    for name in names:
        if name not in known:
            raise BoundaryError(f"{owner} names the library '{name}', which lib/ does not have ({', '.join(known)})")


def _closure(builder: Any, by_name: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    queue = [builder]
    while queue:
        current = queue.pop(0)
        if current in found:
            continue
        found.append(current)
        queue += [by_name[d["name"]] for d in current.dependencies or [] if d["name"] in by_name]
    return found


def _grant(scons_env: Any, folders: list[str], granted: dict[str, list[str]]) -> None:
    scons_env.Replace(CPPPATH=[*folders, *granted.get("include", [])])
    for folder in granted.get("system", []):
        scons_env.Append(CCFLAGS=["-isystem", folder])


def apply(env: Any, projenv: Any) -> None:
    """Call after BuildProgram: SCons reads an environment's include path only when it compiles."""
    builders = list(env.GetLibBuilders())
    by_name = {b.name: b for b in builders}
    grants = env.get("FIELDMOUSE_INCLUDES", {})
    for builder in builders:
        check_declared((d["name"] for d in builder.dependencies or []), by_name, f"lib/{builder.name}/library.json")
        folders = [f for b in _closure(builder, by_name) for f in b.get_include_dirs()]
        _grant(builder.env, folders, grants.get(builder.name, {}))
    declared = [by_name[name] for name in env.GetProjectOption("lib_deps", []) if name in by_name]
    folders = [f for b in declared for f in b.get_include_dirs()]
    _grant(projenv, folders, grants.get(PROJECT, {}))
