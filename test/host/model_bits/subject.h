/* The model that model_bits.c asks: one that was built in (built.c) or loaded (loaded.c). */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

/* As model_t has them, and which answers there are. */
typedef struct {
    uint16_t n_features;
    uint8_t n_classes;
    uint8_t n_outputs;
    bool classifies;
    bool regresses;
    bool scores;
} subject_t;

subject_t subject(void);
uint8_t subject_classify(const int16_t *features, uint8_t *proba);
void subject_regress(const int16_t *features, int32_t *outputs);
int32_t subject_score(const int16_t *features);

#endif
