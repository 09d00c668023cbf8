/* One byte in each page of an array: what the swap tests do. */
#pragma once

#include <stddef.h>

void touch_pages(volatile char *array, size_t pages);
/* Fails naming the first page whose byte is not what touch_pages stored. */
void check_pages(const volatile char *array, size_t pages);
