/* The one C file that includes the models which a conversion wrote: their tables, and functions that call the engine's headers. */
#include "compact_models.h"
