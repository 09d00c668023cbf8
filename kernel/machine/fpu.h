/*
 * FPU, SSE and AVX state, owned by at most one thread at a time.
 *
 *      CLEAN --first use--> LIVE (in the registers; thread is the CPU's fpu_owner)
 *                            |  ^
 *       another thread's use |  | next use: device-not-available exception
 *                            v  |
 *                           SAVED (in the thread's frame)
 *
 * Servers do not use the FPU, so switching between programs and servers moves no state:
 * CR0.TS is set while the current thread is not the owner, and the first FPU instruction
 * traps. A thread that never used the FPU starts from the CPU's initial state, never from
 * another thread's registers.
 */
#pragma once

#include "machine.h"

enum fpu_state { FPU_CLEAN = 0, FPU_LIVE = 1, FPU_SAVED = 2 };

/* Chooses XSAVE or FXSAVE and the components that fit in a thread's frame. */
void fpu_initialize(void);
/* The current thread touched the FPU. False: the trap was not armed, so it is not ours. */
bool fpu_trap(struct thread *thread);
/* Afterwards the thread's state is not in the registers: saved, or thrown away. */
void fpu_detach(struct thread *thread, bool save_state);
