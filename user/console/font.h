/*
 * The font for pixel screens: made at build time by make_font.py, ascending by code point.
 */
#pragma once

#include <stdint.h>

#define FONT_WIDTH 8
#define FONT_HEIGHT 16

struct font_glyph {
    uint16_t code_point;
    uint8_t rows[FONT_HEIGHT]; /* the leftmost pixel is the highest bit */
};

extern const struct font_glyph font_glyphs[];
extern const unsigned font_glyph_count;
