/*
 * Starting the servers: see server_loader.c.
 */
#pragma once

#include <quire/boot_information.h>
#include <quire/server_start.h>
#include <stdbool.h>

struct address_space;

/* What is particular to one server. */
struct server_plan {
    const char *name; /* of its module */
    uint32_t priority;
    uint64_t heap_bytes;
    uint64_t ring_bytes; /* 0: none */
    bool is_init;
};

struct server {
    const char *name;
    struct address_space *space;
    uint32_t notification; /* the server's own; all rights */
    void *ring;            /* in the pager */
    struct server_start
        *start; /* the page that the server reads; the pager may fill it until it runs */
};

/* The module of that name; NULL: none. */
const struct boot_module *module_find(const struct boot_information *information, const char *name);

/* Loads the module and makes everything that the plan says. Fails the system with a message if that
   cannot be. The server does not run before server_run(). */
void server_prepare(struct server *server, const struct server_plan *plan,
                    const struct boot_information *information);
/* A handle of the pager's at a place in the server's table. */
void server_give(struct server *server, uint32_t handle, uint32_t index, uint32_t rights);
/* Maps device memory uncached into the server; returns its address there. */
uint64_t server_map_device(struct server *server, uint64_t physical, uint64_t length_bytes);
void server_run(struct server *server);

/* A server was stopped by a fault or an exception of its own: what it served fails, or the system. */
void server_died(struct address_space *space);

extern struct server console_server, fs_server, init_server;
