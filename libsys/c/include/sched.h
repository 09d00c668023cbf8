/* Giving way to other threads. */
#pragma once

/* The caller goes behind the others that are ready. Always 0. */
int sched_yield(void);
