/* Reads ELF files for an AVR. */
#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "emulator: ");
    vfprintf(stderr, format, list);
    fprintf(stderr, "\n");
    va_end(list);
    exit(2);
}

/* The parts of an ELF file that are wanted here (System V ABI, 4 and 5), as they stand on a little-endian machine. */
enum { ELFCLASS32 = 1, ELFDATA2LSB = 1, EM_AVR = 83, PT_LOAD = 1 };

typedef struct {
    uint8_t ident[16]; /* the magic number, class, byte order */
    uint16_t type, machine;
    uint32_t version, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
} elf_head_t;

typedef struct {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
} elf_segment_t;

void load(avr_t *avr, const char *path)
{
    static const uint8_t IDENT[] = {0x7F, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB};
    FILE *file = fopen(path, "rb");
    elf_head_t head;
    if (file == NULL || fread(&head, sizeof head, 1, file) != 1 || memcmp(head.ident, IDENT, sizeof IDENT) != 0 ||
        head.machine != EM_AVR) {
        fail("%s is no image for an AVR", path);
    }
    for (uint32_t i = 0; i < head.phnum; i++) {
        elf_segment_t segment;
        if (fseek(file, (long)(head.phoff + i * head.phentsize), SEEK_SET) != 0 ||
            fread(&segment, sizeof segment, 1, file) != 1) {
            fail("%s is cut off", path);
        }
        if (segment.type != PT_LOAD || segment.filesz == 0) {
            continue;
        }
        if (segment.paddr > avr->flashend || segment.filesz > avr->flashend + 1 - segment.paddr) {
            fail("%s: a segment at 0x%x, %u bytes, is not in this chip's flash", path, segment.paddr, segment.filesz);
        }
        if (fseek(file, (long)segment.offset, SEEK_SET) != 0 ||
            fread(avr->flash + segment.paddr, segment.filesz, 1, file) != 1) {
            fail("%s is cut off", path);
        }
    }
    (void)fclose(file);
}
