/*
 * Page operations in batches: SYS_MAP, SYS_UNMAP and SYS_PROTECT.
 */
#pragma once

#include "task.h"

/* SYS_MAP of the struct page_batch at a user address, for FAULT_MAP_BATCH replies. */
int page_batch_map(struct task *caller, uint64_t batch_address);

void system_map(struct thread *thread);
void system_unmap(struct thread *thread);
void system_protect(struct thread *thread);
