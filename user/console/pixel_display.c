/*
 * A linear framebuffer of RGB pixels, 16, 24 or 32 bits each: what UEFI machines have.
 * Characters are drawn with the font of font.h, grey on black.
 */
#include "font.h"
#include "screen.h"

#include <stddef.h>

#define FRAMEBUFFER_RGB 1
#define GREY 0xaau

static const struct font_glyph *find_glyph(uint16_t code_point)
{
    unsigned low = 0, high = font_glyph_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (font_glyphs[middle].code_point == code_point)
            return &font_glyphs[middle];
        if (font_glyphs[middle].code_point < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static uint32_t foreground(const struct boot_framebuffer *framebuffer)
{
    if (framebuffer->bits_per_pixel == 32 || framebuffer->bits_per_pixel == 24)
        return GREY << framebuffer->red_position | GREY << framebuffer->green_position |
               GREY << framebuffer->blue_position;
    /* 5-6-5 or 5-5-5 bits: the upper four of each five are enough for one grey. */
    uint32_t level = GREY >> 3;
    return level << framebuffer->red_position | level << framebuffer->green_position |
           level << framebuffer->blue_position;
}

static void set_pixel(uint64_t address, unsigned bytes, uint32_t value)
{
    if (bytes == 4) {
        *(volatile uint32_t *)(uintptr_t)address = value;
        return;
    }
    for (unsigned i = 0; i < bytes; i++)
        ((volatile uint8_t *)(uintptr_t)address)[i] = (uint8_t)(value >> i * 8);
}

static void draw(const struct display *display, uint32_t column, uint32_t row, uint16_t character)
{
    const struct boot_framebuffer *framebuffer = &display->framebuffer;
    const struct font_glyph *glyph = find_glyph(character);
    if (glyph == NULL)
        glyph = find_glyph('?');
    unsigned pixel_bytes = (framebuffer->bits_per_pixel + 7u) / 8;
    uint32_t colour = foreground(framebuffer);
    for (unsigned y = 0; y < FONT_HEIGHT; y++) {
        uint64_t address = framebuffer->address +
                           (uint64_t)(row * FONT_HEIGHT + y) * framebuffer->pitch_bytes +
                           (uint64_t)column * FONT_WIDTH * pixel_bytes;
        for (unsigned x = 0; x < FONT_WIDTH; x++, address += pixel_bytes)
            set_pixel(address, pixel_bytes, (glyph->rows[y] & 0x80u >> x) != 0 ? colour : 0);
    }
}

bool pixel_display_open(struct display *display, const struct boot_framebuffer *framebuffer)
{
    unsigned bits = framebuffer->bits_per_pixel;
    bool known = bits == 15 || bits == 16 || bits == 24 || bits == 32;
    if (framebuffer->type != FRAMEBUFFER_RGB || !known || framebuffer->red_position >= bits ||
        framebuffer->green_position >= bits || framebuffer->blue_position >= bits ||
        framebuffer->width < FONT_WIDTH || framebuffer->height < FONT_HEIGHT ||
        framebuffer->pitch_bytes < (uint64_t)framebuffer->width * ((bits + 7) / 8))
        return false;
    *display = (struct display){.columns = framebuffer->width / FONT_WIDTH,
                                .rows = framebuffer->height / FONT_HEIGHT,
                                .draw = draw,
                                .framebuffer = *framebuffer};
    return true;
}
