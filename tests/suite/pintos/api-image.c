/* How a process begins: the words on its stack, what lies where, and what does not. */
#include "../lib/suite.h"

#include <stdio.h>
#include <string.h>

#define STACK_TOP 0x47480000ul
#define IMAGE_START 0x400000ul
#define ARGUMENTS 3

static int initialised = 5;
static int zeroed[PAGE_BYTES];

static void check_arguments(int argc, char *argv[])
{
    static const char *const expected[ARGUMENTS] = {"api-image", "one", "two"};
    CHECK(argc == ARGUMENTS && argv[argc] == NULL, "argc, and the null behind the last pointer");
    CHECK((uintptr_t)argv % 8 == 0, "argv is aligned");
    CHECK(((uint64_t *)argv)[-1] == 0, "below it the return address of nobody");
    uintptr_t next = (uintptr_t)argv[argc - 1] + strlen(argv[argc - 1]) + 1;
    CHECK(next <= STACK_TOP && STACK_TOP - next < 8, "the strings end at the top of the stack");
    for (int index = 0; index < ARGUMENTS; index++)
        if (strcmp(argv[index], expected[index]) != 0 || argv[index] < (char *)(argv + argc + 1))
            fail("argv[%d] is \"%s\"", index, argv[index]);
}

static uintptr_t page_of(const void *address)
{
    return (uintptr_t)address / PAGE_BYTES;
}

static void check_image(void)
{
    CHECK(memcmp((void *)IMAGE_START, "\177ELF", 4) == 0, "the image begins with its headers");
    CHECK(page_of(&initialised) > page_of((void *)(uintptr_t)check_image), "data behind the code");
    CHECK(get_phys_addr(&zeroed[PAGE_BYTES / 2]) == NULL, "zeroed memory comes when it is touched");
    CHECK(zeroed[PAGE_BYTES / 2] == 0 && initialised == 5, "with its contents");
}

static void check_free_addresses(void)
{
    static const struct {
        uintptr_t address;
        size_t pages;
    } places[] = {{0x10000000, 490}, {0x20000000, 33}, {0x54321000, 33}, {0x7f000000, 33}};
    CHECK(create("map", 490 * PAGE_BYTES), "create a file to map");
    int descriptor = open_file("map");
    for (size_t index = 0; index < LENGTH_OF(places); index++) {
        void *address = (void *)places[index].address;
        CHECK(mmap(address, places[index].pages * PAGE_BYTES, 1, descriptor, 0) == address,
              "%zu pages are free at %p", places[index].pages, address);
        munmap(address);
    }
    close(descriptor);
}

static void check_unmapped_addresses(void)
{
    static const uintptr_t addresses[] = {0,          0x04000000,   0x20101234,        0x10123420,
                                          0xc0100000, 0x8004000000, 0xffffffff80000000};
    for (size_t index = 0; index < LENGTH_OF(addresses); index++) {
        pid_t child = fork("toucher");
        if (child == 0) {
            volatile char byte = *(volatile char *)addresses[index];
            exit(byte);
        }
        /* Before the line, which would race with the child's. */
        int status = wait(child);
        CHECK(status == -1, "nothing is at %#lx", addresses[index]);
    }
}

static int touch_below(long offset)
{
    pid_t child = fork("stack");
    if (child == 0) {
        asm volatile("movb $1, (%%rsp, %0)" ::"r"(offset) : "memory");
        exit(3);
    }
    return wait(child);
}

/* The buffer lies in stack that nobody has touched; it grows down to the stack pointer. */
static int read_to_fresh_stack(void)
{
    pid_t child = fork("reader");
    if (child == 0) {
        char buffer[40 * PAGE_BYTES];
        int descriptor = open("map");
        int count = read(descriptor, buffer + 100, 2 * PAGE_BYTES);
        exit(count == 2 * PAGE_BYTES ? 3 : 4);
    }
    return wait(child);
}

static void check_stack(void)
{
    CHECK(touch_below(-8) == 3, "the stack grows for a push");
    CHECK(touch_below(-4096) == -1, "not a page below the stack pointer");
    CHECK(read_to_fresh_stack() == 3, "it grows under a call's buffer");
}

int main(int argc, char *argv[])
{
    test_name = "api-image";
    msg("begin");
    check_arguments(argc, argv);
    check_image();
    check_free_addresses();
    check_unmapped_addresses();
    check_stack();
    msg("end");
    return 11;
}
