/*
 * Every call of the Pintos library with every argument wrong in turn, the others good, each in a
 * child of its own. The rule: a pointer that the program may not use ends it with -1; anything else
 * that is wrong is the call's failure. Calls, kinds of arguments and wrong values are tables.
 */
#include "../lib/suite.h"

#include <string.h>

#define BUFFER 0x10000000ul /* a mapping of two pages of a file */
#define BUFFER_BYTES (2 * PAGE_BYTES)
#define UNMAPPED 0x20000000ul
#define KERNEL_ADDRESS 0xffffffff80000000ul
#define NO_ADDRESS 0x0000800000000000ul /* not canonical */
#define POINTER(object) ((uint64_t)(uintptr_t)(object))
#define NUMBER(value) ((uint64_t)(int64_t)(value))
#define ARGUMENTS_MAX 4
#define CLOSED_DESCRIPTOR 100
#define END_OF_LIST  \
    {                \
        .name = NULL \
    }

/* What becomes of a child: its exit status. Death by the system is -1. */
enum outcome { DIES = -1, FAILS = 10, WORKS = 11 };

struct wrong_value {
    const char *name;
    uint64_t value;
    enum outcome outcome;
};

static char long_name[100];
static int file;
static unsigned cases, failures;

static const struct wrong_value pointers[] = {{"null", 0, DIES},
                                              {"unmapped", UNMAPPED, DIES},
                                              {"kernel", KERNEL_ADDRESS, DIES},
                                              {"no address", NO_ADDRESS, DIES},
                                              {"last byte", UINT64_MAX, DIES},
                                              END_OF_LIST};
static const struct wrong_value half_mapped[] = {{"half mapped", BUFFER + BUFFER_BYTES - 16, DIES},
                                                 END_OF_LIST};
static const struct wrong_value code[] = {{"code", POINTER(test_main), DIES}, END_OF_LIST};
static const struct wrong_value no_end[] = {{"no end", BUFFER + BUFFER_BYTES - 16, DIES},
                                            END_OF_LIST};
static const struct wrong_value absent[] = {
    {"empty", POINTER(""), FAILS},
    {"absent", POINTER("absent"), FAILS},
    {"under a file", POINTER("file/x"), FAILS},
    {"too long", POINTER(long_name), FAILS},
    END_OF_LIST,
};
static const struct wrong_value existing[] = {
    {"empty", POINTER(""), FAILS},
    {"existing", POINTER("file"), FAILS},
    {"under nothing", POINTER("absent/x"), FAILS},
    {"too long", POINTER(long_name), FAILS},
    END_OF_LIST,
};
static const struct wrong_value descriptors[] = {
    {"negative", NUMBER(-1), FAILS},
    {"lowest", NUMBER(INT32_MIN), FAILS},
    {"large", 1000000, FAILS},
    {"largest", INT32_MAX, FAILS},
    {"closed", CLOSED_DESCRIPTOR, FAILS},
    END_OF_LIST,
};
static const struct wrong_value numbers_of_none[] = {
    {"negative", NUMBER(-1), FAILS},
    {"lowest", NUMBER(INT32_MIN), FAILS},
    {"largest", INT32_MAX, FAILS},
    END_OF_LIST,
};
static const struct wrong_value addresses[] = {
    {"null", 0, FAILS},
    {"inside a page", UNMAPPED + 1, FAILS},
    {"taken", BUFFER, FAILS},
    {"kernel", KERNEL_ADDRESS, FAILS},
    {"no address", NO_ADDRESS, FAILS},
    END_OF_LIST,
};
static const struct wrong_value lengths[] = {
    {"zero", 0, FAILS},
    {"huge", SIZE_MAX, FAILS},
    {"negative", 1ul << 63, FAILS},
    {"too long", 1ul << 46, FAILS},
    END_OF_LIST,
};
static const struct wrong_value offsets[] = {
    {"inside a page", 1, FAILS}, {"negative", NUMBER(-PAGE_BYTES), FAILS}, END_OF_LIST};

enum kind {
    NO_ARGUMENT,
    FILE_NAME,
    DIRECTORY_NAME,
    NEW_NAME,
    PROCESS_NAME,
    COMMAND,
    DESCRIPTOR,
    DIRECTORY,
    NEW_DESCRIPTOR,
    BUFFER_IN,
    BUFFER_OUT,
    RESULT,
    ADDRESS,
    LENGTH,
    OFFSET,
    CHILD,
    KINDS
};
static struct {
    uint64_t good;
    const struct wrong_value *lists[3];
} kinds[KINDS] = {
    [FILE_NAME] = {POINTER("file"), {pointers, no_end, absent}},
    [DIRECTORY_NAME] = {POINTER("directory"), {pointers, no_end, absent}},
    [NEW_NAME] = {POINTER("new"), {pointers, no_end, existing}},
    [PROCESS_NAME] = {POINTER("child"), {pointers, no_end}},
    [COMMAND] = {POINTER("absent"), {pointers, no_end, absent}},
    [DESCRIPTOR] = {0, {descriptors}}, /* test_main() enters the file and the directory */
    [DIRECTORY] = {0, {descriptors}},
    [NEW_DESCRIPTOR] = {50, {numbers_of_none}},
    [BUFFER_IN] = {BUFFER, {pointers, half_mapped}},
    [BUFFER_OUT] = {BUFFER, {pointers, half_mapped, code}},
    [RESULT] = {BUFFER, {pointers, code}},
    [ADDRESS] = {UNMAPPED, {addresses}},
    [LENGTH] = {PAGE_BYTES, {lengths}},
    [OFFSET] = {0, {offsets}},
    [CHILD] = {0, {numbers_of_none}},
};

#define CALL(name, works)                      \
    static bool call_##name(const uint64_t *a) \
    {                                          \
        return (works);                        \
    }
#define INT(index) ((int)a[index])
#define ANY(index) ((void *)a[index])

CALL(create, create(ANY(0), 10))
CALL(remove, remove(ANY(0)))
CALL(open, open(ANY(0)) >= 2)
CALL(filesize, filesize(INT(0)) >= 0)
CALL(read, read(INT(0), ANY(1), 512) >= 0)
CALL(write, write(INT(0), ANY(1), 512) >= 0)
CALL(tell, tell(INT(0)) != (unsigned)-1)
CALL(seek, (seek(INT(0), 4), tell(INT(0)) == 4))
CALL(close, (close(INT(0)), filesize(INT(0)) < 0 && filesize(file) < 0))
CALL(dup2, dup2(INT(0), INT(1)) >= 0)
CALL(mmap, mmap(ANY(0), a[1], 1, INT(2), INT(3)) != MAP_FAILED)
CALL(chdir, chdir(ANY(0)))
CALL(mkdir, mkdir(ANY(0)))
CALL(readdir, readdir(INT(0), ANY(1)))
CALL(isdir, isdir(INT(0)))
CALL(inumber, inumber(INT(0)) >= 0)
CALL(symlink, symlink(ANY(0), ANY(1)) == 0)
CALL(exec, exec(ANY(0)) >= 0)

static bool call_fork(const uint64_t *a)
{
    pid_t child = fork(ANY(0));
    if (child == 0)
        exit(7);
    return wait(child) == 7;
}

static bool call_wait(const uint64_t *a)
{
    pid_t child = fork("waited");
    if (child == 0)
        exit(7);
    return wait(INT(0) != 0 ? INT(0) : child) == 7;
}

static const struct {
    const char *name;
    bool (*make)(const uint64_t *arguments);
    enum kind arguments[ARGUMENTS_MAX];
    enum outcome outcome; /* with good arguments */
} calls[] = {
    {"create", call_create, {NEW_NAME}, WORKS},
    {"remove", call_remove, {FILE_NAME}, WORKS},
    {"open", call_open, {FILE_NAME}, WORKS},
    {"filesize", call_filesize, {DESCRIPTOR}, WORKS},
    {"read", call_read, {DESCRIPTOR, BUFFER_OUT}, WORKS},
    {"write", call_write, {DESCRIPTOR, BUFFER_IN}, WORKS},
    {"seek", call_seek, {DESCRIPTOR}, WORKS},
    {"tell", call_tell, {DESCRIPTOR}, WORKS},
    {"close", call_close, {DESCRIPTOR}, WORKS},
    {"dup2", call_dup2, {DESCRIPTOR, NEW_DESCRIPTOR}, WORKS},
    {"mmap", call_mmap, {ADDRESS, LENGTH, DESCRIPTOR, OFFSET}, WORKS},
    {"chdir", call_chdir, {DIRECTORY_NAME}, WORKS},
    {"mkdir", call_mkdir, {NEW_NAME}, WORKS},
    {"readdir", call_readdir, {DIRECTORY, RESULT}, WORKS},
    {"isdir", call_isdir, {DIRECTORY}, WORKS},
    {"inumber", call_inumber, {DESCRIPTOR}, WORKS},
    {"symlink", call_symlink, {PROCESS_NAME, NEW_NAME}, WORKS},
    {"fork", call_fork, {PROCESS_NAME}, WORKS},
    {"exec", call_exec, {COMMAND}, FAILS},
    {"wait", call_wait, {CHILD}, WORKS},
};

static void run_case(size_t call, const uint64_t *arguments, int argument, const char *value,
                     enum outcome wanted)
{
    create("file", BUFFER_BYTES);
    memset((void *)BUFFER, 'b', BUFFER_BYTES); /* shared: what reads left there goes */
    pid_t child = fork("case");
    if (child == 0)
        exit(calls[call].make(arguments) ? WORKS : FAILS);
    int outcome = wait(child);
    cases++;
    if (outcome != (int)wanted) {
        failures++;
        msg("%s, argument %d %s: %d and not %d", calls[call].name, argument, value, outcome,
            (int)wanted);
    }
    remove("new");
}

static void run_call(size_t call)
{
    uint64_t arguments[ARGUMENTS_MAX];
    for (int i = 0; i < ARGUMENTS_MAX; i++)
        arguments[i] = kinds[calls[call].arguments[i]].good;
    run_case(call, arguments, 0, "and all are good", calls[call].outcome);
    for (int i = 0; i < ARGUMENTS_MAX; i++) {
        const enum kind kind = calls[call].arguments[i];
        for (int list = 0; list < 3 && kinds[kind].lists[list] != NULL; list++) {
            for (const struct wrong_value *wrong = kinds[kind].lists[list]; wrong->name != NULL;
                 wrong++) {
                arguments[i] = wrong->value;
                run_case(call, arguments, i + 1, wrong->name, wrong->outcome);
            }
        }
        arguments[i] = kinds[kind].good;
    }
}

void test_main(void)
{
    memset(long_name, 'n', sizeof long_name - 1);
    CHECK(create("file", BUFFER_BYTES) && create("backing", BUFFER_BYTES), "two files");
    CHECK(mkdir("directory") && mkdir("directory/entry"), "a directory");
    int backing = open_file("backing");
    CHECK(mmap((void *)BUFFER, BUFFER_BYTES, 1, backing, 0) == (void *)BUFFER, "a buffer");
    memset((void *)BUFFER, 'b', BUFFER_BYTES);
    file = open_file("file");
    kinds[DESCRIPTOR].good = (uint64_t)file;
    kinds[DIRECTORY].good = (uint64_t)open_file("directory");
    for (size_t call = 0; call < LENGTH_OF(calls); call++)
        run_call(call);
    CHECK(failures == 0, "%u cases, each as it should be", cases);
}
