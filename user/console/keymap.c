/*
 * Scan code set 1 (what the 8042 makes of set 2, the keyboard's own) to ASCII, US layout.
 *
 *      byte     0xe0: the next one is of the extended set
 *               0xe1: the Pause key, five more bytes follow
 *               bit 7: the key was released
 */
#include "keyboard.h"

#define CODE_EXTENDED 0xe0u
#define CODE_PAUSE 0xe1u
#define CODE_RELEASED 0x80u
#define PAUSE_BYTES_LEFT 5u

#define KEY_CONTROL 0x1du
#define KEY_LEFT_SHIFT 0x2au
#define KEY_RIGHT_SHIFT 0x36u
#define KEY_CAPS_LOCK 0x3au
#define KEY_KEYPAD_SLASH 0x35u
#define KEY_ENTER 0x1cu
#define KEY_DELETE 0x53u

/* By scan code; the rows of the keyboard. 0: no character. */
static const char plain[128] = "\0\0331234567890-=\b"
                               "\tqwertyuiop[]\n\0"
                               "asdfghjkl;'`\0\\"
                               "zxcvbnm,./\0*\0 ";
static const char shifted[128] = "\0\033!@#$%^&*()_+\b"
                                 "\tQWERTYUIOP{}\n\0"
                                 "ASDFGHJKL:\"~\0|"
                                 "ZXCVBNM<>?\0*\0 ";

static bool is_letter(char character)
{
    return character >= 'a' && character <= 'z';
}

/* Updates the held keys; false: the key is not a modifier. */
static bool modifier(struct keymap *keymap, uint8_t key, bool extended, bool pressed)
{
    switch (key) {
    case KEY_LEFT_SHIFT:
        /* With 0xe0 it is a fake shift that some keyboards put around the arrow keys. */
        if (!extended)
            keymap->left_shift = pressed;
        return true;
    case KEY_RIGHT_SHIFT:
        if (!extended)
            keymap->right_shift = pressed;
        return true;
    case KEY_CONTROL:
        if (extended)
            keymap->right_control = pressed;
        else
            keymap->left_control = pressed;
        return true;
    case KEY_CAPS_LOCK:
        if (pressed && !extended)
            keymap->caps_lock = !keymap->caps_lock;
        return true;
    default: return false;
    }
}

static int extended_character(uint8_t key)
{
    switch (key) {
    case KEY_KEYPAD_SLASH: return '/';
    case KEY_ENTER: return '\n';
    case KEY_DELETE: return 0x7f;
    default: return -1;
    }
}

int keymap_character(struct keymap *keymap, uint8_t scan_code)
{
    if (keymap->ignore > 0) {
        keymap->ignore--;
        return -1;
    }
    if (scan_code == CODE_PAUSE) {
        keymap->ignore = PAUSE_BYTES_LEFT;
        return -1;
    }
    if (scan_code == CODE_EXTENDED) {
        keymap->extended = true;
        return -1;
    }
    bool extended = keymap->extended;
    bool pressed = (scan_code & CODE_RELEASED) == 0;
    uint8_t key = scan_code & 0x7f;
    keymap->extended = false;
    if (modifier(keymap, key, extended, pressed) || !pressed)
        return -1;
    if (extended)
        return extended_character(key);

    bool shift = keymap->left_shift || keymap->right_shift;
    if (keymap->caps_lock && is_letter(plain[key]))
        shift = !shift;
    char character = shift ? shifted[key] : plain[key];
    if (character == '\0')
        return -1;
    if (keymap->left_control || keymap->right_control)
        return character >= '@' && character < 0x7f ? character & 0x1f : -1;
    return character;
}
