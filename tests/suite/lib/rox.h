/* Shared by rox-child and rox-multichild. */
#pragma once

/* Writes child-rox before, not during, and again after a run of `child-rox LEVELS`. */
void write_around_child(int levels);
