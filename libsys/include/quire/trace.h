/*
 * The trace of a run: everything that the paging groups' policies were told, asked and
 * answered, in order, from boot to power-off. Written by the pager, read by the simulator and
 * by scripts/quire. docs/traces.md is its page.
 *
 *      | struct trace_header | command line | record | record | ... | TRACE_END record |
 *
 *      record      | type (1) | bytes that follow (number) | fields (numbers) ... [text] |
 *      number      unsigned LEB128: 7 bits a byte, the lowest first, bit 7 set in all but the last
 *
 * Fields are numbers in the order in which the type lists them. Fields at the end of a record
 * that are 0 are left out, but in records with a text, which is the rest of the record. A
 * reader skips types and fields that it does not know.
 *
 * A page is named by its frame number, from its TRACE_INSERT to its TRACE_REMOVE. Records are about the
 * group that the last TRACE_GROUP, or TRACE_GROUP_CREATE, named. Virtual time is not written: it
 * advances by one with each TRACE_INSERT, each TRACE_REFERENCE and each TRACE_LOOK answered
 * with yes, but stands still during a change of policy.
 *
 * A trace that does not end with TRACE_END was cut short; one with TRACE_DROPPED records, or a
 * number of drops in TRACE_END, has holes and cannot be replayed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TRACE_MAGIC 0x0a31454341525451ull /* "QTRACE1\n" */
#define TRACE_VERSION 1u

/* All little-endian. The stream's first record is at header_bytes. */
struct trace_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_bytes; /* with the command line behind it */
    uint64_t tick_hertz;   /* of TRACE_CLOCK; 0: not known */
    uint64_t frames_total; /* frames that the pager manages */
    uint32_t page_bytes;
    uint32_t victims_max;        /* POLICY_VICTIMS_MAX of the pager that wrote it */
    uint32_t command_line_bytes; /* the kernel command line behind this structure, no NUL */
    uint32_t reserved;
};

enum trace_type {
    /* ---- the run */
    TRACE_CLOCK = 1, /* ticks of the time-stamp counter since the last one (the first: since the
                         trace began). Before TRACE_FAULT, TRACE_VICTIMS and TRACE_TICK */
    TRACE_SAMPLE =
        2, /* free frames, frames of anonymous memory, of the page cache, dirty pages of files,
                         used slots of swap */
    TRACE_DROPPED = 3, /* how many records are missing here */
    TRACE_END = 4,     /* records before this one (drops not counted), records dropped in all */

    /* ---- groups. limit 0: none. capacity: frames, as the policy sees it. The text is a policy and
       its parameters as in GROUP_SET_POLICY: "name [name=value]..." */
    TRACE_GROUP = 8,        /* group: the following records are about it */
    TRACE_GROUP_CREATE = 9, /* group, minimum, limit, capacity, seed, virtual time, text */
    TRACE_GROUP_COUNTS =
        10, /* enum trace_count, in that order: at the end of the group or of the trace */
    TRACE_GROUP_DESTROY = 11, /* group: its pages went before it */
    TRACE_RESIZE = 12,        /* capacity, minimum, limit: the hook resize, if capacity changed */
    TRACE_PARAMETERS = 13,    /* text "name=value ...": the hook parameter for each */
    TRACE_SWITCH = 14,   /* capacity, seed, text: a new instance. What follows still goes to the
                                 old one: remove(ABANDONED) for each page, fini */
    TRACE_SWITCHED = 15, /* the new one is the group's from here on: insert(ADOPT) for each page */
    TRACE_SWITCH_DONE = 16, /* all are adopted; virtual time is what it was at TRACE_SWITCH */
    TRACE_CONTAINED = 17,   /* enum trace_containment: the instance was taken out of service in
                                 the hook before. No hook is called until the next TRACE_SWITCHED */

    /* ---- what a policy is told (pager/policy/policy.h) */
    TRACE_INSERT = 24,    /* frame, why, object, index, kind | advice << 8, write, region, refault
                             distance, cookie, rank */
    TRACE_REFERENCE = 25, /* frame, channel */
    TRACE_REMOVE = 26,    /* frame, why */
    TRACE_OUTCOME = 27,   /* frame, what */
    TRACE_TICK = 28,      /* budget */

    /* ---- what it is asked */
    TRACE_VICTIMS = 32,  /* how many are wanted */
    TRACE_CLEAN = 33,    /* the same */
    TRACE_PREFETCH = 34, /* frame, how many at most */

    /* ---- what it answers: after the record of the hook and those of its questions */
    TRACE_NAMED = 40,   /* count, frames; UINT32_MAX for what is no page */
    TRACE_COOKIE = 41,  /* of TRACE_REMOVE, if it is not 0 */
    TRACE_OFFSETS = 42, /* count, offsets from the page's index, zigzag: 0, -1, 1, -2 ... */

    /* ---- what it asks inside a hook, with the core's answer */
    TRACE_LOOK = 48,        /* frame, 1 if it was referenced */
    TRACE_INFORMATION = 49, /* frame, kind | advice << 8 | dirty << 16, mappings. Object and index
                               are those of the insert; age is virtual time since its insert (an
                               adoption is none) */

    /* ---- what programs did */
    TRACE_FAULT =
        56, /* enum trace_fault, address space, page number of the address, write; in the group
                         of the program */
    TRACE_PICKED = 57, /* frame: the core picked this page, the policy had named too few */
};

enum trace_fault {
    TRACE_FAULT_ZERO_FILL = 1, /* a page of zeros was made */
    TRACE_FAULT_FILE_HIT = 2,  /* a page of a file that was in memory */
    TRACE_FAULT_FILE_READ = 3, /* a page of a file, read from disk */
    TRACE_FAULT_SWAP_READ = 4, /* an anonymous page, read from swap */
    TRACE_FAULT_COW = 5,       /* a private copy was made */
    TRACE_FAULT_IN_MEMORY = 6, /* the page was there, and is mapped now */
    TRACE_FAULT_PROTECTION = 7,
};

enum trace_containment {
    TRACE_CONTAINED_LOOP = 1,   /* a hook ran too long */
    TRACE_CONTAINED_FAULT = 2,  /* a hook touched what it may not, or executed what it may not */
    TRACE_CONTAINED_ANSWER = 3, /* the policy's task broke the protocol */
};

/* The fields of TRACE_GROUP_COUNTS: from struct group_statistics. */
enum trace_count {
    TRACE_COUNT_GROUP,
    TRACE_COUNT_VIRTUAL_TIME,
    TRACE_COUNT_REFERENCES,
    TRACE_COUNT_INSERTS, /* into the policy, adoptions not counted */
    TRACE_COUNT_REFAULTS,
    TRACE_COUNT_EVICTIONS, /* remove(EVICTED) */
    TRACE_COUNT_LOOKS,     /* TRACE_LOOK records */
    TRACE_COUNT_REJECTED,
    TRACE_COUNT_RESCUED,
    TRACE_COUNT_CORE_PICKED,
    TRACE_COUNT_RESIDENT, /* in the policy now */
    TRACE_COUNTS
};

#define TRACE_NO_FRAME UINT32_MAX
#define TRACE_NUMBER_BYTES 10 /* the longest number */

/* Returns the byte behind the number. */
static inline uint8_t *trace_put_number(uint8_t *to, uint64_t number)
{
    while (number >= 0x80) {
        *to++ = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    *to++ = (uint8_t)number;
    return to;
}

/* Returns the byte behind the number; NULL: it is not whole before `end`, or too large. */
static inline const uint8_t *trace_get_number(const uint8_t *at, const uint8_t *end,
                                              uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
        uint8_t byte = *at++;
        if (shift == 63 && byte > 1)
            return NULL;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return at;
    }
    return NULL;
}

static inline uint64_t trace_zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0);
}
