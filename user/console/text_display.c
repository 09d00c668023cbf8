/*
 * VGA text mode: cells of a character and an attribute byte, and a cursor in the registers of
 * the CRT controller (IBM VGA Technical Reference).
 */
#include "screen.h"

#include <quire/system_call.h>

#define FRAMEBUFFER_EGA_TEXT 2
#define ATTRIBUTE_GREY_ON_BLACK 0x07u
#define PORT_CRT_INDEX 0x3d4
#define PORT_CRT_DATA 0x3d5
#define CRT_CURSOR_HIGH 0x0eu
#define CRT_CURSOR_LOW 0x0fu
#define CELL_BYTES 2u

static void draw(const struct display *display, uint32_t column, uint32_t row, uint16_t character)
{
    const struct boot_framebuffer *framebuffer = &display->framebuffer;
    volatile uint16_t *cell =
        (volatile uint16_t *)(uintptr_t)(framebuffer->address +
                                         (uint64_t)row * framebuffer->pitch_bytes +
                                         column * CELL_BYTES);
    /* The adapter's own font is that of code page 437, which agrees with ASCII only. */
    uint8_t glyph = character < 0x7f ? (uint8_t)character : '?';
    *cell = (uint16_t)(ATTRIBUTE_GREY_ON_BLACK << 8 | glyph);
}

static void set_register(const struct display *display, uint8_t index, uint8_t value)
{
    sys_port_out(display->ports, PORT_OUT8, PORT_CRT_INDEX, index);
    sys_port_out(display->ports, PORT_OUT8, PORT_CRT_DATA, value);
}

static void cursor(const struct display *display, uint32_t column, uint32_t row)
{
    uint32_t position = row * display->columns + column;
    set_register(display, CRT_CURSOR_HIGH, (uint8_t)(position >> 8));
    set_register(display, CRT_CURSOR_LOW, (uint8_t)position);
}

bool text_display_open(struct display *display, const struct boot_framebuffer *framebuffer,
                       uint32_t ports)
{
    if (framebuffer->type != FRAMEBUFFER_EGA_TEXT || framebuffer->width == 0 ||
        framebuffer->height == 0 || framebuffer->pitch_bytes < framebuffer->width * CELL_BYTES)
        return false;
    *display = (struct display){.columns = framebuffer->width,
                                .rows = framebuffer->height,
                                .draw = draw,
                                .cursor = cursor,
                                .framebuffer = *framebuffer,
                                .ports = ports};
    return true;
}
