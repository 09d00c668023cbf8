/* A read a page below the stack pointer is no stack access: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    __asm__ volatile("movq -4096(%%rsp), %%rax" : : : "rax");
}
