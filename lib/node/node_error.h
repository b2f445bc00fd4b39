/* Why a line is refused: node_say.c has the names and says what each means. */
#ifndef NODE_ERROR_H
#define NODE_ERROR_H

typedef enum {
    DONE = 0,
    ERROR_LONG,
    ERROR_GARBLED,
    ERROR_VERB,
    ERROR_CRC,
    ERROR_ARGS,
    ERROR_STREAM,
    ERROR_SEQ,
    ERROR_FRAMES,
    ERROR_RANGE,
    ERROR_PARAM,
    ERROR_BUSY,
    ERROR_SLOT,
#ifdef NODE_MODEL_SLOT
    ERROR_ROOM,
    ERROR_CHUNK,
    ERROR_MODEL,
#endif
    ERRORS
} node_error_t;

#endif
