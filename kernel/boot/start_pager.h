/* Makes the first task, the pager, and what it is told. */
#pragma once

/* Panics when there is no `pager` module or it cannot be loaded. The thread is runnable. */
void start_pager(void);
