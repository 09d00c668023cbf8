/*
 * See options.h.
 */
#include "options.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char options_help[] =
    "usage: quire-sim TRACE --frames SIZES [--policy LIST] [options]\n"
    "       quire-sim --string 'KIND name=value ...' ...\n"
    "\n"
    "Replays a trace of references under page-replacement policies.\n"
    "\n"
    "  --policy a,b:name=value  policies, with parameters (default: all); exact lru and min too\n"
    "  --frames 1024,64..65536  numbers of frames; A..B doubles; `all`: every size, for lru\n"
    "  --csv, --json            for programs: only what was asked for, without min for a bound\n"
    "  --string LINE            makes the trace: a reference string, as `zipf frames=4096`\n"
    "  --print-string           its page numbers, a line each, and no simulation\n"
    "  --list-strings           the kinds of strings with their parameters\n"
    "  --sample RATE            estimate from samples of the pages (SHARDS), with the error\n"
    "  --references exact|accessed\n"
    "                           hits are known at once (default), or by Accessed bits only\n"
    "  --batch N                victims asked for at a time (default 1, at most 32)\n"
    "  --seed N                 of policies that choose at random\n"
    "  --threads N              simulations at a time (default: the processors)\n"
    "  --memory SIZE            most memory for tables (default: nine tenths of what is free)\n"
    "  --format NAME            quire, text, csv, lackey, oracle (default: found out)\n"
    "  --column NAME|N          the column of the page in CSV\n"
    "  --page-size BYTES        of addresses (default 4096)\n"
    "  --group N                of a Quire trace: this paging group's references only\n"
    "  --allow-drops           read a Quire trace although records are missing\n"
    "  --replay                 repeat a recorded run call by call, and compare all answers\n"
    "  --picture WIDTHxHEIGHT   references over time and address, as a table of counts\n"
    "  --quiet                  no progress bar\n"
    "  --list                   the policies with their parameters\n"
    "  --benchmark              the simulator's own speed\n";

static bool number_of(const char *option, const char *text, uint64_t least, uint64_t most,
                      uint64_t *number, struct failure *failure)
{
    const char *end = text + strlen(text);
    unsigned shift = 0;
    const char *units = "KMG";
    const char *unit = end > text ? strchr(units, end[-1]) : NULL;
    if (unit != NULL && *unit != '\0') {
        shift = 10 * (unsigned)(unit - units + 1);
        end--;
    }
    const char *at = text;
    if (!parse_number(&at, end, 10, number) || at != end || *number > UINT64_MAX >> shift)
        return refuse(failure, "%s: '%s' is not a number", option, text);
    *number <<= shift;
    if (*number < least || *number > most)
        return refuse(failure, "%s: %s is out of range: %" PRIu64 " to %" PRIu64, option, text,
                      least, most);
    return true;
}

/* One of "1024", "64..65536" and "all"; the text is split in place. */
static bool add_frames(struct plan *plan, char *text, struct failure *failure)
{
    uint64_t first, last;
    if (strcmp(text, "all") == 0) {
        plan->all_frames = true;
        return true;
    }
    char *dots = strstr(text, "..");
    if (dots != NULL)
        *dots = '\0';
    /* 0 is refused where the reason is. */
    if (!number_of("--frames", text, 0, UINT32_MAX, &first, failure))
        return false;
    last = first;
    if (dots != NULL && !number_of("--frames", dots + 2, 0, UINT32_MAX, &last, failure))
        return false;
    if (last < first)
        return refuse(failure, "--frames: %s..%s has its ends the wrong way around", text,
                      dots + 2);
    for (uint64_t frames = first; frames <= last; frames *= 2) {
        if (!plan_add_frames(plan, frames, failure))
            return false;
    }
    return true;
}

static bool each_part(struct plan *plan, char *list,
                      bool (*add)(struct plan *, char *, struct failure *), struct failure *failure)
{
    for (char *part = strtok(list, ","); part != NULL; part = strtok(NULL, ",")) {
        if (!add(plan, part, failure))
            return false;
    }
    return true;
}

static bool add_policy(struct plan *plan, char *text, struct failure *failure)
{
    return plan_add_policy(plan, text, failure);
}

static bool add_all_policies(struct plan *plan, struct failure *failure)
{
    bool good = plan_add_policy(plan, "lru", failure) && plan_add_policy(plan, "min", failure);
    for (const struct policy_ops *const *ops = policy_table; good && *ops != NULL; ops++)
        good = plan_add_policy(plan, (*ops)->name, failure);
    return good;
}

static bool set_sample(struct options *options, const char *text, struct failure *failure)
{
    char *end;
    options->trace.sample_rate = strtod(text, &end);
    if (end == text || *end != '\0' || !(options->trace.sample_rate > 0))
        return refuse(failure,
                      "--sample: '%s' is not a rate; it must be more than 0 and at most %g", text,
                      1.0 / SAMPLES);
    return true;
}

static bool set_references(struct options *options, const char *text, struct failure *failure)
{
    options->plan.accessed_bits_only = strcmp(text, "accessed") == 0;
    return options->plan.accessed_bits_only || strcmp(text, "exact") == 0 ||
           refuse(failure, "--references: '%s' is neither exact nor accessed", text);
}

static bool set_format(struct options *options, const char *text, struct failure *failure)
{
    options->trace.format = trace_format_named(text);
    return options->trace.format != TRACE_UNKNOWN ||
           refuse(failure, "--format: no format '%s'; there are: quire, text, csv, lackey, oracle",
                  text);
}

static bool set_page_size(struct options *options, const char *text, struct failure *failure)
{
    uint64_t bytes;
    if (!number_of("--page-size", text, 1, 1ull << 40, &bytes, failure))
        return false;
    if (bytes & (bytes - 1))
        return refuse(failure, "--page-size: %s is not a power of two", text);
    options->trace.page_shift = (unsigned)__builtin_ctzll(bytes);
    return true;
}

static bool set_picture(struct options *options, const char *text, struct failure *failure)
{
    char rest;
    if (sscanf(text, "%4ux%4u%c", &options->picture_columns, &options->picture_rows, &rest) == 2 &&
        options->picture_columns > 0 && options->picture_rows > 0)
        return true;
    return refuse(failure, "--picture: '%s' is not a size, as 800x400", text);
}

enum {
    OPTION_POLICY = 256,
    OPTION_FRAMES,
    OPTION_CSV,
    OPTION_JSON,
    OPTION_SAMPLE,
    OPTION_REFERENCES,
    OPTION_BATCH,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_MEMORY,
    OPTION_FORMAT,
    OPTION_COLUMN,
    OPTION_PAGE_SIZE,
    OPTION_DROPS,
    OPTION_GROUP,
    OPTION_REPLAY,
    OPTION_PICTURE,
    OPTION_STRING,
    OPTION_PRINT_STRING,
    OPTION_LIST_STRINGS,
    OPTION_QUIET,
    OPTION_LIST,
    OPTION_BENCHMARK
};

static const struct option words_known[] = {
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"frames", required_argument, NULL, OPTION_FRAMES},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"json", no_argument, NULL, OPTION_JSON},
    {"sample", required_argument, NULL, OPTION_SAMPLE},
    {"references", required_argument, NULL, OPTION_REFERENCES},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"column", required_argument, NULL, OPTION_COLUMN},
    {"page-size", required_argument, NULL, OPTION_PAGE_SIZE},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"allow-drops", no_argument, NULL, OPTION_DROPS},
    {"replay", no_argument, NULL, OPTION_REPLAY},
    {"picture", required_argument, NULL, OPTION_PICTURE},
    {"string", required_argument, NULL, OPTION_STRING},
    {"print-string", no_argument, NULL, OPTION_PRINT_STRING},
    {"list-strings", no_argument, NULL, OPTION_LIST_STRINGS},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"list", no_argument, NULL, OPTION_LIST},
    {"benchmark", no_argument, NULL, OPTION_BENCHMARK},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool set_option(struct options *options, int option, char *value, struct failure *failure)
{
    struct plan *plan = &options->plan;
    uint64_t number = 0;
    bool good = true;
    switch (option) {
    case OPTION_POLICY: return each_part(plan, value, add_policy, failure);
    case OPTION_FRAMES: return each_part(plan, value, add_frames, failure);
    case OPTION_CSV: options->results = RESULTS_CSV; break;
    case OPTION_JSON: options->results = RESULTS_JSON; break;
    case OPTION_SAMPLE: return set_sample(options, value, failure);
    case OPTION_REFERENCES: return set_references(options, value, failure);
    case OPTION_BATCH:
        good = number_of("--batch", value, 1, POLICY_VICTIMS_MAX, &number, failure);
        plan->batch = (uint32_t)number;
        break;
    case OPTION_SEED: return number_of("--seed", value, 0, UINT64_MAX, &plan->seed, failure);
    case OPTION_THREADS:
        good = number_of("--threads", value, 1, 4096, &number, failure);
        plan->threads = (unsigned)number;
        break;
    case OPTION_MEMORY:
        return number_of("--memory", value, 1, UINT64_MAX, &plan->most_bytes, failure);
    case OPTION_FORMAT: return set_format(options, value, failure);
    case OPTION_COLUMN: options->trace.column = value; break;
    case OPTION_PAGE_SIZE: return set_page_size(options, value, failure);
    case OPTION_GROUP:
        good = number_of("--group", value, 0, UINT32_MAX, &number, failure);
        options->trace.group = (uint32_t)number;
        options->trace.one_group = good;
        break;
    case OPTION_DROPS: options->trace.allow_drops = true; break;
    case OPTION_REPLAY: options->replay = true; break;
    case OPTION_PICTURE: return set_picture(options, value, failure);
    case OPTION_STRING:
        options->trace_path = value;
        options->trace.format = TRACE_STRING;
        break;
    case OPTION_PRINT_STRING: options->print_string = true; break;
    case OPTION_LIST_STRINGS: options->list_strings = true; break;
    case OPTION_QUIET: options->quiet = true; break;
    case OPTION_LIST: options->list = true; break;
    case OPTION_BENCHMARK: options->benchmark = true; break;
    case 'h': options->help = true; break;
    default: return refuse(failure, "see --help");
    }
    return good;
}

/* Nine tenths of what the system says it can give without swapping. */
static uint64_t free_memory(void)
{
    FILE *file = fopen("/proc/meminfo", "re");
    char line[128];
    unsigned long long kilobytes = 0;
    while (file != NULL && kilobytes == 0 && fgets(line, sizeof line, file) != NULL)
        (void)sscanf(line, "MemAvailable: %llu", &kilobytes);
    if (file != NULL)
        fclose(file);
    return kilobytes != 0 ? kilobytes * 1024 / 10 * 9 : 1ull << 30;
}

static bool needs_frames(const struct options *options)
{
    return !options->help && !options->list && !options->print_string && !options->benchmark &&
           !options->replay && options->picture_columns == 0;
}

static bool complete(struct options *options, struct failure *failure)
{
    struct plan *plan = &options->plan;
    if (options->help || options->list || options->list_strings || options->benchmark)
        return true;
    if (options->trace_path == NULL)
        return refuse(failure, "no trace is named; see --help");
    options->trace.most_bytes = plan->most_bytes;
    if (!needs_frames(options))
        return true;
    if (plan->frame_count == 0 && !plan->all_frames)
        return refuse(failure, "no number of frames is named: --frames 1024,8192 or 64..65536");
    if (plan->choice_count == 0 && !(plan->all_frames ? plan_add_policy(plan, "lru", failure)
                                                      : add_all_policies(plan, failure)))
        return false;
    if (options->results == RESULTS_TABLE && !plan->all_frames &&
        !plan_add_policy(plan, "min", failure))
        return false;
    return plan_check(plan, options->trace.sample_rate, failure);
}

bool options_parse(struct options *options, int count, char **words, struct failure *failure)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (struct options){
        .trace = {.page_shift = 12},
        .plan = {.batch = 1,
                 .seed = 1,
                 .threads = processors > 0 ? (unsigned)processors : 1,
                 .most_bytes = free_memory()},
    };
    opterr = 0;
    int option;
    while ((option = getopt_long(count, words, ":h", words_known, NULL)) != -1) {
        if (option == ':')
            return refuse(failure, "%s needs a value", words[optind - 1]);
        if (option == '?')
            return refuse(failure, "no option '%s'; see --help", words[optind - 1]);
        if (!set_option(options, option, optarg, failure))
            return false;
    }
    if (optind < count && options->trace_path == NULL)
        options->trace_path = words[optind++];
    if (optind < count)
        return refuse(failure, "one trace at a time; '%s' is too many", words[optind]);
    return complete(options, failure);
}
