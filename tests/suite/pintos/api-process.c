/* fork, exec, wait, exit: what is kept, what is copied, and what is refused. */
#include "../lib/suite.h"

#include <stdio.h>
#include <string.h>

/* What wait() returned. Asked for before the line that tells of it, which would race with the child's. */
static int status;

static int counter = 1;

/*
 * fork with values of our own in the callee-saved registers; the process id, or -2 if one of
 * them, or the stack pointer, is another afterwards.
 */
pid_t fork_with_registers(const char *name);
asm(".pushsection .text\n"
    "fork_with_registers:\n"
    "    pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15; pushq %rdi\n"
    "    movq $1, %rbx; movq $3, %r12; movq $4, %r13; movq $5, %r14; movq $6, %r15\n"
    "    movq %rsp, %rbp\n"
    "    callq fork\n"
    "    cmpq %rsp, %rbp; jne 1f; cmpq $1, %rbx; jne 1f; cmpq $3, %r12; jne 1f\n"
    "    cmpq $4, %r13; jne 1f; cmpq $5, %r14; jne 1f; cmpq $6, %r15; je 2f\n"
    "1:  movl $-2, %eax\n"
    "2:  movq %rbp, %rsp\n"
    "    popq %rdi; popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx\n"
    "    retq\n"
    ".popsection\n");

static void check_fork(void)
{
    pid_t child = fork_with_registers("registers");
    if (child <= 0)
        exit(child == 0 ? 21 : 22);
    status = wait(child);
    CHECK(status == 21, "registers and stack pointer are the same in both");
    child = fork("writer");
    if (child == 0) {
        counter = 50;
        exit(counter);
    }
    status = wait(child);
    CHECK(status == 50 && counter == 1, "memory is a copy");
    pid_t first = fork("first"), second = first == 0 ? 0 : fork("second");
    if (first == 0 || second == 0)
        exit(first == 0 ? 1 : 2);
    CHECK(first != second && wait(second) == 2 && wait(first) == 1, "wait in any order");
}

static void check_wait(void)
{
    pid_t child = fork("parent"), grandchild = 0;
    if (child == 0) {
        grandchild = fork("grandchild");
        if (grandchild == 0)
            exit(9);
        create("pid", 0);
        write(open("pid"), &grandchild, sizeof grandchild);
        exit(wait(grandchild) == 9 && wait(grandchild) == -1 ? 8 : 0);
    }
    status = wait(child);
    CHECK(status == 8, "a child of the child");
    read(open("pid"), &grandchild, sizeof grandchild);
    CHECK(grandchild > 0 && wait(grandchild) == -1, "another's child is none");
    status = wait(child);
    CHECK(status == -1, "only once");
    CHECK(wait(-1) == -1 && wait(0) == -1 && wait(123456789) == -1, "nobody has these ids");
    static const int statuses[] = {0, 1, -1, 255, 256, -5, 2147483647};
    for (size_t index = 0; index < LENGTH_OF(statuses); index++) {
        child = fork("status");
        if (child == 0)
            exit(statuses[index]);
        status = wait(child);
        CHECK(status == statuses[index], "status %d arrives whole", statuses[index]);
    }
}

static int status_of_exec(const char *command)
{
    pid_t child = fork("starter");
    if (child == 0)
        exit(exec(command) == -1 ? 30 : 31);
    return wait(child);
}

static void check_exec(void)
{
    static char blanks[] = "   api-child   1  ";
    static char long_line[5000];
    CHECK(status_of_exec(blanks) == 12, "blanks at the ends, several in between");
    CHECK(status_of_exec("no-such-file") == 30, "no such file");
    CHECK(status_of_exec("") == 30 && status_of_exec("   ") == 30, "no word");
    CHECK(status_of_exec("sample.txt") == 30, "no program");
    memset(long_line, 'x', sizeof long_line - 1);
    CHECK(status_of_exec(long_line) == 30, "a line longer than a page");
    memcpy(long_line, "api-child ", 10);
    for (size_t index = 10; index < 4095; index += 2)
        memcpy(long_line + index, "y ", 2);
    long_line[4095] = '\0';
    CHECK(status_of_exec(long_line) == 11 + (4095 - 10 + 1) / 2, "thousands of arguments");
}

static void check_kept(void)
{
    char command[32];
    int descriptor = open_file("sample.txt");
    seek(descriptor, 100);
    pid_t child = fork("keeper");
    if (child == 0) {
        snprintf(command, sizeof command, "api-child position %d", descriptor);
        exec(command);
    }
    status = wait(child);
    CHECK(status == 100, "descriptors and their positions stay across exec");
    CHECK(tell(descriptor) == 100, "and the child's are its own");
    close(descriptor);
}

void test_main(void)
{
    check_fork();
    check_wait();
    check_exec();
    check_kept();
}
