/*
 * The run-time support of servers (pager, fs-server, console, init).
 */
#pragma once

#include <quire/server_start.h>

/*
 * A server's own code begins here and never returns. The pager, which the kernel starts
 * itself, finds its struct boot_information at the same address.
 */
_Noreturn void server_main(const struct server_start *start);

/*
 * A broken invariant of our own: the message goes to the kernel's console in debug builds,
 * then the server stops at an illegal instruction, with the message's address in rdi, so
 * that whoever gets its exceptions (the pager; for the pager the kernel) reports it.
 */
_Noreturn void server_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For looking into a server: a line on the kernel's console; nothing in release builds. */
void server_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
