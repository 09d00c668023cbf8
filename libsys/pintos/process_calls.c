/*
 * Process calls of the Pintos-compatible library. Names and command lines are read here, in
 * the program, so a bad pointer is a page fault of its own and ends it, as the rule wants.
 */
#include "../c/arguments.h"
#include "../c/calls.h"

#include <string.h>
#include <syscall.h>

#define COMMAND_LINE_MAX 4096

_Noreturn void library_start(int argc, char *argv[]);
int main(int argc, char *argv[]);

_Noreturn void library_start(int argc, char *argv[])
{
    exit(main(argc, argv));
}

void halt(void)
{
    server_call(PROCESS_HANDLE, PROCESS_HALT, 0, 0, 0, 0, 0, 0);
    __builtin_trap();
}

void exit(int status)
{
    server_call(PROCESS_HANDLE, PROCESS_EXIT, (uint64_t)(int64_t)status, 0, 0, 0, 0, 0);
    __builtin_trap();
}

pid_t fork(const char *name)
{
    struct call_result result = server_call(PROCESS_HANDLE, PROCESS_CALL_FORK, (uintptr_t)name,
                                            strlen(name), FORK_COPY_POSITIONS, 0, 0, 0);
    return result.result < 0 ? PID_ERROR : (pid_t)result.word[0];
}

int exec(const char *command_line)
{
    /* The words, the path (the first of them) once more, and the terminators. */
    size_t length = strlen(command_line);
    if (length >= COMMAND_LINE_MAX)
        return -1;
    char words[COMMAND_LINE_MAX];
    char *argv[COMMAND_LINE_MAX / 2 + 1];
    char block[2 * COMMAND_LINE_MAX];
    size_t count = 0;
    char *position;
    memcpy(words, command_line, length + 1);
    for (char *word = strtok_r(words, " ", &position); word != NULL;
         word = strtok_r(NULL, " ", &position))
        argv[count++] = word;
    argv[count] = NULL;
    if (count == 0)
        return -1;

    size_t bytes = arguments_measure(argv[0], argv, NULL, &count);
    arguments_pack(block, argv[0], argv, NULL);
    server_call(PROCESS_HANDLE, PROCESS_EXEC, (uintptr_t)block, bytes, count, 0, 0, 0);
    return -1;
}

int wait(pid_t pid)
{
    if (pid <= 0)
        return -1;
    struct call_result result =
        server_call(PROCESS_HANDLE, PROCESS_WAIT, (uint64_t)pid, 0, 0, 0, 0, 0);
    return result.result < 0 ? -1 : (int)result.word[1];
}
