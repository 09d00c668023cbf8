/*
 * A font of one character and no kernel: enough to link the console's displays on the build
 * machine.
 */
#include "font.h"

#include <quire/system_call.h>

const struct font_glyph font_glyphs[] = {{'?', {0}}};
const unsigned font_glyph_count = 1;

struct system_call_result system_call_plain(uint64_t number, uint64_t rdi, uint64_t rsi,
                                            uint64_t rdx, uint64_t r8, uint64_t r9, uint64_t r10)
{
    (void)number, (void)rdi, (void)rsi, (void)rdx, (void)r8, (void)r9, (void)r10;
    return (struct system_call_result){0, 0, 0};
}
