/*
 * The screen: a grid of characters, kept here and drawn by a display.
 *
 * Writing changes only the grid; screen_refresh() draws the cells that differ from what is
 * shown. So a flood of lines costs a drawing per refresh and not one a line, and the slow
 * memory of the display is never read.
 */
#pragma once

#include <quire/heap.h>
#include <quire/server_start.h>
#include <stdbool.h>
#include <stdint.h>

struct display {
    uint32_t columns, rows;
    void (*draw)(const struct display *display, uint32_t column, uint32_t row, uint16_t character);
    /* Where the cursor is now; may be NULL. */
    void (*cursor)(const struct display *display, uint32_t column, uint32_t row);
    struct boot_framebuffer framebuffer;
    uint32_t ports;
};

/* false: the framebuffer is of no kind that the display knows. */
bool text_display_open(struct display *display, const struct boot_framebuffer *framebuffer,
                       uint32_t ports);
bool pixel_display_open(struct display *display, const struct boot_framebuffer *framebuffer);

enum escape_state { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_SEQUENCE };

struct screen {
    struct display display;
    uint16_t *cells, *shown; /* code points, row by row */
    uint32_t column, row;
    uint32_t code_point; /* of a UTF-8 sequence that is not complete */
    unsigned code_bytes_left;
    enum escape_state escape;
    bool dirty;
};

/* Opens the display. false: none, or no memory: the system does without a screen. */
bool screen_open(struct screen *screen, struct heap *heap,
                 const struct boot_framebuffer *framebuffer, uint32_t ports);
void screen_initialize(struct screen *screen, uint16_t *cells, uint16_t *shown);
/* One byte of UTF-8 text. Control sequences of terminals are passed over. */
void screen_put(struct screen *screen, uint8_t byte);
void screen_refresh(struct screen *screen);
