/*
 * The shell: one command a line, found in the current directory or in the root, with the
 * descriptors of the shell. `command &` does not wait. For looking around; not a language.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES 4096
#define WORDS_MAX (LINE_BYTES / 2 + 1)

static bool finished;
static int status;

static void show_help(char *words[])
{
    (void)words;
    puts("cd DIRECTORY   change the current directory\n"
         "pwd            print it\n"
         "frames N CMD   run CMD in a paging group of N frames\n"
         "exit [STATUS]  power off\n"
         "help           this text\n"
         "Anything else is a program: ls, cat, cp, rm, mkdir, sort, memory,\n"
         "group, policy, bench, and the tests of suite.txt.");
}

static void change_directory(char *words[])
{
    const char *where = words[1] != NULL ? words[1] : "/";
    if (chdir(where) != 0)
        perror(where);
}

static void print_directory(char *words[])
{
    char path[4096];
    (void)words;
    if (getcwd(path, sizeof path) != NULL)
        puts(path);
    else
        perror("pwd");
}

static void leave(char *words[])
{
    finished = true;
    status = words[1] != NULL ? atoi(words[1]) : 0;
}

static pid_t start(char *words[], size_t frames)
{
    for (int in_root = 0; in_root < 2; in_root++) {
        char path[LINE_BYTES + 1];
        snprintf(path, sizeof path, "%s%s", in_root ? "/" : "", words[0]);
        pid_t pid = frames > 0 ? spawn_in_group(path, words, frames, NULL) : spawn(path, words);
        if (pid > 0 || errno != ENOENT || words[0][0] == '/')
            return pid;
    }
    return -1;
}

static void run(char *words[], size_t count, size_t frames)
{
    bool in_background = strcmp(words[count - 1], "&") == 0;
    if (in_background)
        words[--count] = NULL;
    if (count == 0)
        return;
    pid_t pid = start(words, frames);
    if (pid < 0)
        perror(words[0]);
    else if (!in_background)
        waitpid(pid, NULL, 0);
}

static void run_line(char *line)
{
    static const struct {
        const char *name;
        void (*run)(char *words[]);
    } builtins[] = {
        {"help", show_help},
        {"cd", change_directory},
        {"pwd", print_directory},
        {"exit", leave},
    };
    char *words[WORDS_MAX];
    size_t count = 0;
    for (char *word = strtok(line, " \t\n"); word != NULL; word = strtok(NULL, " \t\n"))
        words[count++] = word;
    words[count] = NULL;
    if (count == 0)
        return;
    for (size_t index = 0; index < sizeof builtins / sizeof *builtins; index++) {
        if (strcmp(words[0], builtins[index].name) == 0) {
            builtins[index].run(words);
            return;
        }
    }
    if (strcmp(words[0], "frames") != 0)
        run(words, count, 0);
    else if (count >= 3 && atoi(words[1]) > 0)
        run(words + 2, count - 2, (size_t)atoi(words[1]));
    else
        puts("frames: how many, and what to run?");
}

int main(void)
{
    static char line[LINE_BYTES];
    puts("Quire. `help` lists what can be done here.");
    while (!finished) {
        fputs("quire> ", stdout);
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            break;
        run_line(line);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
    return status;
}
