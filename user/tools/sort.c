/*
 * sort [-nru] [-o OUTPUT] [FILE]: sorts lines by their bytes, or by the number that they begin with.
 *
 * The file is mapped and its lines stay where they are: only pointers to them are moved, by a
 * merge sort, which is stable and goes through memory from end to end. So it sorts files larger
 * than its budget of frames, and a pager that pages makes the difference.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct line {
    const char *text;
    size_t length; /* without the line feed */
};

struct settings {
    bool by_number, reversed, unique;
    const char *input, *output; /* NULL: the standard ones */
};

static struct settings settings;

static void give_up(const char *what)
{
    fprintf(stderr, "sort: %s: %s\n", what != NULL ? what : "standard input", strerror(errno));
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes != 0 ? bytes : 1);
    if (memory == NULL)
        give_up("lines");
    return memory;
}

/* ---------------------------------------------------------------- order */

/* A number as far as it goes: sign, digits; what is none counts as 0. */
static long long number_of(const struct line *line)
{
    size_t at = 0;
    while (at < line->length && (line->text[at] == ' ' || line->text[at] == '\t'))
        at++;
    bool negative = at < line->length && line->text[at] == '-';
    unsigned long long value = 0;
    for (at += negative; at < line->length; at++) {
        unsigned digit = (unsigned)line->text[at] - '0';
        if (digit > 9)
            break;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value) || value > __LONG_LONG_MAX__)
            value = __LONG_LONG_MAX__;
    }
    return negative ? -(long long)value : (long long)value;
}

static int compare_keys(const struct line *one, const struct line *two)
{
    if (settings.by_number) {
        long long first = number_of(one), second = number_of(two);
        return (first > second) - (first < second);
    }
    size_t shared = one->length < two->length ? one->length : two->length;
    int order = memcmp(one->text, two->text, shared);
    return order != 0 ? order : (one->length > two->length) - (one->length < two->length);
}

static int compare(const struct line *one, const struct line *two)
{
    return settings.reversed ? compare_keys(two, one) : compare_keys(one, two);
}

static void merge(const struct line *from, size_t first, size_t second, size_t end, struct line *to)
{
    for (size_t a = first, b = second, out = first; out < end; out++) {
        bool take_first = b == end || (a < second && compare(&from[a], &from[b]) <= 0);
        to[out] = take_first ? from[a++] : from[b++];
    }
}

/* Runs of 1, 2, 4 ... lines, between two arrays. Returns the one that holds the result. */
static struct line *merge_sort(struct line *lines, struct line *room, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t first = 0; first < count; first += 2 * run) {
            size_t second = count - first < run ? count : first + run;
            size_t end = count - second < run ? count : second + run;
            merge(lines, first, second, end, room);
        }
        struct line *sorted = room;
        room = lines;
        lines = sorted;
    }
    return lines;
}

/* ---------------------------------------------------------------- input and output */

static char *read_all(int descriptor, size_t *bytes)
{
    size_t room = 65536;
    char *text = allocate(room);
    ssize_t count;
    for (*bytes = 0; (count = read(descriptor, text + *bytes, room - *bytes)) > 0;) {
        *bytes += (size_t)count;
        if (*bytes < room)
            continue;
        char *larger = realloc(text, room *= 2);
        if (larger == NULL)
            give_up("lines");
        text = larger;
    }
    if (count < 0)
        give_up(settings.input);
    return text;
}

/* Writing to the file that is sorted empties it first. */
static bool is_output(const struct stat *input)
{
    struct stat output;
    return settings.output != NULL && stat(settings.output, &output) == 0 &&
           output.st_ino == input->st_ino;
}

static const char *input_text(size_t *bytes)
{
    if (settings.input == NULL)
        return read_all(STDIN_FILENO, bytes);
    struct stat status;
    int descriptor = open(settings.input, O_RDONLY);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        give_up(settings.input);
    if (is_output(&status))
        return read_all(descriptor, bytes);
    *bytes = (size_t)status.st_size;
    if (*bytes == 0)
        return "";
    const char *text = mmap(NULL, *bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (text == MAP_FAILED)
        give_up(settings.input);
    close(descriptor);
    return text;
}

static size_t count_lines(const char *text, size_t bytes)
{
    size_t count = bytes != 0 && text[bytes - 1] != '\n';
    for (const char *end = text + bytes; (text = memchr(text, '\n', (size_t)(end - text))) != NULL;
         text++)
        count++;
    return count;
}

static void find_lines(const char *text, size_t bytes, struct line *lines)
{
    for (const char *end = text + bytes; text < end; lines++) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        *lines = (struct line){text, (size_t)((feed != NULL ? feed : end) - text)};
        text = feed != NULL ? feed + 1 : end;
    }
}

static void print_lines(const struct line *lines, size_t count)
{
    FILE *out = settings.output != NULL ? fopen(settings.output, "w") : stdout;
    if (out == NULL)
        give_up(settings.output);
    for (size_t i = 0; i < count; i++) {
        if (settings.unique && i != 0 && compare_keys(&lines[i - 1], &lines[i]) == 0)
            continue;
        fwrite(lines[i].text, 1, lines[i].length, out);
        fputc('\n', out);
    }
    if (fflush(out) != 0 || ferror(out) || (out != stdout && fclose(out) != 0))
        give_up(settings.output != NULL ? settings.output : "standard output");
}

/* ---------------------------------------------------------------- the command line */

static bool set_flags(const char *letters)
{
    for (; *letters != '\0'; letters++) {
        switch (*letters) {
        case 'n': settings.by_number = true; break;
        case 'r': settings.reversed = true; break;
        case 'u': settings.unique = true; break;
        default: return false;
        }
    }
    return true;
}

static bool set_words(int count, char *words[])
{
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "-o") == 0 && i + 1 < count)
            settings.output = words[++i];
        else if (words[i][0] == '-' && words[i][1] != '\0') {
            if (!set_flags(words[i] + 1))
                return false;
        } else if (settings.input == NULL)
            settings.input = words[i];
        else
            return false;
    }
    return true;
}

int main(int argc, char *argv[])
{
    if (!set_words(argc, argv)) {
        fputs("usage: sort [-nru] [-o OUTPUT] [FILE]\n", stderr);
        return 2;
    }
    size_t bytes;
    const char *text = input_text(&bytes);
    size_t count = count_lines(text, bytes);
    struct line *lines = allocate(2 * count * sizeof *lines);
    find_lines(text, bytes, lines);
    print_lines(merge_sort(lines, lines + count, count), count);
    free(lines);
    return 0;
}
