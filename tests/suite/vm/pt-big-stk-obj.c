/* A local array of sixteen pages: the stack grows by as much as an object needs. */
#include "../lib/checksum.h"
#include "../lib/rc4.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    char object[65536];
    struct rc4 rc4;
    memset(object, 0, sizeof object);
    rc4_start(&rc4, "foobar", 6);
    rc4_crypt(&rc4, object, sizeof object);
    msg("cksum: %lu", checksum(object, sizeof object));
}
