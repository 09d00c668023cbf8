/*
 * Every call with every argument wrong in turn, the others good, each in a child of its own: its
 * outcome is one of those that the table allows, or the test names the call, the argument and the
 * value.
 */
#include "../../memory/support/promise.h"
#include "bad_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned cases, failures;

static void map_at(uint64_t address, size_t bytes, int protection)
{
    void *wanted = (void *)address;
    CHECK(mmap(wanted, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          wanted);
}

static void open_as(int wanted, const char *path, int flags)
{
    int descriptor = open(path, flags, 0644);
    CHECK(descriptor >= 0 && dup2(descriptor, wanted) == wanted && close(descriptor) == 0);
}

static void set_up(void)
{
    memset(long_name, 'n', sizeof long_name - 1);
    for (size_t i = 0; i < sizeof long_path - 1; i++)
        long_path[i] = i % 2 == 0 ? '.' : '/';
    memset(long_argument, 'a', sizeof long_argument - 1);
    map_at(BUFFER, BUFFER_BYTES, PROT_READ | PROT_WRITE);
    memset((void *)BUFFER, 'b', BUFFER_BYTES);
    map_at(READ_ONLY_PAGE, PAGE, PROT_READ);
    map_at(MAPPED, 2 * PAGE, PROT_READ | PROT_WRITE);
    open_as(FILE_DESCRIPTOR, FILE_NAME, O_RDWR | O_CREAT);
    CHECK(write(FILE_DESCRIPTOR, (void *)BUFFER, BUFFER_BYTES) == (ssize_t)BUFFER_BYTES);
    CHECK(mkdir(DIRECTORY_NAME, 0755) == 0);
    CHECK(symlink(FILE_NAME, LINK_NAME) == 0);
    open_as(READ_ONLY_DESCRIPTOR, FILE_NAME, O_RDONLY);
    open_as(WRITE_ONLY_DESCRIPTOR, FILE_NAME, O_WRONLY);
    open_as(DIRECTORY_DESCRIPTOR, DIRECTORY_NAME, O_RDONLY | O_DIRECTORY);
}

/* What the call with good arguments changed: names. */
static void put_back(void)
{
    if (unlink(NEW_NAME) != 0)
        rmdir(NEW_NAME);
    int file = open(FILE_NAME, O_RDWR | O_CREAT, 0644);
    CHECK(file >= 0);
    if (file_size(file) < (off_t)BUFFER_BYTES)
        CHECK(pwrite(file, (void *)BUFFER, BUFFER_BYTES, 0) == (ssize_t)BUFFER_BYTES);
    CHECK(close(file) == 0 && lseek(FILE_DESCRIPTOR, 0, SEEK_SET) == 0);
    CHECK(mkdir(DIRECTORY_NAME, 0755) == 0 || errno == EEXIST);
}

static void clean_up(void)
{
    unlink(NEW_NAME);
    CHECK(unlink(FILE_NAME) == 0 && unlink(LINK_NAME) == 0 && rmdir(DIRECTORY_NAME) == 0);
}

static bool is_allowed(const int *outcomes, int outcome)
{
    for (int i = 0; i < OUTCOMES_MAX && outcomes[i] != 0; i++) {
        if (outcomes[i] == outcome)
            return true;
    }
    return false;
}

/* What the child did, as an outcome. It tells through its status, which has room for an errno. */
static int outcome_of(const struct library_call *call, const uint64_t *arguments)
{
    enum { STATUS_FINE = 255 };
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        errno = 0;
        _exit(call->make(arguments) < 0 ? errno : STATUS_FINE);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status))
        return DIES(WTERMSIG(status));
    return WEXITSTATUS(status) == STATUS_FINE ? FINE : WEXITSTATUS(status);
}

static const char *outcome_name(int outcome)
{
    if (outcome == FINE)
        return "no error";
    return outcome < 0 ? "death" : strerror(outcome);
}

static void run_case(const struct library_call *call, const uint64_t *arguments, int argument,
                     const char *value, const int *outcomes)
{
    int outcome = outcome_of(call, arguments);
    cases++;
    if (!is_allowed(outcomes, outcome)) {
        failures++;
        say("%s, argument %d %s: %d (%s) and not %d", call->name, argument, value, outcome,
            outcome_name(outcome), outcomes[0]);
    }
    put_back();
}

static void run_call(const struct library_call *call)
{
    uint64_t arguments[ARGUMENTS_MAX] = {0};
    for (int i = 0; i < ARGUMENTS_MAX; i++)
        arguments[i] = kinds[call->arguments[i]].good;
    run_case(call, arguments, 0, "and all are good", (int[OUTCOMES_MAX]){call->outcome});
    for (int i = 0; i < ARGUMENTS_MAX && call->arguments[i] != NO_ARGUMENT; i++) {
        const struct argument_kind *kind = &kinds[call->arguments[i]];
        for (int list = 0; list < 3 && kind->lists[list] != NULL; list++) {
            for (const struct wrong_value *wrong = kind->lists[list]; wrong->name != NULL;
                 wrong++) {
                arguments[i] = wrong->value;
                run_case(call, arguments, i + 1, wrong->name, wrong->outcomes);
            }
        }
        arguments[i] = kind->good;
    }
}

int main(void)
{
    test_name = "bad-input";
    say("begin");
    set_up();
    for (size_t i = 0; i < library_call_count; i++)
        run_call(&library_calls[i]);
    clean_up();
    say("%u cases of %u calls, %u not as they should be", cases, (unsigned)library_call_count,
        failures);
    if (failures != 0)
        return 1;
    say("end");
    return 0;
}
