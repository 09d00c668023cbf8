/*
 * The images that the guest runs, and which function of which image an address is in.
 *
 * A component is an image with text of its own: the kernel, a server, a program. All user images
 * are linked at the same address, so a page of text is recognised by what it holds: it must be
 * equal to the page of the image. The kernel, which patches itself, is known by its address.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define UNKNOWN 0 /* the component of firmware and boot loader, and its only function */

struct function {
    uint64_t start, end;
    char *name;
};

struct image {
    char *name;
    uint64_t text_start, text_end;
    const unsigned char *text; /* NULL: known by its address alone */
    uint32_t first_function, function_count;
};

extern struct function *functions;
extern struct image *images;
extern uint32_t image_count;

/* Ends QEMU: there is no profile to be had. */
_Noreturn void fail(const char *what);
/* Room for one more element of an array that doubles. */
void *grown(void *array, uint32_t count, size_t element_size);
void read_images(const char *path);
/* The image that the code at `address` belongs to; `host`: where QEMU has its bytes, or NULL. */
uint32_t image_at(uint64_t address, const char *host);
/* Index into functions[]; the image's first entry for what lies between its functions. */
uint32_t function_at(const struct image *image, uint64_t address);
