/* <random.h> is RC4 with the seed's bytes as the key: published key streams are the measure. */
#include "../lib/suite.h"

#include <random.h>
#include <string.h>

/* Of the key "Wiki", and of a key of zeros. */
#define SEED_WIKI ('W' | 'i' << 8 | 'k' << 16 | 'i' << 24)
static const uint8_t stream_wiki[] = {0x60, 0x44, 0xdb, 0x6d, 0x41, 0xb7};
static const uint8_t stream_zero[] = {0xde, 0x18, 0x89, 0x41, 0xa3, 0x37, 0x5d, 0x3a,
                                      0x8a, 0x06, 0x1e, 0x67, 0x57, 0x6e, 0x92, 0x6d};

void test_main(void)
{
    uint8_t bytes[16];
    /* main() has seeded with 0; so does the first use where nobody did. */
    random_bytes(bytes, sizeof bytes);
    CHECK(memcmp(bytes, stream_zero, sizeof bytes) == 0, "seed 0");
    random_init(SEED_WIKI);
    random_bytes(bytes, 2);
    random_bytes(bytes + 2, 4);
    CHECK(memcmp(bytes, stream_wiki, 6) == 0, "another seed, in two pieces");
    random_init(0);
    CHECK(random_ulong() == 0x3a5d37a3418918de, "random_ulong takes eight bytes, lowest first");
    CHECK(random_ulong() == 0x6d926e57671e068a, "and the next eight");
    random_init(0);
    random_bytes(bytes, 0);
    random_bytes(bytes, 1);
    CHECK(bytes[0] == 0xde, "no bytes are no bytes");
}
