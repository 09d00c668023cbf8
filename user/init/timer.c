/* Time: the suite's limit for a test. */
#include "init.h"
#include "process.h"

static uint64_t deadline;

static void arm(void)
{
    sys_clock_arm(SERVER_HANDLE_NOTIFICATION, SERVER_BIT_TIMER, deadline);
}

void timer_set_deadline(uint64_t nanoseconds)
{
    deadline = nanoseconds;
    arm();
}

void timer_run(void)
{
    if (deadline != 0 && deadline <= sys_clock_read()) {
        deadline = 0;
        run_deadline();
    }
    arm();
}
