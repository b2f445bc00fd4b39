/* Where constant tables live: flash on every chip, with no copy in RAM. */
#ifndef ROM_H
#define ROM_H

/* AVR keeps constants in a separate address space that only a named-address-space type can reach; every other
 * chip maps its flash. Declare a table `static const ROM T name[]` and a pointer to it `const ROM T *`. */
#if defined(__AVR__)
#define ROM __flash
#else
#define ROM
#define ROM_MAPPED /* a pointer to ROM may as well point to RAM */
#endif

#endif
