/* Mappings. Addresses and lengths as POSIX wants them: whole pages. */
#pragma once

#include <sys/types.h>

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4

#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_ANON MAP_ANONYMOUS
#define MAP_LOCKED 0x2000
#define MAP_POPULATE 0x8000
#define MAP_FIXED_NOREPLACE 0x100000
#define MAP_FAILED ((void *)-1)

#define MS_ASYNC 1
#define MS_INVALIDATE 2
#define MS_SYNC 4

#define MADV_NORMAL 0
#define MADV_RANDOM 1
#define MADV_SEQUENTIAL 2
#define MADV_WILLNEED 3
#define MADV_DONTNEED 4
#define MADV_HUGEPAGE 14
#define MADV_NOHUGEPAGE 15
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
/* Not Linux's. A read fault on a file's page in memory maps its neighbours in memory too, or never does,
   whatever the paging group has. */
#define MADV_FAULT_AROUND 0x5101
#define MADV_NO_FAULT_AROUND 0x5102

#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED 2

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset);
int munmap(void *address, size_t length);
int mprotect(void *address, size_t length, int protection);
int madvise(void *address, size_t length, int advice);
/* MS_SYNC returns after the device has flushed. */
int msync(void *address, size_t length, int flags);
int mincore(void *address, size_t length, unsigned char *resident);
int mlock(const void *address, size_t length);
int munlock(const void *address, size_t length);
void *mremap(void *address, size_t old_length, size_t new_length, int flags, ...);
