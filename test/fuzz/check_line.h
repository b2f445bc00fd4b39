/* Whether an output line is what the protocol promises, whatever it says. */
#ifndef CHECK_LINE_H
#define CHECK_LINE_H

#include <stddef.h>

/* NULL, or what is wrong with the `n` bytes, whose last is the line end. */
const char *check_line(const char *line, size_t n);

#endif
