/* Time: processes that sleep, in the order of their deadlines, and the suite's time limit. */
#include "init.h"
#include "process.h"

static struct list_link sleepers = {&sleepers, &sleepers};
static uint64_t deadline;

static void arm(void)
{
    struct list_link *first = list_first(&sleepers);
    uint64_t next = deadline;
    if (first != NULL) {
        uint64_t until = LIST_ENTRY(first, struct process, sleeping)->sleep_until;
        if (next == 0 || until < next)
            next = until;
    }
    sys_clock_arm(SERVER_HANDLE_NOTIFICATION, SERVER_BIT_TIMER, next);
}

void process_sleep(struct process *process, uint64_t until, uint64_t token)
{
    if (until <= sys_clock_read()) {
        reply(token, 0, 0, 0, 0);
        return;
    }
    process->sleep_until = until;
    process->sleep_token = token;
    /* Most sleeps are asked for in the order in which they end: look from the back. */
    struct list_link *before = sleepers.previous;
    while (before != &sleepers && LIST_ENTRY(before, struct process, sleeping)->sleep_until > until)
        before = before->previous;
    list_insert_between(&process->sleeping, before, before->next);
    arm();
}

void process_cancel_sleep(struct process *process)
{
    list_remove(&process->sleeping);
}

void timer_set_deadline(uint64_t nanoseconds)
{
    deadline = nanoseconds;
    arm();
}

void timer_run(void)
{
    uint64_t now = sys_clock_read();
    LIST_FOR_EACH(link, &sleepers)
    {
        struct process *process = LIST_ENTRY(link, struct process, sleeping);
        if (process->sleep_until > now)
            break;
        list_remove(link);
        reply(process->sleep_token, 0, 0, 0, 0);
    }
    if (deadline != 0 && deadline <= now) {
        deadline = 0;
        run_deadline();
    }
    arm();
}
