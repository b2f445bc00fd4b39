/* Bytes in and out of this process, counted and, where it was asked for, damaged. */
#define _POSIX_C_SOURCE 200809L
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

bool wire_add_fault(wire_t *self, wire_kind_t kind, const char *text)
{
    wire_faults_t *list = &self->faults[kind];
    unsigned long long at = 0;
    unsigned bit = 0;
    const int n = sscanf(text, kind == WIRE_FLIP ? "%llu:%u" : "%llu", &at, &bit);
    if (n != (kind == WIRE_FLIP ? 2 : 1) || bit > 7 || list->n == WIRE_LISTED) {
        return false;
    }
    list->at[list->n] = at;
    list->bit[list->n++] = (uint8_t)bit;
    return true;
}

int wire_waiting(const wire_t *self) { return self->in_n - self->in_at; }

bool wire_poll(wire_t *self, int64_t timeout_ns)
{
    const struct timespec wait = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    if (self->ended || wire_waiting(self) == WIRE_AHEAD) {
        if (timeout_ns > 0) {
            (void)nanosleep(&wait, NULL);
        }
        return false;
    }
    fd_set in;
    FD_ZERO(&in);
    FD_SET(STDIN_FILENO, &in);
    if (pselect(STDIN_FILENO + 1, &in, NULL, NULL, &wait, NULL) <= 0) {
        return false;
    }
    memmove(self->in, self->in + self->in_at, (size_t)wire_waiting(self));
    self->in_n -= self->in_at;
    self->in_at = 0;
    const ssize_t got = read(STDIN_FILENO, self->in + self->in_n, (size_t)(WIRE_AHEAD - self->in_n));
    if (got <= 0) {
        self->ended = got == 0 || errno != EINTR;
        return self->ended;
    }
    self->in_n += (int)got;
    return true;
}

static int listed(const wire_faults_t *list, uint64_t number)
{
    for (int i = 0; i < list->n; i++) {
        if (list->at[i] == number) {
            return i;
        }
    }
    return -1;
}

wire_frame_t wire_take(wire_t *self)
{
    wire_frame_t frame = {.byte = self->in[self->in_at++]};
    const uint64_t number = ++self->received;
    const int flip = listed(&self->faults[WIRE_FLIP], number);
    if (flip >= 0) {
        frame.byte ^= (uint8_t)(1u << self->faults[WIRE_FLIP].bit[flip]);
    }
    if (listed(&self->faults[WIRE_DROP], number) >= 0) {
        frame.lost = true;
    } else if (listed(&self->faults[WIRE_OVERRUN], number) >= 0) {
        frame.lost = frame.overrun = true;
    } else if (listed(&self->faults[WIRE_BREAK], number) >= 0) {
        frame.byte = 0;
        frame.framing = true;
    }
    return frame;
}

void wire_send(wire_t *self, uint8_t byte)
{
    self->out[self->out_n++] = byte;
    self->sent++;
    if (self->out_n == WIRE_AHEAD) {
        wire_flush(self);
    }
}

void wire_flush(wire_t *self)
{
    int done = 0;
    while (done < self->out_n && !self->broken) {
        const ssize_t n = write(STDOUT_FILENO, self->out + done, (size_t)(self->out_n - done));
        if (n > 0) {
            done += (int)n;
        } else if (errno != EINTR) {
            self->broken = true;
        }
    }
    self->out_n = 0;
}
