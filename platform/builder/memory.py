"""Writes a board's linker script from its memory regions, so that a board stays a row of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TEMPLATE = """\
/* Generated from boards/{board}.json. */
ENTRY(Reset_Handler)

MEMORY
{{
{regions}
}}

SECTIONS
{{
{boot}    /* At the low end of its region: a stack that grows too far leaves memory and faults, it meets no variable. */
    .stack (NOLOAD) :
    {{
        __stack_limit = .;
        . += {stack_bytes};
        . = ALIGN(8);
        __stack_top = .;
    }} > {stack}

    .text :
    {{
        KEEP(*(.vectors))
        *(.text .text.*)
        . = ALIGN(4);
        *(.rodata .rodata.*)
        . = ALIGN(4);
    }} > {code}

    .note.gnu.build-id :
    {{
        __build_id_note = .;
        KEEP(*(.note.gnu.build-id))
        . = ALIGN(4);
    }} > {code}

    .data :
    {{
        __data_start = .;
        *(.data .data.*)
        . = ALIGN(4);
        __data_end = .;
    }} > {data} AT> {code}
    __data_load = LOADADDR(.data);

    .bss (NOLOAD) :
    {{
        __bss_start = .;
        *(.bss .bss.* COMMON)
        . = ALIGN(4);
        __bss_end = .;
    }} > {data}

    /* Buffers that a DMA engine must reach; neither cleared nor loaded. */
    .dma (NOLOAD) :
    {{
        . = ALIGN(4);
        *(.dma .dma.*)
        . = ALIGN(4);
    }} > {dma}

    /* Keeps its content over every reset but power-on. */
    .noinit (NOLOAD) :
    {{
        . = ALIGN(4);
        *(.noinit .noinit.*)
        . = ALIGN(4);
    }} > {data}

{config}    /DISCARD/ : {{ *(.ARM.exidx*) *(.ARM.extab*) *(.eh_frame*) *(.comment) }}
}}
"""


# Words that a programmer writes beside the code, such as option bytes; only where a region is given for them. INFO: no
# part of the program that runs, so no loader of the ELF file stumbles over them; the HEX file carries them.
CONFIG = """\
    .config {origin:#010x} (INFO) :
    {{
        KEEP(*(.config))
    }}
    ASSERT(SIZEOF(.config) <= {bytes}, "too many .config words for the board")

"""


# A block that a chip's boot ROM takes in and checks before anything else; only where a region is given for it. Its last
# four bytes are left for checksum.py.
BOOT = """\
    .boot :
    {{
        __boot_start = .;
        KEEP(*(.boot))
        . += {bytes} - 4 - (. - __boot_start);
        LONG(0)
    }} > {name}
    ASSERT(SIZEOF(.boot) == {bytes}, "the boot block does not fill its region")

"""


class MemoryMapError(ValueError):
    """A board's memory map that no firmware can be linked for."""


def region_for(role: str, regions: Sequence[Mapping[str, Any]], fallback: str | None = None) -> str:
    """The name of the first region with the role."""
    for region in regions:
        if role in region["roles"]:
            return str(region["name"])
    if fallback is None:
        raise MemoryMapError(f"no memory region has the role '{role}'")
    return fallback


def config_region(regions: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    """Origin and size of the region with the role `config`, where a chip has one."""
    found = next((r for r in regions if "config" in r["roles"]), None)
    return (int(str(found["origin"]), 0), int(found["bytes"])) if found else None


def boot_region(regions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The region with the role `boot`, where a chip has one."""
    return next((r for r in regions if "boot" in r["roles"]), None)


def linker_script(board: str, regions: Sequence[Mapping[str, Any]], stack_bytes: int) -> str:
    """The script for `regions` (name, origin, bytes, roles); `stack_bytes` are reserved whole."""
    data = region_for("data", regions)
    config = config_region(regions)
    boot = boot_region(regions)
    lines = [
        f"    {r['name']} ({'rx' if {'code', 'boot'} & set(r['roles']) else 'rw'}) : "
        f"ORIGIN = {int(str(r['origin']), 0):#010x}, LENGTH = {int(r['bytes']):#x}"
        for r in regions
        if "config" not in r["roles"]
    ]
    return TEMPLATE.format(
        board=board,
        regions="\n".join(lines),
        code=region_for("code", regions),
        data=data,
        stack=region_for("stack", regions, data),
        dma=region_for("dma", regions, data),
        stack_bytes=stack_bytes,
        boot=BOOT.format(name=boot["name"], bytes=int(boot["bytes"])) if boot else "",
        config=CONFIG.format(origin=config[0], bytes=config[1]) if config else "",
    )
