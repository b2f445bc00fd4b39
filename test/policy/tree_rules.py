"""What the tree may not hold: each rule takes files (path from the root: text) and returns what breaks it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping

Files = Mapping[str, str]

APPS = ("cattle", "breathing_rate", "grid_fault", "fire_alarm", "one_dollar")
MEGABYTE = 1_000_000

# Built from pieces, so that this file does not hold what it looks for.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("registry", "platformio", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("conda", "anaconda", "org"),
        ("deb", "debian", "org"),
    )
]
_HOMES = re.compile(
    r"(?<![\w.])/(?:"
    + "|".join(["hom" + "e/", "User" + "s/", "roo" + "t/", "wor" + "k/"])
    + r")\w|\b[A-Z]:\\+User"
    + "s"
)


def no_app_names(files: Files) -> list[str]:
    """Only apps/, models/ and one constant, the default app, know an app's name."""
    known = {path.split("/")[1] for path in files if re.fullmatch(r"apps/\w+/app\.ini", path)}
    names = re.compile("|".join(name.replace("_", "[-_ ]?") for name in sorted({*APPS, *known})), re.IGNORECASE)
    default = re.compile(r'DEFAULT_APP = "\w+"')
    broken = []
    defaults = 0
    for path, text in files.items():
        if not path.startswith(("lib/", "platform/", "orchestrator/", "fieldmouse/")) and path not in (
            "tasks.py",
            "inv",
        ):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if default.fullmatch(line):
                defaults += 1
            elif names.search(line):
                broken.append(f"{path}:{number}: names an app: {line.strip()}")
    return broken + (["there are several DEFAULT_APP"] if defaults > 1 else [])


def no_test_folders(files: Files) -> list[str]:
    """PlatformIO claims directories of that name."""
    return sorted({path for path in files if re.match(r"test/(.*/)?test_[^/]*/", path)})


def no_large_files(files: Files) -> list[str]:
    """Data does not belong here."""
    sizes = {path: len(text.encode("utf-8", "surrogateescape")) for path, text in files.items()}
    return [f"{path}: {size} bytes" for path, size in sizes.items() if size > MEGABYTE]


def no_registries(files: Files) -> list[str]:
    """What is fetched is fetched by its ordinary client, from where the user's settings say."""
    return [f"{path}: names {host}" for path, text in files.items() for host in REGISTRIES if host in text]


def no_paths_of_a_machine(files: Files) -> list[str]:
    """No absolute path into somebody's home."""
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found.group()}…"
        for path, text in files.items()
        for found in _HOMES.finditer(text)
    ]


def says_what_it_is_for(files: Files) -> list[str]:
    """The first line of a module is a sentence about it."""
    broken = []
    for path, text in files.items():
        if path.endswith((".c", ".h")):
            first = text.split("\n", 1)[0]
            said = first.removeprefix("/*").strip(" */") if first.startswith("/*") else ""
        elif path.endswith(".py"):
            said = (ast.get_docstring(ast.parse(text)) or "").split("\n", 1)[0]
            said = "" if text.lstrip().startswith("#") and not text.startswith("#!") else said
        elif path.endswith(".ini") or text.startswith("#!"):
            lines = text.split("\n")
            said = (lines[1] if text.startswith("#!") else lines[0]).strip(' #;"')
        else:
            continue
        if len(said.split()) < 3:
            broken.append(f"{path}: its first line does not say what it is for")
    return broken


def libraries_parse(files: Files) -> list[str]:
    """Each folder of lib/ is a library that names itself and only others that are there."""
    libraries = {path.split("/")[1] for path in files if path.startswith("lib/") and path.count("/") > 1}
    broken = []
    for name in sorted(libraries):
        path = f"lib/{name}/library.json"
        try:
            about = json.loads(files[path])
        except (KeyError, ValueError) as error:
            broken.append(f"{path}: {error!r}")
            continue
        if about.get("name") != name:
            broken.append(f"{path}: names itself {about.get('name')}")
        broken += [
            f"{path}: there is no {other}" for other in about.get("dependencies") or () if other not in libraries
        ]
        broken += [] if "version" in about else [f"{path}: no version"]
    return broken
