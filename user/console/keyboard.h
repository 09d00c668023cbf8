/*
 * The PS/2 keyboard behind the 8042 controller, and what its keys mean on a US layout.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* false: there is no such controller. irq raises bits of the notification. */
bool keyboard_initialize(uint32_t ports, uint32_t irq, uint32_t notification, uint64_t bits);
/* One byte from the keyboard; false: none. */
bool keyboard_receive(uint8_t *scan_code);
void keyboard_acknowledge(void);

/* Which keys are held, between scan codes. Zero at start. */
struct keymap {
    bool extended;   /* the byte before was 0xe0 */
    unsigned ignore; /* bytes of the Pause sequence to come */
    bool left_shift, right_shift, left_control, right_control, caps_lock;
};

/* The character that a byte of scan code set 1 completes; -1: none. */
int keymap_character(struct keymap *keymap, uint8_t scan_code);
