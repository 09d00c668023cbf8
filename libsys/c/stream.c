/*
 * Buffered streams. A stream is either being read or being written; changing over goes
 * through the file position.
 *
 *      reading   | consumed ... position | ahead ... filled |
 *      writing   | to be written ... filled |
 */
#include <errno.h>
#include <fcntl.h>
#include <quire/format.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stream {
    int descriptor;
    int buffering; /* _IOFBF, _IOLBF, _IONBF */
    bool writing, at_end, failed;
    size_t position, filled;
    struct stream *next; /* all streams, for fflush(NULL) */
    char buffer[BUFSIZ];
};

static struct stream standard_error = {.descriptor = STDERR_FILENO, .buffering = _IONBF};
static struct stream standard_output = {
    .descriptor = STDOUT_FILENO, .buffering = _IOLBF, .next = &standard_error};
static struct stream standard_input = {
    .descriptor = STDIN_FILENO, .buffering = _IOLBF, .next = &standard_output};
static struct stream *streams = &standard_input;

FILE *const stdin = &standard_input, *const stdout = &standard_output,
            *const stderr = &standard_error;

static int flush_stream(FILE *stream)
{
    if (!stream->writing) {
        /* What was read ahead is given back. */
        if (stream->position < stream->filled)
            lseek(stream->descriptor, (off_t)stream->position - (off_t)stream->filled, SEEK_CUR);
        stream->position = stream->filled = 0;
        return 0;
    }
    size_t done = 0;
    while (done < stream->filled) {
        ssize_t count = write(stream->descriptor, stream->buffer + done, stream->filled - done);
        if (count <= 0) {
            memmove(stream->buffer, stream->buffer + done, stream->filled - done);
            stream->filled -= done;
            stream->failed = true;
            return EOF;
        }
        done += (size_t)count;
    }
    stream->filled = 0;
    return 0;
}

int fflush(FILE *stream)
{
    if (stream != NULL)
        return flush_stream(stream);
    int result = 0;
    for (stream = streams; stream != NULL; stream = stream->next)
        if (stream->writing && flush_stream(stream) != 0)
            result = EOF;
    return result;
}

FILE *fopen(const char *path, const char *mode)
{
    bool plus = strchr(mode, '+') != NULL;
    int flags = plus ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    if (*mode == 'w')
        flags |= O_CREAT | O_TRUNC;
    else if (*mode == 'a')
        flags |= O_CREAT | O_APPEND;
    else if (*mode != 'r') {
        errno = EINVAL;
        return NULL;
    }
    FILE *stream = malloc(sizeof *stream);
    if (stream == NULL)
        return NULL;
    int descriptor = open(path, flags, 0644);
    if (descriptor < 0) {
        free(stream);
        return NULL;
    }
    memset(stream, 0, offsetof(struct stream, buffer));
    stream->descriptor = descriptor;
    stream->next = streams;
    streams = stream;
    return stream;
}

int fclose(FILE *stream)
{
    int result = flush_stream(stream);
    if (close(stream->descriptor) != 0)
        result = EOF;
    for (struct stream **link = &streams; *link != NULL; link = &(*link)->next) {
        if (*link == stream) {
            *link = stream->next;
            break;
        }
    }
    if (stream != stdin && stream != stdout && stream != stderr)
        free(stream);
    return result;
}

/* Ready to read with at least one byte ahead; false at the end or on an error. */
static bool fill(FILE *stream)
{
    if (stream->writing) {
        if (flush_stream(stream) != 0)
            return false;
        stream->writing = false;
        stream->position = stream->filled = 0;
    }
    if (stream->position < stream->filled)
        return true;
    /* The end is remembered, so that a terminal's is reported once and for all (C11 7.21.7.1). */
    if (stream->at_end)
        return false;
    if (stream == stdin)
        flush_stream(stdout); /* a prompt is to be seen before its answer is awaited */
    ssize_t count = read(stream->descriptor, stream->buffer, sizeof stream->buffer);
    if (count < 0)
        stream->failed = true;
    if (count == 0)
        stream->at_end = true;
    stream->position = 0;
    stream->filled = count > 0 ? (size_t)count : 0;
    return count > 0;
}

size_t fread(void *memory, size_t size, size_t count, FILE *stream)
{
    size_t wanted, done = 0;
    if (size == 0 || count == 0 || __builtin_mul_overflow(size, count, &wanted))
        return 0;
    while (done < wanted && fill(stream)) {
        size_t part = stream->filled - stream->position;
        if (part > wanted - done)
            part = wanted - done;
        memcpy((char *)memory + done, stream->buffer + stream->position, part);
        stream->position += part;
        done += part;
    }
    return done / size;
}

/* How much was taken. */
static size_t put_bytes(FILE *stream, const char *bytes, size_t length)
{
    if (!stream->writing) {
        flush_stream(stream);
        stream->writing = true;
    }
    size_t done = 0;
    while (done < length) {
        if (stream->filled == sizeof stream->buffer && flush_stream(stream) != 0)
            return done;
        size_t part = sizeof stream->buffer - stream->filled;
        if (part > length - done)
            part = length - done;
        memcpy(stream->buffer + stream->filled, bytes + done, part);
        stream->filled += part;
        done += part;
    }
    return done;
}

/* After a whole call's output: what the stream's kind of buffering wants written now. */
static int settle(FILE *stream)
{
    bool now =
        stream->buffering == _IONBF ||
        (stream->buffering == _IOLBF && memchr(stream->buffer, '\n', stream->filled) != NULL);
    return now ? flush_stream(stream) : 0;
}

size_t fwrite(const void *memory, size_t size, size_t count, FILE *stream)
{
    size_t wanted;
    if (size == 0 || count == 0 || __builtin_mul_overflow(size, count, &wanted))
        return 0;
    size_t done = put_bytes(stream, memory, wanted);
    return settle(stream) != 0 ? 0 : done / size;
}

static void stream_sink(void *context, const char *bytes, size_t length)
{
    put_bytes(context, bytes, length);
}

int vfprintf(FILE *stream, const char *format, va_list arguments)
{
    size_t length = format_to_sink(stream_sink, stream, format, arguments);
    return settle(stream) != 0 ? -1 : (int)length;
}

int fgetc(FILE *stream)
{
    return fill(stream) ? (unsigned char)stream->buffer[stream->position++] : EOF;
}

int ungetc(int character, FILE *stream)
{
    /* There is room in front of what was read, unless nothing was. */
    if (character == EOF || stream->writing || stream->position == 0)
        return EOF;
    stream->buffer[--stream->position] = (char)character;
    stream->at_end = false;
    return character;
}

char *fgets(char *line, int capacity, FILE *stream)
{
    int length = 0;
    while (length + 1 < capacity) {
        int character = fgetc(stream);
        if (character == EOF)
            break;
        line[length++] = (char)character;
        if (character == '\n')
            break;
    }
    if (length == 0)
        return NULL;
    line[length] = '\0';
    return line;
}

int fseek(FILE *stream, long offset, int whence)
{
    if (flush_stream(stream) != 0 || lseek(stream->descriptor, offset, whence) < 0)
        return -1;
    stream->at_end = false;
    return 0;
}

long ftell(FILE *stream)
{
    off_t position = lseek(stream->descriptor, 0, SEEK_CUR);
    if (position < 0)
        return -1;
    off_t ahead = (off_t)stream->filled - (off_t)stream->position;
    return stream->writing ? position + (off_t)stream->filled : position - ahead;
}

void rewind(FILE *stream)
{
    fseek(stream, 0, SEEK_SET);
    clearerr(stream);
}

int feof(FILE *stream)
{
    return stream->at_end;
}

int ferror(FILE *stream)
{
    return stream->failed;
}

void clearerr(FILE *stream)
{
    stream->at_end = stream->failed = false;
}

int fileno(FILE *stream)
{
    return stream->descriptor;
}

int setvbuf(FILE *stream, char *buffer, int mode, size_t bytes)
{
    (void)buffer;
    (void)bytes;
    if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF)
        return -1;
    stream->buffering = mode;
    return 0;
}
