/* munmap writes back nothing that was not changed through the mapping. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

static const char overwrite[] = "Thirty-one bytes of new text...";

void test_main(void)
{
    static char buffer[1024];
    int descriptor = open_file("sample.txt");
    void *mapped;
    CHECK((mapped = mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, descriptor, 0)) != MAP_FAILED,
          "mmap \"sample.txt\"");
    if (memcmp(SAMPLE_ADDRESS, sample, SAMPLE_BYTES) != 0)
        fail("the mapping does not show the file");
    CHECK(write(descriptor, overwrite, (unsigned)strlen(overwrite)) == (int)strlen(overwrite),
          "write \"sample.txt\"");
    msg("munmap \"sample.txt\"");
    munmap(mapped);
    msg("seek \"sample.txt\"");
    seek(descriptor, 0);
    CHECK(read(descriptor, buffer, (unsigned)SAMPLE_BYTES) == (int)SAMPLE_BYTES,
          "read \"sample.txt\"");
    if (memcmp(buffer, overwrite, strlen(overwrite)) != 0 ||
        memcmp(buffer + strlen(overwrite), sample + strlen(overwrite),
               SAMPLE_BYTES - strlen(overwrite)) != 0)
        fail(memcmp(buffer, sample, SAMPLE_BYTES) == 0
                 ? "munmap wrote a clean page over what write() had written"
                 : "the file has neither the old text nor the new one");
    msg("the new text is still there");
}
