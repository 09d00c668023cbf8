/*
 * What the two halves of the policy server share: main.c calls the policy, questions.c answers it.
 */
#pragma once

#include "policy_protocol.h"

#include <quire/system_call.h>

extern struct policy policy;
extern struct policy_area *const area;
extern uint64_t frame_limit; /* frames of the machine: how many pages there are */
extern uint64_t caller;      /* the reply token of the pager, which waits for us */

static inline struct policy_page *page_of(uint32_t frame)
{
    return (struct policy_page *)POLICY_TASK_PAGES + frame;
}

/* UINT32_MAX: not a page. */
static inline uint32_t frame_of(const struct policy_page *page)
{
    uint64_t offset = (uint64_t)(uintptr_t)page - POLICY_TASK_PAGES;
    uint64_t frame = offset / sizeof *page;
    return frame < frame_limit && offset % sizeof *page == 0 ? (uint32_t)frame : UINT32_MAX;
}

/* A hook begins: nothing that was guessed in the last one holds. */
void questions_begin(void);
/* What the pager says of the page that the hook is about. */
void questions_know(const struct policy_known *known);
/* How many entries of area->log the pager has not seen. It sees them now. */
uint64_t questions_logged(void);
