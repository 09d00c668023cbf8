/* Mappings and the heap's end: thin calls to the pager. */
#include "result.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

static struct call_result pager(uint32_t operation, const void *address, uint64_t word1,
                                uint64_t word2, uint64_t word3, uint64_t word4)
{
    return server_call(PAGER_HANDLE, operation, (uintptr_t)address, word1, word2, word3, word4,
                       stack_pointer());
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    uint64_t rights = (uint32_t)protection | (uint64_t)(uint32_t)flags << 32;
    struct call_result result =
        pager(PAGER_MAP, address, length, rights, as_word(descriptor), as_word(offset));
    return or_errno(result) < 0 ? MAP_FAILED : (void *)result.word[0];
}

int munmap(void *address, size_t length)
{
    return or_errno(pager(PAGER_UNMAP, address, length, 0, 0, 0));
}

int mprotect(void *address, size_t length, int protection)
{
    return or_errno(pager(PAGER_PROTECT, address, length, (uint32_t)protection, 0, 0));
}

int madvise(void *address, size_t length, int advice)
{
    return or_errno(pager(PAGER_ADVISE, address, length, (uint32_t)advice, 0, 0));
}

int msync(void *address, size_t length, int flags)
{
    return or_errno(pager(PAGER_SYNC, address, length, (uint32_t)flags, 0, 0));
}

int mincore(void *address, size_t length, unsigned char *resident)
{
    return or_errno(pager(PAGER_RESIDENT, address, length, (uintptr_t)resident, 0, 0));
}

int mlock(const void *address, size_t length)
{
    return or_errno(pager(PAGER_LOCK, address, length, 0, 0, 0));
}

int munlock(const void *address, size_t length)
{
    return or_errno(pager(PAGER_UNLOCK, address, length, 0, 0, 0));
}

void *mremap(void *address, size_t old_length, size_t new_length, int flags, ...)
{
    uintptr_t new_address = 0;
    if (flags & MREMAP_FIXED) {
        va_list arguments;
        va_start(arguments, flags);
        new_address = (uintptr_t)va_arg(arguments, void *);
        va_end(arguments);
    }
    struct call_result result =
        pager(PAGER_REMAP, address, old_length, new_length, (uint32_t)flags, new_address);
    return or_errno(result) < 0 ? MAP_FAILED : (void *)result.word[0];
}

int brk(void *end)
{
    return or_errno(pager(PAGER_BREAK, end, 0, 0, 0, 0));
}

void *sbrk(intptr_t increment)
{
    int64_t end = word_or_errno(pager(PAGER_BREAK, NULL, 0, 0, 0, 0));
    if (end < 0 || (increment != 0 && brk((void *)(end + increment)) < 0))
        return (void *)-1;
    return (void *)end;
}

int getpagesize(void)
{
    return (int)PAGE_SIZE;
}
