/* Child of page-parallel: encrypts and decrypts a megabyte of zeros. Exits with 0x42. */
#include "../lib/rc4.h"
#include "../lib/suite.h"

#define BYTES (1024 * 1024)
#define STATUS 0x42

static char array[BYTES];

int main(int argc, char *argv[])
{
    const char *key = argv[argc - 1];
    struct rc4 rc4;
    size_t key_bytes = 0;
    test_name = "child-linear";
    while (key[key_bytes] != '\0')
        key_bytes++;
    for (int pass = 0; pass < 2; pass++) {
        rc4_start(&rc4, key, key_bytes);
        rc4_crypt(&rc4, array, BYTES);
    }
    for (size_t index = 0; index < BYTES; index++)
        if (array[index] != 0)
            fail("byte %zu is not zero", index);
    return STATUS;
}
