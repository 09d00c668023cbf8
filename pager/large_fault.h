/*
 * Faults and large pages. See large_fault.c.
 */
#pragma once

#include "fault.h"

/*
 * A fault in a region that asked for large pages, at a page without contents. True: the 2 MiB around
 * it, none of which was ever touched, are resident, zeroed and mapped, and fault->page is the page.
 * False: as if nothing had been tried.
 */
bool large_fault_fill(struct fault *fault, const struct policy_insert_info *info);
/* The fault's address lies in a large page. */
bool large_fault_is_inside(const struct fault *fault);
/*
 * Then, when the fault's page is resident. True: the large page is all that the fault wants, and the
 * thread may run on. False: there are small pages now, to be mapped as ever.
 */
bool large_fault_served(const struct fault *fault);
