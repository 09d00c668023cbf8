/*
 * The line discipline: see line.h.
 */
#include "line.h"

#include <string.h>

#define CONTROL(letter) ((letter)&0x1f)
#define DELETE 0x7f

void line_initialize(struct line *line, struct byte_ring *ring,
                     void (*echo)(void *context, const char *bytes, size_t length), void *context)
{
    line->ring = ring;
    line->echo = echo;
    line->context = context;
    line->length = 0;
    line->finished = false;
}

static void echo_text(struct line *line, const char *text)
{
    line->echo(line->context, text, strlen(text));
}

bool line_is_blocked(const struct line *line)
{
    return line->finished;
}

bool line_retry(struct line *line)
{
    if (!line->finished || !byte_ring_write(line->ring, line->bytes, line->length))
        return false;
    line->length = 0;
    line->finished = false;
    return byte_ring_consumer_sleeps(line->ring);
}

static bool deliver(struct line *line)
{
    line->finished = true;
    return line_retry(line);
}

/* The bytes of one character: a UTF-8 sequence goes as a whole. */
static void rub_out_character(struct line *line)
{
    while (line->length > 0 && ((unsigned char)line->bytes[line->length - 1] & 0xc0) == 0x80)
        line->length--;
    if (line->length > 0) {
        line->length--;
        echo_text(line, "\b \b");
    }
}

static void rub_out_word(struct line *line)
{
    while (line->length > 0 && line->bytes[line->length - 1] == ' ')
        rub_out_character(line);
    while (line->length > 0 && line->bytes[line->length - 1] != ' ')
        rub_out_character(line);
}

static void append(struct line *line, char byte)
{
    /* Room for the line feed is kept. */
    if (line->length == LINE_BYTES_MAX - 1) {
        echo_text(line, "\a");
        return;
    }
    line->bytes[line->length++] = byte;
    line->echo(line->context, &byte, 1);
}

bool line_input(struct line *line, char byte)
{
    if (line->finished) {
        echo_text(line, "\a");
        return false;
    }
    switch (byte) {
    case '\r':
    case '\n':
        line->bytes[line->length++] = '\n';
        echo_text(line, "\n");
        return deliver(line);
    case '\b':
    case DELETE: rub_out_character(line); return false;
    case CONTROL('U'):
        while (line->length > 0)
            rub_out_character(line);
        return false;
    case CONTROL('W'): rub_out_word(line); return false;
    case CONTROL('D'):
        if (line->length == 0)
            line->bytes[line->length++] = LINE_END_OF_FILE;
        return deliver(line);
    default:
        if (byte == '\t' || (unsigned char)byte >= ' ')
            append(line, byte);
        return false;
    }
}
