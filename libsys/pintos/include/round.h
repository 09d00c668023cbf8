/* Rounding of integers to multiples of `step`, which need not be a power of two. */
#pragma once

#define ROUND_UP(x, step) (((x) + (step)-1) / (step) * (step))
#define DIV_ROUND_UP(x, step) (((x) + (step)-1) / (step))
#define ROUND_DOWN(x, step) ((x) / (step) * (step))
