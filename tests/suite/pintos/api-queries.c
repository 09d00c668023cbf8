/* The queries `int $0x42`, 0x43 and 0x44: what they answer, and that they touch nothing but rax. */
#include "../lib/suite.h"

#include <round.h>
#include <string.h>

#define KERNEL_ADDRESS ((void *)0x8004000000)
#define FREE_ADDRESS ((char *)0x10000000)

/* What wait() returned. Asked for before the line that tells of it, which would race with the child's. */
static int status;

static char pages[4 * PAGE_BYTES];

/* As that course's header has them: statements of their own, which hold together without
   optimisation only. */
static void *stock_get_phys_addr(void *user_address)
{
    void *frame;
    asm volatile("movq %0, %%rax" ::"r"(user_address));
    asm volatile("int $0x42");
    asm volatile("movq %%rax, %0" : "=r"(frame));
    return frame;
}

static long long stock_get_fs_disk_read_cnt(void)
{
    long long count;
    asm volatile("movq $0, %rdx");
    asm volatile("movq $1, %rcx");
    asm volatile("int $0x43");
    asm volatile("movq %%rax, %0" : "=r"(count));
    return count;
}

/* Every register but rax and rsp filled with a value of its own around the query; 0 if all are kept. */
#define CHANGED_REGISTERS(vector, changed)                                                      \
    asm volatile("pushq %%rbp\n"                                                                \
                 "movq $1, %%rbx; movq $2, %%rcx; movq $3, %%rdx; movq $4, %%rsi\n"             \
                 "movq $5, %%rdi; movq $6, %%rbp; movq $7, %%r8; movq $8, %%r9\n"               \
                 "movq $9, %%r10; movq $10, %%r11; movq $11, %%r12; movq $12, %%r13\n"          \
                 "movq $13, %%r14; movq $14, %%r15; movq $0, %%rax; stc; std\n"                 \
                 "int $" #vector "\n"                                                           \
                 "movl $0, %%eax; setncb %%al; pushfq; cld; xorq $1, %%rbx; orq %%rbx, %%rax\n" \
                 "popq %%rbx; notq %%rbx; andq $0x400, %%rbx; orq %%rbx, %%rax\n"               \
                 "xorq $2, %%rcx; orq %%rcx, %%rax; xorq $3, %%rdx; orq %%rdx, %%rax\n"         \
                 "xorq $4, %%rsi; orq %%rsi, %%rax; xorq $5, %%rdi; orq %%rdi, %%rax\n"         \
                 "xorq $6, %%rbp; orq %%rbp, %%rax; xorq $7, %%r8; orq %%r8, %%rax\n"           \
                 "xorq $8, %%r9; orq %%r9, %%rax; xorq $9, %%r10; orq %%r10, %%rax\n"           \
                 "xorq $10, %%r11; orq %%r11, %%rax; xorq $11, %%r12; orq %%r12, %%rax\n"       \
                 "xorq $12, %%r13; orq %%r13, %%rax; xorq $13, %%r14; orq %%r14, %%rax\n"       \
                 "xorq $14, %%r15; orq %%r15, %%rax; popq %%rbp\n"                              \
                 : "=&a"(changed)                                                               \
                 :                                                                              \
                 : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",   \
                   "r14", "r15", "cc", "memory")

static void check_addresses(void)
{
    char *page = (char *)ROUND_UP((uintptr_t)pages, PAGE_BYTES);
    CHECK(get_phys_addr(page) == NULL, "an untouched page has no frame");
    CHECK(get_phys_addr(page) == NULL, "asking did not bring it in");
    page[0] = 1;
    page[PAGE_BYTES] = 2;
    uintptr_t first = (uintptr_t)get_phys_addr(page);
    CHECK(first != 0 && first % PAGE_BYTES == 0, "a touched one has");
    CHECK(get_phys_addr(page + 4095) == (void *)first, "all of a page has the same");
    CHECK(get_phys_addr(page + PAGE_BYTES) != (void *)first, "another page has another");
    CHECK(get_phys_addr(NULL) == NULL && get_phys_addr(KERNEL_ADDRESS) == NULL &&
              get_phys_addr((void *)~0ul) == NULL && get_phys_addr((void *)(1ul << 50)) == NULL,
          "addresses that no program has have none");
    CHECK(stock_get_phys_addr(page) == (void *)first, "the course's own inline code works");
}

static void check_mapping(void)
{
    int descriptor = open_file("sample.txt");
    CHECK(mmap(FREE_ADDRESS, PAGE_BYTES, 0, descriptor, 0) == FREE_ADDRESS, "map a file");
    CHECK(get_phys_addr(FREE_ADDRESS) == NULL, "a mapping is lazy");
    char byte = *(volatile char *)FREE_ADDRESS;
    CHECK(byte != 0 && get_phys_addr(FREE_ADDRESS) != NULL, "until it is read");
    munmap(FREE_ADDRESS);
    CHECK(get_phys_addr(FREE_ADDRESS) == NULL, "and when it is gone");
    close(descriptor);
}

static void check_counts(void)
{
    static char buffer[PAGE_BYTES];
    long long before = get_fs_disk_read_cnt();
    CHECK(before > 0 && stock_get_fs_disk_read_cnt() == before, "sectors were read to start this");
    int descriptor = open_file("large.txt");
    int size = filesize(descriptor);
    for (int done = 0; done < size; done += PAGE_BYTES)
        read(descriptor, buffer, sizeof buffer);
    CHECK(get_fs_disk_read_cnt() >= before + size / 512, "a file was read once");
    long long after = get_fs_disk_read_cnt();
    seek(descriptor, 0);
    read(descriptor, buffer, sizeof buffer);
    CHECK(get_fs_disk_read_cnt() == after, "what is in memory is not read again");
    CHECK(get_fs_disk_write_cnt() >= 0, "sectors written");
    close(descriptor);
}

void test_main(void)
{
    uint64_t changed;
    check_addresses();
    check_mapping();
    check_counts();
    CHANGED_REGISTERS(0x42, changed);
    CHECK(changed == 0, "int 0x42 keeps the registers and flags");
    CHANGED_REGISTERS(0x43, changed);
    CHECK(changed == 0, "int 0x43 keeps them");
    CHANGED_REGISTERS(0x44, changed);
    CHECK(changed == 0, "int 0x44 keeps them");
    pid_t child = fork("other-vector");
    if (child == 0)
        asm volatile("int $0x45");
    status = wait(child);
    CHECK(status == -1, "another vector ends the process");
}
