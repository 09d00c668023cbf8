/*
 * The grid of characters: see screen.h.
 */
#include "screen.h"

#include <string.h>

#define TAB_COLUMNS 8
#define REPLACEMENT 0xfffd /* what stands for a byte that is not UTF-8 */
#define NOTHING_SHOWN 0    /* no cell has it: drawn at the first refresh */

static void clear_row(struct screen *screen, uint32_t row)
{
    uint16_t *cells = screen->cells + (size_t)row * screen->display.columns;
    for (uint32_t i = 0; i < screen->display.columns; i++)
        cells[i] = ' ';
}

void screen_initialize(struct screen *screen, uint16_t *cells, uint16_t *shown)
{
    screen->cells = cells;
    screen->shown = shown;
    screen->column = 0;
    screen->row = 0;
    screen->code_bytes_left = 0;
    screen->escape = ESCAPE_NONE;
    screen->dirty = true;
    for (uint32_t row = 0; row < screen->display.rows; row++)
        clear_row(screen, row);
    memset(shown, NOTHING_SHOWN,
           (size_t)screen->display.columns * screen->display.rows * sizeof *shown);
}

bool screen_open(struct screen *screen, struct heap *heap,
                 const struct boot_framebuffer *framebuffer, uint32_t ports)
{
    if (framebuffer->address == 0 || (!text_display_open(&screen->display, framebuffer, ports) &&
                                      !pixel_display_open(&screen->display, framebuffer)))
        return false;
    size_t grid_bytes =
        (size_t)screen->display.columns * screen->display.rows * sizeof *screen->cells;
    uint16_t *cells = heap_allocate(heap, grid_bytes);
    uint16_t *shown = heap_allocate(heap, grid_bytes);
    if (cells == NULL || shown == NULL)
        return false;
    screen_initialize(screen, cells, shown);
    return true;
}

static void line_feed(struct screen *screen)
{
    struct display *display = &screen->display;
    screen->column = 0;
    if (screen->row + 1 < display->rows) {
        screen->row++;
        return;
    }
    memmove(screen->cells, screen->cells + display->columns,
            (size_t)display->columns * (display->rows - 1) * sizeof *screen->cells);
    clear_row(screen, display->rows - 1);
}

static void put_character(struct screen *screen, uint32_t code_point)
{
    /* A full row wraps when the next character comes, not before: a line that just fits
       leaves no empty one behind. */
    if (screen->column == screen->display.columns)
        line_feed(screen);
    screen->cells[(size_t)screen->row * screen->display.columns + screen->column] =
        code_point > UINT16_MAX ? REPLACEMENT : (uint16_t)code_point;
    screen->column++;
}

static void put_control(struct screen *screen, uint8_t byte)
{
    switch (byte) {
    case '\n': line_feed(screen); break;
    case '\r': screen->column = 0; break;
    case '\b':
        if (screen->column > 0)
            screen->column--;
        break;
    case '\t':
        do
            put_character(screen, ' ');
        while (screen->column % TAB_COLUMNS != 0 && screen->column < screen->display.columns);
        break;
    case '\033': screen->escape = ESCAPE_BEGUN; break;
    default: break; /* the bell and what terminals do not show */
    }
}

/* ESC [ parameters letter, or ESC and one other byte (ECMA-48, 5.4). */
static void pass_escape(struct screen *screen, uint8_t byte)
{
    if (screen->escape == ESCAPE_BEGUN)
        screen->escape = byte == '[' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
    else if (byte >= 0x40 && byte <= 0x7e)
        screen->escape = ESCAPE_NONE;
}

/* A byte with the high bit set: part of a UTF-8 sequence, or wrong. */
static void put_multibyte(struct screen *screen, uint8_t byte)
{
    if ((byte & 0xc0) == 0x80 && screen->code_bytes_left > 0) {
        screen->code_point = screen->code_point << 6 | (byte & 0x3f);
        if (--screen->code_bytes_left == 0)
            put_character(screen, screen->code_point);
        return;
    }
    if (screen->code_bytes_left > 0)
        put_character(screen, REPLACEMENT);
    screen->code_bytes_left = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    screen->code_point = byte & (0x3fu >> screen->code_bytes_left);
    if (screen->code_bytes_left == 0 || byte > 0xf4) {
        screen->code_bytes_left = 0;
        put_character(screen, REPLACEMENT);
    }
}

void screen_put(struct screen *screen, uint8_t byte)
{
    screen->dirty = true;
    if (screen->escape != ESCAPE_NONE) {
        pass_escape(screen, byte);
        return;
    }
    if (byte >= 0x80) {
        put_multibyte(screen, byte);
        return;
    }
    if (screen->code_bytes_left > 0) {
        screen->code_bytes_left = 0;
        put_character(screen, REPLACEMENT);
    }
    if (byte >= ' ' && byte != 0x7f)
        put_character(screen, byte);
    else
        put_control(screen, byte);
}

void screen_refresh(struct screen *screen)
{
    struct display *display = &screen->display;
    if (!screen->dirty)
        return;
    screen->dirty = false;
    size_t index = 0;
    for (uint32_t row = 0; row < display->rows; row++) {
        for (uint32_t column = 0; column < display->columns; column++, index++) {
            if (screen->cells[index] == screen->shown[index])
                continue;
            screen->shown[index] = screen->cells[index];
            display->draw(display, column, row, screen->cells[index]);
        }
    }
    if (display->cursor != NULL) {
        uint32_t column = screen->column < display->columns ? screen->column : display->columns - 1;
        display->cursor(display, column, screen->row);
    }
}
