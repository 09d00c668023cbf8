/*
 * key-value: a log-structured store under the mixes of YCSB (Cooper et al., SoCC 2010). Records are
 * loaded in a mixed order; then come operations whose keys follow the mix's distribution. Each value
 * read is compared, word for word, with what was last written to its key.
 */
#include "application.h"
#include "key_value_store.h"
#include "random.h"
#include "scramble.h"
#include "workload.h"
#include "zipf.h"

#include <errno.h>
#include <string.h>

enum { MIX = SEED + 1, COUNT, TABLE, THETA, END };

#define SCAN_RECORDS 100
/* An entry with its share of fences and filter, its version, its place in Zipf's law. */
#define BYTES_A_RECORD 144

static struct parameter parameters[] = {
    APPLICATION_PARAMETERS,
    [MIX] = {.name = "mix", .meaning = "of YCSB; default A", .choices = "A|B|C|D|E|F"},
    [COUNT] = {.name = "count", .meaning = "operations; default: as many as records"},
    [TABLE] = {.name = "table",
               .meaning = "entries gathered in memory; default: in an eighth of the frames"},
    [THETA] = {.name = "theta", .meaning = "hundredths; default 99", .value = 99},
    [END] = {0},
};

/* Of a hundred operations; the rest are read-modify-writes. */
static const struct mix {
    unsigned reads, updates, inserts, scans;
    bool latest; /* what was inserted last is wanted most */
} mixes[] = {
    {.reads = 50, .updates = 50},                /* A: update heavy */
    {.reads = 95, .updates = 5},                 /* B: read mostly */
    {.reads = 100},                              /* C: read only */
    {.reads = 95, .inserts = 5, .latest = true}, /* D: read latest */
    {.scans = 95, .inserts = 5},                 /* E: short ranges */
    {.reads = 50},                               /* F: read-modify-write */
};

struct key_value_work {
    struct application application;
    struct key_value_store store;
    const struct mix *mix;
    uint32_t *versions; /* of each record */
    uint64_t loaded, records;
    struct mixed_order order; /* which records are used most has nothing to do with their order */
    struct zipf zipf;
    struct random_stream random;
    uint64_t check;
    uint64_t scan_next, scan_left;
};

static struct value value_of(const struct key_value_work *work, uint64_t record)
{
    struct value value;
    uint64_t word = scramble(work->application.base ^ (record << 32 | work->versions[record]));
    for (size_t i = 0; i < sizeof value.words / sizeof *value.words; i++)
        value.words[i] = word + i * record;
    return value;
}

static void write_record(struct key_value_work *work, uint64_t record)
{
    work->versions[record]++;
    struct value value = value_of(work, record);
    if (!key_value_put(&work->store, record, &value))
        workload_fail("key-value: no room for a run: %s", strerror(errno));
}

static void insert(struct key_value_work *work)
{
    /* There is a version for each record and each operation. */
    write_record(work, work->records++);
}

static void check_value(struct key_value_work *work, uint64_t record, const struct value *found)
{
    struct value value = value_of(work, record);
    if (found == NULL || memcmp(found, &value, sizeof value) != 0)
        workload_fail("key-value: record %lu does not have what was written to it",
                      (unsigned long)record);
    work->check = check_add(work->check, value.words[0]);
}

static void read_record(struct key_value_work *work, uint64_t record)
{
    check_value(work, record, key_value_get(&work->store, record));
}

/* Every record from the first on is there. */
static bool check_scanned(void *context, uint64_t key, const struct value *found)
{
    struct key_value_work *work = context;
    if (key != work->scan_next)
        workload_fail("key-value: a scan came to record %lu in place of %lu", (unsigned long)key,
                      (unsigned long)work->scan_next);
    check_value(work, key, found);
    work->scan_next++;
    return --work->scan_left > 0;
}

static void scan(struct key_value_work *work, uint64_t first)
{
    uint64_t length = 1 + random_below(&work->random, SCAN_RECORDS);
    work->scan_next = first;
    work->scan_left = length;
    if (!key_value_scan(&work->store, first, check_scanned, work))
        workload_fail("key-value: no memory for a scan");
    if (work->scan_left > 0 && work->scan_next != work->records)
        workload_fail("key-value: a scan ended early, at record %lu",
                      (unsigned long)work->scan_next);
}

static uint64_t choose_record(struct key_value_work *work)
{
    uint64_t rank = zipf_rank(&work->zipf, &work->random);
    return work->mix->latest ? work->records - 1 - rank : mixed_order_at(&work->order, rank);
}

static void operate(struct key_value_work *work)
{
    const struct mix *mix = work->mix;
    uint64_t kind = random_below(&work->random, 100), record = choose_record(work);
    if (kind < mix->reads) {
        read_record(work, record);
    } else if (kind < mix->reads + mix->updates) {
        write_record(work, record);
    } else if (kind < mix->reads + mix->updates + mix->inserts) {
        insert(work);
    } else if (kind < mix->reads + mix->updates + mix->inserts + mix->scans) {
        scan(work, record);
    } else {
        read_record(work, record);
        write_record(work, record);
    }
}

static void load(struct key_value_work *work)
{
    for (uint64_t i = 0; i < work->loaded; i++)
        write_record(work, mixed_order_at(&work->order, i));
    work->records = work->loaded;
}

int main(int argc, char *argv[])
{
    struct key_value_work work = {.application = application_begin(argc, argv, parameters, NULL),
                                  .mix = &mixes[parameters[MIX].value],
                                  .check = CHECK_BEGIN};
    work.loaded = work.application.pages * PAGE_BYTES / BYTES_A_RECORD;
    uint64_t count = parameters[COUNT].given ? parameters[COUNT].value : work.loaded;
    uint64_t table = parameters[TABLE].given && parameters[TABLE].value > 0
                         ? parameters[TABLE].value
                         : work.application.frames / 8 * PAGE_BYTES / BYTES_A_RECORD + 1;
    work.versions = workload_memory((work.loaded + count) * sizeof *work.versions);
    work.order = mixed_order(work.loaded, work.application.base);
    work.random = random_begin(work.application.base, parameters[SEED].value);
    if (parameters[THETA].value > 1000 ||
        !zipf_begin(&work.zipf, (uint32_t)work.loaded, parameters[THETA].value))
        workload_fail("key-value: no memory for Zipf's law, or theta= is above 1000");
    if (!key_value_create(&work.store, "key-value", table))
        workload_fail("key-value: %s", strerror(errno));
    load(&work);

    struct group_statistics before;
    workload_start(&before);
    for (uint64_t i = 0; i < count; i++)
        operate(&work);
    for (uint64_t record = 0; record < work.records; record++)
        read_record(&work, record);
    workload_result("key-value", count, work.check, &before);
    key_value_destroy(&work.store);
    return 0;
}
