/*
 * Words of the kernel command line.
 *
 *      suite frames=200 policy=fifo -- page-linear 3
 *      '-------- options ---------'   '-- program --'
 *
 * Everything behind the word `--` is the program to run with its arguments, for init, and no
 * option. A word that the table does not know gets a warning and is ignored.
 */
#include "option.h"
#include "address_space.h"
#include "dispatch.h"
#include "services.h"

#include <quire/errno.h>
#include <string.h>

enum option_value { NO_VALUE, HAS_VALUE, MAY_HAVE_VALUE };

static const struct option {
    const char *name;
    enum option_value value;
} option_table[] = {
    /* What init does. */
    {"suite", NO_VALUE},         /* runs the test suite, then powers off (the default) */
    {"shell", NO_VALUE},         /* a prompt */
    {"frames", HAS_VALUE},       /* frame budget of the program's group */
    {"table", MAY_HAVE_VALUE},   /* print what the program cost at its end; =json: as JSON */
    {"only", HAS_VALUE},         /* of the suite, the tests with these names */
    {"shuffle", MAY_HAVE_VALUE}, /* the suite in a random order; the value is the seed */
    {"repeat", MAY_HAVE_VALUE},  /* rounds of the suite, until a test fails */
    {"tap", NO_VALUE},           /* the suite's results alone, as a TAP stream */
    {"exit-port", NO_VALUE},     /* report the exit status to I/O port 0xe9 before power-off */

    /* Paging. */
    {"policy", HAS_VALUE}, /* page-replacement policy of new groups: NAME[,parameter=value...] */
    {"policy-task", MAY_HAVE_VALUE}, /* policies run in tasks of their own; =no: in the pager */
    {"seed", HAS_VALUE},             /* of policies that choose at random */
    {"ramswap", HAS_VALUE},          /* bytes of RAM that serve as swap when no disk does */
    {"read-ahead", HAS_VALUE},       /* pages, for all groups; 0: off */
    {"fault-around", HAS_VALUE},     /* the same */

    {"trace", HAS_VALUE},        /* record what policies see: serial, or /PATH of a file */
    {"trace-buffer", HAS_VALUE}, /* bytes of memory for the trace */

    /* Disks and servers. */
    {"disk-delay", HAS_VALUE}, /* microseconds added to each request of the file-system disk */
    {"swap-delay", HAS_VALUE}, /* the same for the swap disk */
    {"fs-heap", HAS_VALUE},    /* bytes of memory of the fs-server */
    {"init-heap", HAS_VALUE},  /* bytes of memory of init */

    /* The kernel's own. */
    {"console", HAS_VALUE}, /* serial, screen, none */
};

#define OPTION_COUNT (sizeof option_table / sizeof option_table[0])
#define WORDS_MAX (COMMAND_LINE_BYTES / 2)

static char line[COMMAND_LINE_BYTES];  /* as given */
static char words[COMMAND_LINE_BYTES]; /* NULs between the words */
static uint16_t word_start[WORDS_MAX];
static uint32_t word_count;

bool options_parse(const char *command_line)
{
    size_t length = strnlen(command_line, sizeof line);
    bool whole = length < sizeof line;
    memset(line, 0, sizeof line);
    memcpy(line, command_line, whole ? length : sizeof line - 1);
    memcpy(words, line, sizeof words);
    word_count = 0;
    size_t at = 0;
    for (;;) {
        while (words[at] == ' ')
            words[at++] = '\0';
        if (words[at] == '\0')
            break;
        size_t word = strcspn(words + at, " ");
        if (word == 2 && memcmp(words + at, "--", 2) == 0)
            break;
        word_start[word_count++] = (uint16_t)at;
        at += word;
    }
    return whole;
}

const char *options_command_line(void)
{
    return line;
}

/* What follows `name` in `word`: "" or the value; NULL: another word. */
static const char *value_in(const char *word, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0)
        return NULL;
    if (word[length] == '\0')
        return word + length;
    return word[length] == '=' ? word + length + 1 : NULL;
}

const char *option_text(const char *name)
{
    /* The last one counts, so that a word can be added behind a menu entry's. */
    for (uint32_t i = word_count; i > 0; i--) {
        const char *value = value_in(words + word_start[i - 1], name);
        if (value != NULL)
            return value;
    }
    return NULL;
}

bool option_parse_number(const char *text, uint64_t *value)
{
    uint64_t number = 0;
    const char *digit = text;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*digit - '0'), &number))
            return false;
    if (digit == text)
        return false;
    unsigned shift = 0;
    if (*digit == 'K' || *digit == 'k')
        shift = 10;
    else if (*digit == 'M' || *digit == 'm')
        shift = 20;
    else if (*digit == 'G' || *digit == 'g')
        shift = 30;
    if (shift != 0)
        digit++;
    if (*digit != '\0' || number > UINT64_MAX >> shift)
        return false;
    *value = number << shift;
    return true;
}

uint64_t option_number(const char *name, uint64_t otherwise)
{
    const char *text = option_text(name);
    uint64_t value;
    return text != NULL && option_parse_number(text, &value) ? value : otherwise;
}

static const struct option *option_find(const char *word)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (value_in(word, option_table[i].name) != NULL)
            return &option_table[i];
    return NULL;
}

void options_warn(void)
{
    for (uint32_t i = 0; i < word_count; i++) {
        const char *word = words + word_start[i];
        const struct option *option = option_find(word);
        /* GRUB passes the file's name as the first word on some paths. */
        if (option == NULL)
            console_message("unknown option '%s'", word);
        else if (option->value == HAS_VALUE && strchr(word, '=') == NULL)
            console_message("option '%s' needs a value", option->name);
        else if (option->value == NO_VALUE && strchr(word, '=') != NULL)
            console_message("option '%s' takes no value", option->name);
    }
}

enum request_status system_option_step(struct request *request)
{
    char name[64];
    uint64_t length = request->message.words[1];
    if (length >= sizeof name)
        return request_done(request, -ENOENT);
    /* init's memory is wired: copies never park, and a bad address is init's own error. */
    uint64_t progress = 0;
    if (user_copy_in(request, request->space, request->message.words[0], name, length, &progress) !=
        COPY_DONE)
        return request_done(request, -EFAULT);
    name[length] = '\0';
    const char *value = option_text(name);
    if (value == NULL)
        return request_done(request, -ENOENT);
    uint64_t bytes = strlen(value);
    if (bytes > request->message.words[3])
        return request_done(request, -ERANGE);
    progress = 0;
    if (user_copy_out(request, request->space, request->message.words[2], value, bytes, 0,
                      &progress) != COPY_DONE)
        return request_done(request, -EFAULT);
    request->value[0] = bytes;
    return request_done(request, 0);
}
