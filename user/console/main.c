/*
 * The console server: text between the pager and the machine's serial port, keyboard and
 * screen. One thread, one event loop, no waiting but for the next notification.
 *
 *      pager --- output ring ---> records ---> serial port, screen
 *      pager <-- input ring ----- lines <----- serial port, keyboard
 *
 * The serial port sets the pace of output where there is one: what it cannot take stays in
 * the ring, and its "transmitter empty" interrupt brings the next bytes. The echo of typed
 * text goes out between two records.
 *
 * Command line: console=serial or console=screen for only one of them, console=none for
 * neither. Default: whatever the machine has.
 */
#include "keyboard.h"
#include "line.h"
#include "output.h"
#include "screen.h"
#include "uart.h"

#include <assert.h>
#include <quire/server.h>
#include <quire/system_call.h>
#include <string.h>

#define BIT_SERIAL SERVER_BIT_IRQ
#define BIT_KEYBOARD (SERVER_BIT_IRQ << 1)
#define IRQ_SERIAL SERVER_HANDLE_IRQ
#define IRQ_KEYBOARD (SERVER_HANDLE_IRQ + 1)

#define REFRESH_NANOSECONDS 33000000ull /* 30 pictures a second */
#define ECHO_BYTES 1024                 /* a power of two */
#define INTERRUPT_PASSES_MAX 64         /* a port that never comes to rest is broken */

struct console {
    bool has_serial, has_keyboard, has_screen;
    struct byte_ring output_ring, input_ring;
    struct output output;
    struct line line;
    struct screen screen;
    struct keymap keymap;
    bool refresh_armed;
    bool transmitting; /* the serial port has bytes of ours, and an interrupt will tell when not */
    bool return_sent;  /* the carriage return that goes before a line feed is out */
    char echo[ECHO_BYTES];
    uint32_t echo_head, echo_tail;
};

static struct console console;
static struct heap heap;

static void notify_pager(bool wanted)
{
    if (wanted)
        sys_notify(SERVER_HANDLE_PEER, PAGER_BIT_CONSOLE);
}

/* ---------------------------------------------------------------- output */

static void echo(void *context, const char *bytes, size_t length)
{
    (void)context;
    /* Who types faster than 1,000 characters behind a busy port sees less of it. */
    for (size_t i = 0; i < length && console.echo_tail - console.echo_head < ECHO_BYTES; i++)
        console.echo[console.echo_tail++ % ECHO_BYTES] = bytes[i];
}

static bool next_byte(uint8_t *byte)
{
    if (output_at_boundary(&console.output) && console.echo_head != console.echo_tail) {
        *byte = (uint8_t)console.echo[console.echo_head++ % ECHO_BYTES];
        return true;
    }
    return output_next(&console.output, byte);
}

/* Loads the transmitter once. Terminals want CR before LF, and the pair may not fit. */
static void transmit(void)
{
    static uint8_t held; /* a line feed whose carriage return filled the transmitter */
    unsigned room = uart_room();
    if (room == 0)
        return;
    notify_pager(output_release(&console.output));
    console.transmitting = false;
    while (room > 0) {
        uint8_t byte;
        if (console.return_sent)
            byte = held;
        else if (!next_byte(&byte))
            return;
        else if (console.has_screen)
            screen_put(&console.screen, byte);
        if (byte == '\n' && !console.return_sent) {
            console.return_sent = true;
            held = byte;
            uart_send('\r');
        } else {
            console.return_sent = false;
            uart_send(byte);
        }
        console.transmitting = true;
        room--;
    }
}

/* Without a serial port the screen takes everything at once; without a screen nobody does. */
static void show_all(void)
{
    uint8_t byte;
    while (next_byte(&byte))
        if (console.has_screen)
            screen_put(&console.screen, byte);
    notify_pager(output_release(&console.output));
}

static void refresh_later(void)
{
    if (!console.has_screen || !console.screen.dirty || console.refresh_armed)
        return;
    console.refresh_armed = true;
    sys_clock_arm(SERVER_HANDLE_NOTIFICATION, SERVER_BIT_TIMER,
                  sys_clock_read() + REFRESH_NANOSECONDS);
}

/* ---------------------------------------------------------------- input */

static void type(char byte)
{
    bool was_blocked = line_is_blocked(&console.line);
    notify_pager(line_input(&console.line, byte));
    if (console.has_serial && !was_blocked && line_is_blocked(&console.line))
        uart_enable_input(false);
}

static void retry_line(void)
{
    if (!line_is_blocked(&console.line))
        return;
    notify_pager(line_retry(&console.line));
    if (console.has_serial && !line_is_blocked(&console.line))
        uart_enable_input(true);
}

static void serial_interrupt(void)
{
    for (int passes = 0; passes < INTERRUPT_PASSES_MAX && uart_interrupt(); passes++) {
        uint8_t byte;
        while (!line_is_blocked(&console.line) && uart_receive(&byte))
            type((char)byte);
    }
}

static void keyboard_interrupt(void)
{
    uint8_t scan_code;
    while (keyboard_receive(&scan_code)) {
        int character = keymap_character(&console.keymap, scan_code);
        if (character >= 0)
            type((char)character);
    }
    keyboard_acknowledge();
}

/* ---------------------------------------------------------------- start and loop */

/* The value of the last console= on the command line; "" if there is none. */
static size_t find_option(const char *command_line, const char **value)
{
    static const char name[] = "console=";
    size_t length = 0;
    *value = "";
    const char *word = command_line;
    while (*(word += strspn(word, " ")) != '\0') {
        size_t word_length = strcspn(word, " ");
        if (word_length == 2 && strncmp(word, "--", 2) == 0)
            break; /* the rest is the command line of a program */
        if (strncmp(word, name, sizeof name - 1) == 0) {
            *value = word + sizeof name - 1;
            length = word_length - (sizeof name - 1);
        }
        word += word_length;
    }
    return length;
}

static bool option_is(const char *value, size_t length, const char *word)
{
    return length == strlen(word) && strncmp(value, word, length) == 0;
}

static void open_devices(const struct server_start *start)
{
    const char *value;
    size_t length = find_option(start->command_line, &value);
    bool none = option_is(value, length, "none");
    bool serial = !none && !option_is(value, length, "screen");
    bool screen = !none && !option_is(value, length, "serial");

    heap_initialize(&heap, (void *)(uintptr_t)start->heap_address, start->heap_physical,
                    start->heap_bytes);
    console.has_serial = serial && uart_initialize(SERVER_HANDLE_PORTS, IRQ_SERIAL,
                                                   SERVER_HANDLE_NOTIFICATION, BIT_SERIAL);
    console.has_keyboard = screen && keyboard_initialize(SERVER_HANDLE_PORTS, IRQ_KEYBOARD,
                                                         SERVER_HANDLE_NOTIFICATION, BIT_KEYBOARD);
    console.has_screen =
        screen && screen_open(&console.screen, &heap, &start->framebuffer, SERVER_HANDLE_PORTS);
}

static void handle(uint64_t bits)
{
    /* The devices' causes are looked for by every pass that has their bit; the ring and a
       blocked line are looked at in every pass. */
    if ((bits & BIT_SERIAL) != 0 && console.has_serial)
        serial_interrupt();
    if ((bits & BIT_KEYBOARD) != 0 && console.has_keyboard)
        keyboard_interrupt();
    if ((bits & SERVER_BIT_TIMER) != 0) {
        console.refresh_armed = false;
        if (console.has_screen)
            screen_refresh(&console.screen);
    }
    retry_line();
    if (console.has_serial)
        transmit();
    else
        show_all();
    refresh_later();
}

void server_main(const struct server_start *start)
{
    assert(start->magic == SERVER_START_MAGIC && start->ring_bytes >= CONSOLE_AREA_BYTES);
    uint8_t *area = (uint8_t *)(uintptr_t)start->ring_address;
    bool attached =
        byte_ring_attach(&console.output_ring, area + CONSOLE_AREA_OUTPUT, CONSOLE_OUTPUT_BYTES) &&
        byte_ring_attach(&console.input_ring, area + CONSOLE_AREA_INPUT, CONSOLE_INPUT_BYTES);
    assert(attached);
    output_initialize(&console.output, &console.output_ring);
    line_initialize(&console.line, &console.input_ring, echo, NULL);
    open_devices(start);

    /* The first pass looks at everything: an edge that came before we listened is gone. */
    uint64_t bits = BIT_SERIAL | BIT_KEYBOARD;
    for (;;) {
        handle(bits);
        bits = 0;
        /* With bytes in the transmitter its interrupt will wake us, and also when the kernel
           has the port just now. Else the pager must. */
        if (!console.transmitting && !output_prepare_sleep(&console.output) &&
            (!console.has_serial || uart_room() > 0))
            continue;
        struct message message = {.tag = 0};
        if (sys_wait(0, &message) == KERNEL_OK && TAG_KIND(message.tag) == MESSAGE_NOTIFICATION)
            bits = message.words[0];
    }
}
