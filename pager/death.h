/* Stopping programs: see death.c. */
#pragma once

struct address_space;

/* Its threads never run again, and requests that wait end without a reply. */
void process_stop(struct address_space *space);
/* The space goes: init need not hear of its death any more. */
void death_forget(struct address_space *space);
