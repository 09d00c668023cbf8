/* Between console_input.c and console_output.c. */
#pragma once

#include <stdint.h>

void console_output_boot(void *area, uint32_t notification);
void console_output_interrupt(void);
void console_output_fail(void);
