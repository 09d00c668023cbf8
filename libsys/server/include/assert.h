/*
 * assert() of servers: on in every build. For our own broken invariants only; a failed one
 * stops the server (see quire/server.h).
 */
#include <quire/server.h>

#undef assert
#define assert(condition)  \
    ((condition) ? (void)0 \
                 : server_panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition))
#ifndef static_assert
#define static_assert _Static_assert
#endif
