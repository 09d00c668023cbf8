/* Assertions and function attributes, as programs for the Pintos user library know them. */
#ifndef QUIRE_PINTOS_DEBUG_H
#define QUIRE_PINTOS_DEBUG_H

#define UNUSED __attribute__((unused))
#define NO_RETURN __attribute__((noreturn))
#define NO_INLINE __attribute__((noinline))
#define PRINTF_FORMAT(format_index, first_index) \
    __attribute__((format(printf, format_index, first_index)))

/* Prints where and why on descriptor 1, then exits with status 1. */
void debug_panic(const char *file, int line, const char *function, const char *message, ...)
    PRINTF_FORMAT(4, 5) NO_RETURN;

#define PANIC(...) debug_panic(__FILE__, __LINE__, __func__, __VA_ARGS__)

#endif

/* Outside the guard, as in <assert.h>: NDEBUG may change between inclusions. */
#undef ASSERT
#undef NOT_REACHED
#ifndef NDEBUG
#define ASSERT(condition)                                \
    do {                                                 \
        if (!(condition))                                \
            PANIC("assertion `%s' failed.", #condition); \
    } while (0)
#define NOT_REACHED() PANIC("executed an unreachable statement")
#else
#define ASSERT(condition) ((void)0)
#define NOT_REACHED() __builtin_unreachable()
#endif
