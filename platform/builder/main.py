"""The build itself, as SCons runs it: compiler, linker script, outputs, sizes and upload."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from SCons.Script import AlwaysBuild, Default, DefaultEnvironment, Import

env = DefaultEnvironment()

sys.path.insert(0, str(Path(env.PioPlatform().get_dir()) / "builder"))
import boundaries  # noqa: E402
import checksum  # noqa: E402
import elf  # noqa: E402
import memory  # noqa: E402
import memory_avr  # noqa: E402
import toolchain  # noqa: E402


def fail(message: str) -> None:
    sys.stderr.write(f"Error: {message}\n")
    env.Exit(1)


board = env.BoardConfig()
project = Path(env.subst("$PROJECT_DIR"))
build_dir = Path(env.subst("$BUILD_DIR"))
facts = board.get("fieldmouse")
on_host = facts["chip"] == "host"
script = build_dir / "memory.ld"
map_file = build_dir / "firmware.map"

# -- compiler and flags ------------------------------------------------------------------------------------------------

try:
    if not on_host:
        layout = memory_avr if toolchain.is_avr(board.get("build.cpu")) else memory
        text = layout.linker_script(env["BOARD"], facts["memory"], int(facts["stack_bytes"]))
        if not script.is_file() or script.read_text(encoding="utf-8") != text:
            script.write_text(text, encoding="utf-8")
    wanted = os.environ.get("FIELDMOUSE_TOOLCHAIN") or env.GetProjectOption("custom_toolchain", "")
    chosen = toolchain.choose(board.get("build.cpu"), project, script, wanted)
    lib_folders = [p.name for p in Path(env.subst(env["LIBSOURCE_DIRS"][0])).iterdir() if p.is_dir()]
    boundaries.check_declared(env.GetProjectOption("lib_deps", []), lib_folders, f"lib_deps of {env['PIOENV']}")
except (toolchain.ToolchainError, memory.MemoryMapError, boundaries.BoundaryError) as error:
    fail(str(error))


def quoted(words: list) -> str:
    return " ".join(f'"{w}"' if " " in w else w for w in words)


env["ENV"].update(chosen.environ)
env.Replace(
    CC=quoted(chosen.cc),
    CXX=quoted(chosen.cc),
    AS=quoted(chosen.cc),
    AR=quoted(chosen.ar),
    RANLIB=":",
    LINK=quoted(chosen.cc),
    PROGNAME="firmware",
    PROGSUFFIX=".elf",
    SIZETOOL=None,
)
env.Append(
    ASFLAGS=chosen.cpu_flags,
    ASPPFLAGS=["-x", "assembler-with-cpp"],
    CCFLAGS=[
        *chosen.cpu_flags,
        *chosen.c_flags,
        f"-std={chosen.standard}",
        *toolchain.C_FLAGS,
        f"{chosen.prefix_map}={project}=.",
    ],
    LINKFLAGS=chosen.cpu_flags + chosen.link_flags + ([f"{chosen.map_flag}{map_file}"] if chosen.map_flag else []),
    LIBS=chosen.libs,
    CPPDEFINES=[*sorted(facts["defines"].items()), ("BOARD", env["BOARD"])],
)

# -- program, Intel HEX, sizes -----------------------------------------------------------------------------------------

program = env.BuildProgram()
if not on_host:
    env.Depends(program, str(script))
Import("projenv")
try:
    boundaries.apply(env, projenv)
except boundaries.BoundaryError as error:
    fail(str(error))


def write_hex(target, source, env):
    region = memory.config_region(facts["memory"])
    text = elf.intel_hex(elf.Elf(Path(str(source[0]))), region[0] if region else None)
    Path(str(target[0])).write_text(text, encoding="ascii")


def write_map(target, source, env):
    """For a linker that writes no map: the same facts from the symbol table."""
    try:
        symbols = elf.Elf(Path(str(target[0]))).symbols
    except elf.NotElfError:
        return
    lines = [f"{s.address:#012x} {s.bytes:8d} {s.section:24} {s.name}\n" for s in symbols]
    map_file.write_text("".join(lines), encoding="utf-8")


def bar(name: str, used: int, limit: int, budget: int) -> str:
    share = used / limit
    text = f"{name} [{'=' * round(10 * min(share, 1)):10}] {share:6.1%} ({used} of {limit} bytes"
    return text + (f", budget {budget})" if budget else ")")


def report_size(target, source, env):
    """Prints the figures after every build; the board's limits were the linker's, the app's budget is checked here."""
    try:
        image = elf.Elf(Path(str(source[0])))
    except elf.NotElfError:
        return 0
    status = 0
    for name, key, used, limit in (
        ("Flash", "custom_flash_budget", image.flash_bytes(), board.get("upload.maximum_size")),
        ("RAM  ", "custom_ram_budget", image.ram_bytes(), board.get("upload.maximum_ram_size")),
    ):
        budget = int(env.GetProjectOption(key, 0))
        print(bar(name, used, int(limit), budget))
        if budget and used > budget:
            sys.stderr.write(f"Error: {name.strip()} use of {used} bytes is over the {key} of {budget}\n")
            status = 1
    print(f"Toolchain: {chosen.name} ({quoted(chosen.cc)})")
    return status


def check_stack(target, source, env):
    """Fails the build when the worst-case stack is more than the board reserves, or cannot be told."""
    command = [env["FIELDMOUSE_PYTHON"], "-m", "orchestrator.stack_check", str(source[0])]
    command += ["--reserved", str(facts["stack_bytes"])]
    run = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode == 0:
        print(run.stdout.strip())
        Path(str(target[0])).write_text(run.stdout, encoding="ascii")
    return run.returncode


def seal_boot(target, source, env):
    """Before anything is made from the image: the checksum that the chip's boot ROM asks for."""
    try:
        checksum.seal(Path(str(target[0])))
    except checksum.ChecksumError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


if memory.boot_region(facts["memory"]):
    env.AddPostAction(program, env.VerboseAction(seal_boot, "Sealing the boot block of $TARGET"))
if not chosen.map_flag:
    env.AddPostAction(program, env.VerboseAction(write_map, f"Writing {map_file.name}"))
targets = [program]
if not on_host:
    targets.append(
        env.Command(str(build_dir / "firmware.hex"), program, env.VerboseAction(write_hex, "Writing $TARGET"))
    )
    if facts["stack_bytes"]:
        targets.append(
            env.Command(
                [str(build_dir / "stack.txt")],
                program,
                env.VerboseAction(check_stack, "Checking the worst-case stack of $SOURCE"),
            )
        )
size = env.Alias("fieldmouse_size", targets, env.VerboseAction(report_size, "Checking size $SOURCE"))
AlwaysBuild(size)

# -- upload ------------------------------------------------------------------------------------------------------------


def upload(target, source, env):
    """Leaves the choice of tool, probe and port to the project, which then proves what runs on the board."""
    command = [env["FIELDMOUSE_PYTHON"], "-m", "orchestrator.flash", str(source[0]), "--board", env["BOARD"]]
    for option, value in (("--tool", env.subst("$UPLOAD_PROTOCOL")), ("--port", env.subst("$UPLOAD_PORT"))):
        command += [option, value] if value else []
    command += shlex.split(" ".join(env.GetProjectOption("upload_flags", [])))
    return subprocess.run(command, cwd=project, check=False).returncode


env.AddPlatformTarget("upload", program, [env.VerboseAction(upload, "Uploading $SOURCE")], "Upload", "To the board")
env.Depends("upload", size)
env.Alias("buildprog", targets)
Default([*targets, size])
