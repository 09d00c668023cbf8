/* Before main(): the environment as the process server gave it. */
#pragma once

void environment_initialize(char **strings);
