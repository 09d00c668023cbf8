/* Prints argc and argv[0..argc], and a line more if argv is misaligned. */
#pragma once

void print_arguments(int argc, char *argv[]);
