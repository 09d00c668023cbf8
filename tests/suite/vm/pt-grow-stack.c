/* A local array of a page: the stack grows past its first page by itself. */
#include "../lib/checksum.h"
#include "../lib/rc4.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    char object[4096];
    struct rc4 rc4;
    memset(object, 0, sizeof object);
    rc4_start(&rc4, "foobar", 6);
    rc4_crypt(&rc4, object, sizeof object);
    msg("cksum: %lu", checksum(object, sizeof object));
}
