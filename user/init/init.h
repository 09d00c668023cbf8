/*
 * init as a whole: its memory, its calls to the pager, its options, its modes.
 */
#pragma once

#include <quire/pager_protocol.h>
#include <quire/server_start.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;

/* ---- memory.c: zeroed, NULL when there is none */
void memory_initialize(const struct server_start *start);
void *memory_allocate(size_t bytes);
void memory_free(void *memory, size_t bytes);

/* ---- pager.c: calls to the pager */
struct pager_result {
    int32_t result;
    uint64_t word[6];
};
struct pager_result pager_call(uint32_t operation, uint64_t word0, uint64_t word1, uint64_t word2,
                               uint64_t word3, uint64_t word4, uint64_t word5);
int32_t file_open(const char *path);
/* The same for a path that a process gave: it starts at the process's directory. space 0: at the root. */
int32_t file_open_for(uint32_t space, const char *path);
void file_close(int32_t descriptor);
/* Bytes read, or a negative errno. */
int64_t file_read(int32_t descriptor, void *buffer, size_t bytes, uint64_t offset);
int64_t file_size(int32_t descriptor);
/* A whole file in allocated memory, NUL-terminated; NULL: *error says why. Free length + 1 bytes. */
char *file_read_whole(const char *path, size_t *length, int32_t *error);

/* One console record. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- options.c: words of the kernel command line */
void options_initialize(const char *command_line);
bool option_given(const char *name);
/* Copies the value of name=value; false: not given. */
bool option_value(const char *name, char *value, size_t capacity);
uint64_t option_number(const char *name, uint64_t otherwise);
/* What stands behind `--`, NULL if nothing does. */
const char *option_command(void);

/* ---- run.c: the modes; each starts something and is told of every process that ends */
void run_start(void);
void run_process_ended(struct process *process);
void run_deadline(void);
_Noreturn void system_stop(int32_t status);

/* ---- result_table.c: what the program that runs in `group` costs */
void result_table_start(uint32_t group);
void result_table_end(void); /* prints it, if the option `table` is given */

/* ---- trace.c: the trace of the run into its file, if it was asked for. */
void trace_save(void);

/* ---- command.c */
/* Splits a command line at blanks into an argument block (allocated, *capacity bytes to free). The
   program is looked for in `directory`, without a slash at its end. */
struct arguments;
int32_t command_parse(const char *directory, const char *line, struct arguments *arguments,
                      size_t *capacity);
