/* Five passes over five megabytes: fill, verify, encrypt, decrypt, verify. */
#include "../lib/rc4.h"
#include "../lib/suite.h"

#include <string.h>

#define BYTES (5 * 1024 * 1024)

static char array[BYTES];

static void verify(void)
{
    for (size_t index = 0; index < BYTES; index++)
        if (array[index] != 0x5a)
            fail("byte %zu is not 0x5a", index);
}

void test_main(void)
{
    struct rc4 rc4;
    msg("fill");
    memset(array, 0x5a, BYTES);
    msg("verify");
    verify();
    msg("encrypt");
    rc4_start(&rc4, "foobar", 6);
    rc4_crypt(&rc4, array, BYTES);
    msg("decrypt");
    rc4_start(&rc4, "foobar", 6);
    rc4_crypt(&rc4, array, BYTES);
    msg("verify");
    verify();
}
