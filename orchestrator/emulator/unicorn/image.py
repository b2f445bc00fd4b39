"""A firmware ELF: the bytes to program into flash, and where its symbols are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection


class ImageError(Exception):
    """The file is no firmware for this board."""


@dataclass(frozen=True)
class Image:
    """What a programmer would write, and what a debugger would know."""

    segments: list[tuple[int, bytes]]
    code: list[tuple[int, int]]
    symbols: dict[str, int]


def load(path: Path) -> Image:
    """Reads the loadable segments by physical address (LMA), as a programmer does."""
    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            if elf["e_machine"] != "EM_ARM":
                raise ImageError(f"{path} is an ELF for {elf['e_machine']}, not for ARM")
            segments = [(s["p_paddr"], s.data()) for s in elf.iter_segments("PT_LOAD") if s["p_filesz"]]
            code = [
                (s["sh_addr"], s["sh_addr"] + s["sh_size"])
                for s in elf.iter_sections()
                if s["sh_flags"] & 4 and s["sh_type"] == "SHT_PROGBITS"  # SHF_EXECINSTR
            ]
            table = elf.get_section_by_name(".symtab")
            symbols = {}
            if isinstance(table, SymbolTableSection):
                symbols = {
                    s.name: s["st_value"] for s in table.iter_symbols() if s.name and s["st_shndx"] != "SHN_UNDEF"
                }
    except OSError as error:
        raise ImageError(f"cannot read {path}: {error.strerror}") from error
    except ELFError as error:
        raise ImageError(f"{path} is no ELF file: {error}") from error
    if not segments:
        raise ImageError(f"{path} has nothing to load")
    return Image(segments, code, symbols)
