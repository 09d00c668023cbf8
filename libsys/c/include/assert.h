/* assert(): prints where and exits with status 134, as after abort(). */
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
_Noreturn void assertion_failed(const char *file, int line, const char *function,
                                const char *condition);
#define assert(condition) \
    ((condition) ? (void)0 : assertion_failed(__FILE__, __LINE__, __func__, #condition))
#endif
#ifndef static_assert
#define static_assert _Static_assert
#endif
