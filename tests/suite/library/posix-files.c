/* Streams, directories, processes and time of the C library. */
#include "../memory/support/promise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

PROMISE(a_stream_reads_what_was_written_at_any_place)
{
    enum { LINES = 2000 };
    FILE *stream = fopen("text", "w+");
    CHECK(stream != NULL);
    for (int line = 0; line < LINES; line++)
        CHECK(fprintf(stream, "line %04d\n", line) == 10);
    CHECK(ftell(stream) == LINES * 10L);
    char text[32];
    for (int line = LINES - 1; line >= 0; line -= 333) {
        CHECK(fseek(stream, line * 10L, SEEK_SET) == 0);
        CHECK(fgets(text, sizeof text, stream) == text && atoi(text + 5) == line);
    }
    CHECK(fseek(stream, 0, SEEK_END) == 0 && fgetc(stream) == EOF && feof(stream));
    rewind(stream);
    CHECK(!feof(stream) && fgetc(stream) == 'l' && ungetc('L', stream) == 'L');
    CHECK(fgets(text, 5, stream) == text && strcmp(text, "Line") == 0);
    CHECK(fclose(stream) == 0);

    struct stat status;
    CHECK(stat("text", &status) == 0 && status.st_size == LINES * 10);
    stream = fopen("text", "a");
    CHECK(fputs("end", stream) >= 0 && fclose(stream) == 0);
    stream = fopen("text", "r");
    CHECK(fseek(stream, -3, SEEK_END) == 0 && fread(text, 1, 9, stream) == 3);
    CHECK(memcmp(text, "end", 3) == 0 && feof(stream) && !ferror(stream));
    CHECK(fputc('x', stream) == EOF && ferror(stream));
    clearerr(stream);
    CHECK(!ferror(stream) && fclose(stream) == 0 && unlink("text") == 0);
    CHECK(fopen("text", "r") == NULL && errno == ENOENT);
}

PROMISE(buffers_reach_the_file_when_they_are_full_flushed_or_closed)
{
    FILE *stream = fopen("buffered", "w");
    struct stat status;
    CHECK(fputs("abc", stream) >= 0 && fstat(fileno(stream), &status) == 0 && status.st_size == 0);
    CHECK(fflush(stream) == 0 && fstat(fileno(stream), &status) == 0 && status.st_size == 3);
    CHECK(setvbuf(stream, NULL, _IONBF, 0) == 0 && fputc('d', stream) == 'd');
    CHECK(fstat(fileno(stream), &status) == 0 && status.st_size == 4);
    CHECK(fclose(stream) == 0 && remove("buffered") == 0);
}

PROMISE(a_directory_lists_each_name_once)
{
    enum { NAMES = 300 };
    static unsigned char seen[NAMES];
    char name[32];
    CHECK(mkdir("many", 0755) == 0 && mkdir("many", 0755) == -1 && errno == EEXIST);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "many/entry-%d", i);
        int file = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
        CHECK(file >= 0 && close(file) == 0);
    }
    DIR *directory = opendir("many");
    CHECK(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        int i = atoi(entry->d_name + strlen("entry-"));
        CHECK(i < NAMES && seen[i]++ == 0 && entry->d_type == DT_REG);
    }
    CHECK(closedir(directory) == 0);
    CHECK(rmdir("many") == -1 && errno == ENOTEMPTY);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "many/entry-%d", i);
        CHECK(seen[i] == 1 && unlink(name) == 0);
    }
    CHECK(rmdir("many") == 0 && opendir("many") == NULL && errno == ENOENT);
}

PROMISE(descriptors_share_a_position_when_they_are_copies)
{
    char text[4];
    int first = open("shared", O_CREAT | O_RDWR, 0644);
    CHECK(write(first, "0123456789", 10) == 10 && lseek(first, 2, SEEK_SET) == 2);
    int copy = dup(first), other = open("shared", O_RDONLY);
    CHECK(read(copy, text, 2) == 2 && memcmp(text, "23", 2) == 0);
    CHECK(read(first, text, 2) == 2 && memcmp(text, "45", 2) == 0);
    CHECK(read(other, text, 2) == 2 && memcmp(text, "01", 2) == 0);
    CHECK(pread(first, text, 1, 9) == 1 && text[0] == '9' && lseek(first, 0, SEEK_CUR) == 6);
    CHECK(dup2(other, first) == first && lseek(first, 0, SEEK_CUR) == 2);
    CHECK(write(other, "x", 1) == -1 && errno == EBADF);
    close(first);
    close(copy);
    close(other);
    CHECK(close(other) == -1 && errno == EBADF && unlink("shared") == 0);
}

static void pass_environment(void *path)
{
    char *arguments[] = {path, "again", NULL}, *environment[] = {"CARRIED=yes", NULL};
    execve(path, arguments, environment);
    exit(99);
}

PROMISE(exec_passes_arguments_and_environment)
{
    expect_exit(child_start(pass_environment, "posix-files"), 42);
    char *arguments[] = {"nothing", NULL};
    CHECK(execve("nothing", arguments, arguments + 1) == -1 && errno == ENOENT);
}

static void wait_for_end(void *context)
{
    (void)context;
    for (;;)
        usleep(1000000);
}

PROMISE(a_parent_waits_for_whom_it_says)
{
    int status;
    CHECK(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
    pid_t child = child_start(wait_for_end, NULL);
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    CHECK(kill(child, 0) == 0 && kill(child, SIGTERM) == 0);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
          WTERMSIG(status) == SIGTERM);
    CHECK(kill(child, 0) == -1 && errno == ESRCH);
}

static int64_t now(void)
{
    struct timespec time;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0 && time.tv_nsec < 1000000000);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

PROMISE(time_goes_on_and_sleep_takes_at_least_as_long)
{
    int64_t start = now(), before = start;
    for (int i = 0; i < 1000; i++) {
        int64_t later = now();
        CHECK(later >= before);
        before = later;
    }
    struct timespec duration = {0, 30000000};
    start = now();
    CHECK(nanosleep(&duration, NULL) == 0 && now() - start >= duration.tv_nsec);
    duration.tv_nsec = 1000000000;
    CHECK(nanosleep(&duration, NULL) == -1 && errno == EINVAL);
    CHECK(clock_gettime((clockid_t)99, &duration) == -1 && errno == EINVAL);
}

int main(int argc, char *argv[])
{
    static const struct promise promises[] = {
        KEEP(a_stream_reads_what_was_written_at_any_place),
        KEEP(buffers_reach_the_file_when_they_are_full_flushed_or_closed),
        KEEP(a_directory_lists_each_name_once),
        KEEP(descriptors_share_a_position_when_they_are_copies),
        KEEP(exec_passes_arguments_and_environment),
        KEEP(a_parent_waits_for_whom_it_says),
        KEEP(time_goes_on_and_sleep_takes_at_least_as_long),
    };
    if (argc == 2 && strcmp(argv[1], "again") == 0) {
        const char *carried = getenv("CARRIED");
        return carried != NULL && strcmp(carried, "yes") == 0 ? 42 : 1;
    }
    return keep_promises("posix-files", promises, sizeof promises / sizeof *promises);
}
