/*
 * The pager's services (services.h) for unit tests of its memory parts: what is said on the
 * console, who died, which option is set.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct address_space;

extern char fake_console[256]; /* the last line */
extern uint32_t fake_console_lines;
extern struct address_space *fake_dead; /* who died last; NULL: nobody */
extern uint32_t fake_death_reason;
extern uint32_t fake_deaths;
extern const char *fake_option_policy; /* the option `policy`; NULL: not given */
extern uint64_t fake_timer;            /* the last timer_wake_at(); 0: none */
extern bool fake_policy_tasks;         /* policies can have tasks */

void fake_services_reset(void);
