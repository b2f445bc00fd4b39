/* Good loadable models to begin from, read from files. */
#ifndef BLOB_FILES_H
#define BLOB_FILES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOB_FILES = 24, BLOB_BYTES = 8192 };

typedef struct {
    uint8_t bytes[BLOB_BYTES];
    uint32_t n;
} blob_file_t;

/* Reads at most BLOB_FILES; ends the program when one cannot be read. */
static inline int blob_files(blob_file_t *files, int n, char **names)
{
    for (int i = 0; i < n; i++) {
        FILE *file = i < BLOB_FILES ? fopen(names[i], "rb") : NULL;
        if (file == NULL) {
            fprintf(stderr, "cannot read %s\n", names[i]);
            exit(2);
        }
        files[i].n = (uint32_t)fread(files[i].bytes, 1, BLOB_BYTES, file);
        fclose(file);
    }
    return n;
}

#endif
