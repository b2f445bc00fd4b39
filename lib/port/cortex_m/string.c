/* The few functions of <string.h> that zig's bare-metal runtime lacks; gcc has them in newlib. */
#if defined(__clang__)

#include <stdint.h>
#include <string.h>

/* Declared so that the compiler does not turn each loop below into a call of the function that it is. */
#define PLAIN __attribute__((no_builtin))

PLAIN char *strchr(const char *text, int wanted)
{
    for (;; text++) {
        if (*text == (char)wanted) {
            return (char *)(uintptr_t)text;
        }
        if (*text == '\0') {
            return NULL;
        }
    }
}

PLAIN int strncmp(const char *a, const char *b, size_t n)
{
    for (; n != 0; n--, a++, b++) {
        if (*a != *b || *a == '\0') {
            return (unsigned char)*a - (unsigned char)*b;
        }
    }
    return 0;
}

PLAIN int strcmp(const char *a, const char *b) { return strncmp(a, b, (size_t)-1); }

PLAIN void *memchr(const void *from, int wanted, size_t n)
{
    const unsigned char *at = from;
    for (; n != 0; n--, at++) {
        if (*at == (unsigned char)wanted) {
            return (void *)(uintptr_t)at;
        }
    }
    return NULL;
}

#else
typedef int no_string_functions_needed; /* C99 wants something in every file */
#endif
