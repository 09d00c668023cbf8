/* See shuffle.h. */
#include "shuffle.h"

#include "checksum.h"
#include "suite.h"

#include <random.h>

void shuffle_bytes(char *bytes, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        size_t other = index + random_ulong() % (count - index);
        char kept = bytes[index];
        bytes[index] = bytes[other];
        bytes[other] = kept;
    }
}

void shuffle_ten_times(char *bytes, size_t count)
{
    for (size_t index = 0; index < count; index++)
        bytes[index] = (char)(index * 257);
    msg("in order: cksum %lu", checksum(bytes, count));
    for (int round = 0; round < 10; round++) {
        shuffle_bytes(bytes, count);
        msg("shuffled %d times: cksum %lu", round + 1, checksum(bytes, count));
    }
}
