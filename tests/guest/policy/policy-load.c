/*
 * Load for the tests of policies: memory that pages, and is checked at every touch.
 *
 *      policy-load work PAGES ROUNDS                  one process
 *      policy-load each PAGES ROUNDS FRAMES POLICY...
 *                                                     one after the other, each in a group of its own
 *      policy-load pair PAGES ROUNDS FRAMES POLICY FRAMES POLICY
 *                                                     two, each in a group of its own, at once
 *      policy-load switch PAGES ROUNDS FRAMES MILLISECONDS POLICY...
 *                                                     one, whose group changes policy meanwhile
 *
 * `work` ends with a line that says how its group paged. Any wrong byte is status 1.
 */
#include <errno.h>
#include <paging_group.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE_WORDS 512
#define PAGE_BYTES 4096
#define TOUCHES_A_ROUND 400

static uint64_t state = 88172645463325252ull;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t value_of(uint64_t page, uint64_t version, uint64_t word)
{
    return (page << 32 | version) * 0x9e3779b97f4a7c15ull + word;
}

static int fail(uint64_t page, uint64_t version)
{
    printf("page %lu is not what it was in its version %lu\n", (unsigned long)page,
           (unsigned long)version);
    return 1;
}

/* Skewed accesses, and now and then a scan. A third of them write. */
static uint64_t choose(uint64_t pages, uint64_t touch)
{
    if (touch / 100 % 4 == 3)
        return touch % pages;
    return next_random() % pages * (next_random() % pages) / pages;
}

static int work(uint64_t pages, uint64_t rounds)
{
    static uint32_t versions[1 << 16];
    uint64_t *memory =
        mmap(NULL, pages * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || pages > sizeof versions / sizeof *versions)
        return 2;
    for (uint64_t touch = 0; touch < rounds * TOUCHES_A_ROUND; touch++) {
        uint64_t page = choose(pages, touch), word = next_random() % PAGE_WORDS;
        uint64_t *at = memory + page * PAGE_WORDS;
        uint64_t version = versions[page];
        if (at[word] != (version == 0 ? 0 : value_of(page, version, word)))
            return fail(page, version);
        if (next_random() % 3 != 0)
            continue;
        versions[page]++;
        for (word = 0; word < PAGE_WORDS; word++)
            at[word] = value_of(page, version + 1, word);
    }
    struct group_statistics group;
    if (group_counters(group_of(0), &group) != 0)
        return 2;
    printf("policy %s limit %lu peak %lu evictions %lu refaults %lu rejected %lu picked %lu "
           "contained %lu faults %lu references %lu looks %lu rescued %lu zeros %lu dirty %lu "
           "in task %lu\n",
           group.policy, (unsigned long)group.limit, (unsigned long)group.resident_peak,
           (unsigned long)(group.evictions_clean + group.evictions_dirty),
           (unsigned long)group.refaults, (unsigned long)group.rejected,
           (unsigned long)group.core_picked, (unsigned long)group.contained,
           (unsigned long)group.faults, (unsigned long)group.references, (unsigned long)group.scans,
           (unsigned long)group.rescued, (unsigned long)group.zero_evictions,
           (unsigned long)group.evictions_dirty, (unsigned long)group.policy_in_task);
    return 0;
}

static pid_t start(char *argv[], const char *frames, const char *policy)
{
    char *arguments[] = {argv[0], "work", argv[2], argv[3], NULL};
    pid_t pid = spawn_in_group("/policy-load", arguments, strtoul(frames, NULL, 10), policy);
    if (pid < 0)
        printf("no group with policy %s: %s\n", policy, strerror(errno));
    return pid;
}

static int status_of(pid_t pid)
{
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 2;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static int pair(char *argv[])
{
    pid_t first = start(argv, argv[4], argv[5]), second = start(argv, argv[6], argv[7]);
    int one = status_of(first), other = status_of(second);
    return one != 0 ? one : other;
}

static int each(int argc, char *argv[])
{
    for (int i = 5; i < argc; i++) {
        int status = status_of(start(argv, argv[4], argv[i]));
        if (status != 0)
            return status;
    }
    return 0;
}

static int change(int argc, char *argv[])
{
    pid_t pid = start(argv, argv[4], argv[6]);
    int group = pid >= 0 ? group_of(pid) : -1;
    unsigned changes = 0;
    int status;
    while (pid >= 0 && waitpid(pid, &status, WNOHANG) == 0) {
        const char *policy = argv[6 + changes % (unsigned)(argc - 6)];
        usleep((useconds_t)strtoul(argv[5], NULL, 10) * 1000);
        if (group_set_policy(group, policy) == 0)
            changes++;
        else if (errno != ESRCH) /* the group went with the program */
            return printf("policy %s: %s\n", policy, strerror(errno)), 2;
    }
    printf("%u changes of policy\n", changes);
    if (pid < 0)
        return 2;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

int main(int argc, char *argv[])
{
    if (argc == 4 && strcmp(argv[1], "work") == 0)
        return work(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    if (argc == 8 && strcmp(argv[1], "pair") == 0)
        return pair(argv);
    if (argc > 5 && strcmp(argv[1], "each") == 0)
        return each(argc, argv);
    if (argc > 6 && strcmp(argv[1], "switch") == 0)
        return change(argc, argv);
    return 2;
}
