/*
 * A server that stopped itself: a fault, or an assertion of its own (server_panic stops at an
 * illegal instruction with the message's address in rdi).
 *
 * Without the console the system goes on silently, without the fs-server file calls fail with
 * -EIO and anonymous memory still works; without init there is nobody to run programs.
 */
#include "address_space.h"
#include "console.h"
#include "fs_client.h"
#include "kernel_interface.h"
#include "server_loader.h"
#include "services.h"
#include "shutdown.h"

#include <string.h>

#define VECTOR_INVALID_OPCODE 6
#define MESSAGE_BYTES 160

struct server console_server, fs_server, init_server;

static struct server *server_of(const struct address_space *space)
{
    struct server *servers[] = {&console_server, &fs_server, &init_server};
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++)
        if (servers[i]->space == space)
            return servers[i];
    return NULL;
}

/* The message of server_panic(), as far as it lies in one page; "" if there is none. */
static void read_message(struct address_space *space, char text[MESSAGE_BYTES])
{
    struct thread_registers registers;
    text[0] = '\0';
    if (space->death.reason != DEATH_EXCEPTION || space->death.address != VECTOR_INVALID_OPCODE ||
        sys_thread_get_registers(space->thread, &registers) != KERNEL_OK)
        return;
    uint64_t length = PAGE_SIZE - registers.rdi % PAGE_SIZE;
    if (length > MESSAGE_BYTES - 1)
        length = MESSAGE_BYTES - 1;
    struct request request = {.space = space};
    uint64_t progress = 0;
    if (user_copy_in(&request, space, registers.rdi, text, length, &progress) != COPY_DONE)
        length = 0;
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

void server_died(struct address_space *space)
{
    char text[MESSAGE_BYTES];
    struct server *server = server_of(space);
    const char *name = server != NULL ? server->name : "a server";
    read_message(space, text);
    if (server == &console_server) {
        console_fail();
        console_emergency("pager: %s died (%d, %#lx) at %#lx %s\n", name, space->death.reason,
                          (unsigned long)space->death.address, (unsigned long)space->death.ip,
                          text);
        return;
    }
    if (server != &fs_server)
        system_fail("%s died (%d, %#lx) at %#lx %s", name, space->death.reason,
                    (unsigned long)space->death.address, (unsigned long)space->death.ip, text);
    console_message("%s died (%d, %#lx) at %#lx %s", name, space->death.reason,
                    (unsigned long)space->death.address, (unsigned long)space->death.ip, text);
    fs_client_fail();
}
