/* What the protocol's text says about `load`. */
#include <string.h>

#include "shadow.h"

#ifdef NODE_MODEL_SLOT

void shadow_unload(shadow_t *self)
{
    memset(&self->slot, 0, sizeof self->slot);
}

static void begin(shadow_t *self, shadow_word_t number)
{
    shadow_slot_t *slot = &self->slot;
    int64_t bytes;
    if (!shadow_parse(number, 1, UINT32_MAX, &bytes)) {
        shadow_say_error(self, SHADOW_args);
    } else if (bytes > NODE_MODEL_SLOT - (int64_t)slot->used) {
        shadow_say_want(self, SHADOW_room, NODE_MODEL_SLOT - slot->used);
    } else {
        self->outcomes[SHADOW_begun]++;
        slot->wanted = (uint32_t)bytes;
        slot->next = 0;
        shadow_say_done(self, "load");
    }
}

static void data(shadow_t *self, shadow_word_t number, shadow_word_t text)
{
    static uint8_t bytes[NODE_LINE_BYTES];
    shadow_slot_t *slot = &self->slot;
    int64_t offset;
    if (!shadow_parse(number, 0, UINT32_MAX, &offset)) {
        shadow_say_error(self, SHADOW_args);
        return;
    }
    const int n = shadow_decode(text, bytes);
    const bool next = offset == slot->next;
    if (slot->wanted == 0 || n < 0 || offset + n > (next ? slot->wanted : slot->next)) {
        shadow_say_want(self, SHADOW_chunk, slot->wanted != 0 ? slot->next : 0);
        return;
    }
    if (next) {
        memcpy(slot->bytes + offset, bytes, (size_t)n);
        slot->next += (uint32_t)n;
    }
    self->outcomes[next ? SHADOW_part : SHADOW_part_again]++;
    shadow_say_done(self, "load");
}

/* A model is good if it is one of those that are known to be, for such an app. */
static void commit(shadow_t *self)
{
    shadow_slot_t *slot = &self->slot;
    if (slot->wanted == 0 || slot->next != slot->wanted) {
        shadow_say_want(self, SHADOW_chunk, slot->wanted != 0 ? slot->next : 0);
        return;
    }
    const models_t *found = models_of(slot->wanted);
    slot->wanted = 0;
    if (found == NULL || !found->fits || memcmp(found->bytes, slot->bytes, found->n) != 0) {
        shadow_say_error(self, SHADOW_model);
        return;
    }
    self->outcomes[SHADOW_loaded]++;
    slot->model = found;
    slot->used = found->n;
    shadow_start(self);
    shadow_say_done(self, "load");
}

void shadow_load(shadow_t *self, const shadow_word_t *words, size_t count)
{
    if (count == 3 && shadow_is(words[1], "begin")) {
        begin(self, words[2]);
    } else if (count == 4 && shadow_is(words[1], "data")) {
        data(self, words[2], words[3]);
    } else if (count == 2 && shadow_is(words[1], "commit")) {
        commit(self);
    } else {
        shadow_say_error(self, SHADOW_args);
    }
}

#else

void shadow_unload(shadow_t *self)
{
    (void)self;
}

void shadow_load(shadow_t *self, const shadow_word_t *words, size_t count)
{
    (void)words;
    (void)count;
    shadow_say_error(self, SHADOW_slot);
}

#endif
