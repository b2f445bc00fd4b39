"""Writes the linker script of an AVR board from its memory regions: flash and RAM are two address spaces there.

The linker keeps them apart by an offset: data addresses lie from 0x800000 on, and the manifest gives them so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memory import region_for

TEMPLATE = """\
/* Generated from boards/{board}.json. */
OUTPUT_FORMAT("elf32-avr")
OUTPUT_ARCH(avr:5)
ENTRY(vectors)

MEMORY
{{
{regions}
}}

SECTIONS
{{
    .text :
    {{
        KEEP(*(.vectors))
        /* Constants first: a 16-bit pointer and LPM reach only the lower 64 kB. */
        *(.progmem .progmem.*)
        . = ALIGN(2);
        *(.trampolines .trampolines.*)
        *(.jumptables .jumptables.*)
        /* From reset to main, one after the other; libgcc's copying of .data and clearing of .bss are in .init4. */
        KEEP(*(.init0))
        KEEP(*(.init1))
        KEEP(*(.init2))
        KEEP(*(.init3))
        KEEP(*(.init4))
        KEEP(*(.init5))
        KEEP(*(.init6))
        KEEP(*(.init7))
        KEEP(*(.init8))
        KEEP(*(.init9))
        *(.text .text.*)
        . = ALIGN(2);
    }} > {code}

    .note.gnu.build-id :
    {{
        __build_id_note = .;
        KEEP(*(.note.gnu.build-id))
        . = ALIGN(2);
    }} > {code}

    .data :
    {{
        __data_start = .;
        *(.data .data.*)
        __data_end = .;
    }} > {data} AT> {code}
    __data_load_start = LOADADDR(.data);

    /* What is constant and not ROM would be copied into RAM. */
    .rodata :
    {{
        *(.rodata .rodata.*)
    }} > {data} AT> {code}
    ASSERT(SIZEOF(.rodata) == 0, "a constant table or string is not ROM (section .rodata in the map) and would take RAM")

    .bss (NOLOAD) :
    {{
        __bss_start = .;
        *(.bss .bss.* COMMON)
        __bss_end = .;
    }} > {data}

    /* Keeps its content over every reset but power-on. Behind all variables: a bootloader uses the low end of RAM while
       it programs, and the high end as its stack. */
    .noinit (NOLOAD) :
    {{
        *(.noinit .noinit.*)
    }} > {data}

    /* Only reserves: the stack itself hangs from the end of RAM. */
    .stack (NOLOAD) :
    {{
        . += {stack_bytes};
    }} > {stack}
    __stack_top = ORIGIN({stack}) + LENGTH({stack});
    __stack_limit = __stack_top - {stack_bytes};

    /DISCARD/ : {{ *(.comment) *(.eh_frame*) }}
}}
"""


def linker_script(board: str, regions: Sequence[Mapping[str, Any]], stack_bytes: int) -> str:
    """The script for `regions` (name, origin, bytes, roles); `stack_bytes` are reserved whole."""
    data = region_for("data", regions)
    lines = [
        f"    {r['name']} ({'rx' if 'code' in r['roles'] else 'rw!x'}) : "
        f"ORIGIN = {int(str(r['origin']), 0):#x}, LENGTH = {int(r['bytes']):#x}"
        for r in regions
    ]
    return TEMPLATE.format(
        board=board,
        regions="\n".join(lines),
        code=region_for("code", regions),
        data=data,
        stack=region_for("stack", regions, data),
        stack_bytes=stack_bytes,
    )
