/*
 * What the policy asks, answered by the pager or out of what it sent along. See task.h and
 * pager/policy_protocol.h.
 *
 * Looks are guessed ahead along the policy's own lists: a clock hand that looks at a page will
 * look at its neighbours. Guesses that come true make more of them, others fewer.
 *
 *      look at frame f ---> in hints?  --yes--> answer, log           no message
 *                              | no
 *                              v
 *                        ask for f, and with it for the pages around f in its list
 */
#include "task.h"

#include <quire/server.h>

static const struct policy_known *known;
static uint64_t logged;

static struct {
    uint32_t count, next;    /* next: where the last hit was, and one on */
    uint32_t hits;           /* since the last question */
    uint64_t accessed;       /* bit i: for area->hints[i] */
    uint32_t limit;          /* how many to ask for */
    uint32_t last, previous; /* the page asked for last, and its neighbour before it */
    bool backward;           /* the hand goes from back to front */
} hints = {.limit = 4};

void questions_begin(void)
{
    hints.count = 0;
    hints.last = UINT32_MAX;
}

void questions_know(const struct policy_known *page)
{
    known = page;
}

uint64_t questions_logged(void)
{
    uint64_t count = logged;
    logged = 0;
    return count;
}

/* Asks the pager; word 0 of its answer. */
static uint64_t ask(enum policy_reply question, uint32_t frame, uint64_t argument)
{
    struct message message = {
        .tag = MAKE_TAG(question, 3, 0),
        .words = {frame, argument, questions_logged()},
    };
    int64_t status = sys_reply_and_wait(caller, POLICY_TASK_ENDPOINT, &message);
    if (status != KERNEL_OK || TAG_LABEL(message.tag) != POLICY_ANSWER)
        server_panic("policy-server: no answer to a question (%ld)", (long)status);
    caller = message.reply_token;
    return message.words[0];
}

/* false: the log is full, so the question must be asked. */
static bool log_question(enum policy_reply question, uint32_t frame)
{
    if (logged == POLICY_LOG_MAX)
        return false;
    area->log[logged++] = (struct policy_task_log){frame, question};
    return true;
}

/* ---------------------------------------------------------------- looks */

static bool is_hinted(uint32_t frame, uint32_t *place)
{
    for (uint32_t i = 0; i < hints.count; i++) {
        *place = hints.next + i < hints.count ? hints.next + i : hints.next + i - hints.count;
        if (area->hints[*place] == frame)
            return true;
    }
    return false;
}

static uint32_t neighbour(uint32_t frame, bool backward)
{
    const struct policy_page *page = page_of(frame);
    return frame_of(backward ? policy_list_previous(page) : policy_list_next(page));
}

/* The pages behind `frame` on the hand's way, into area->hints. */
static void collect_hints(uint32_t frame)
{
    hints.limit = hints.hits != 0 ? hints.limit * 2 : hints.limit / 2;
    hints.limit = hints.limit < 1                  ? 1
                  : hints.limit > POLICY_HINTS_MAX ? POLICY_HINTS_MAX
                                                   : hints.limit;
    if (frame == hints.previous && hints.last != UINT32_MAX)
        hints.backward = true;
    else if (hints.hits == 0)
        hints.backward = false;
    hints.count = hints.next = hints.hits = 0;
    hints.last = frame;
    hints.previous = neighbour(frame, true);
    uint32_t next = neighbour(frame, hints.backward);
    while (next != UINT32_MAX && hints.count < hints.limit) {
        area->hints[hints.count++] = next;
        next = neighbour(next, hints.backward);
    }
}

static bool look(uint32_t frame)
{
    uint32_t place;
    if (is_hinted(frame, &place) && log_question(POLICY_LOOKED, frame)) {
        bool accessed = hints.accessed >> place & 1;
        hints.accessed &= ~(1ull << place); /* the look clears it */
        hints.next = place + 1;
        hints.hits++;
        return accessed;
    }
    collect_hints(frame);
    uint64_t answer = ask(POLICY_LOOKED, frame, hints.count);
    hints.accessed = answer >> 1;
    return answer & 1;
}

bool policy_core_looked(struct policy *asking, struct policy_page *page)
{
    bool referenced = look(frame_of(page));
    asking->virtual_time += referenced;
    return referenced;
}

/* ---------------------------------------------------------------- information */

void policy_core_page_information(struct policy *asking, const struct policy_page *page,
                                  struct policy_page_info *info)
{
    uint32_t frame = frame_of(page);
    const struct policy_known *answer = known;
    if (!known->is_known || known->frame != frame || !log_question(POLICY_INFORMATION, frame)) {
        ask(POLICY_INFORMATION, frame, 0);
        answer = &area->known;
    }
    policy_tell(answer, asking->virtual_time, info);
}
