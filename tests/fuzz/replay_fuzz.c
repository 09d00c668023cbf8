/*
 * Fuzzing the replay of recorded runs with libFuzzer: the input is a Quire trace.
 *
 * A damaged recording must be refused with the offset. It must not lead to calls that the pager's
 * core would never make, because no policy is written for them: a page that is inserted twice, one
 * that is removed from the wrong group, a reason that does not exist.
 *
 *   replay_fuzz [corpus directory] -max_total_time=600      to look for more
 */
#include "replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_BYTES_MAX (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct byte_source source;
    struct failure failure = {""};
    if (!source_open_memory(&source, data, size, &failure)) {
        assert(failure.text[0] != '\0');
        return 0;
    }
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    if (!replay_run(&source, POLICY_BYTES_MAX, out, &failure))
        assert(failure.text[0] != '\0');
    (void)fclose(out);
    free(text);
    source_close(&source);
    return 0;
}
