/*
 * Buffered streams. A stream is either being read or being written; changing over goes
 * through the file position.
 *
 *      reading   | consumed ... position | ahead ... filled |
 *      writing   | to be written ... filled |
 *
 * Each call holds the stream's lock. The list of streams has a lock of its own, which comes first;
 * a reader of stdin may take the lock of stdout.
 */
#include "lock.h"
#include "thread.h"

#include <errno.h>
#include <fcntl.h>
#include <quire/format.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stream {
    struct lock lock;
    int descriptor;
    int buffering; /* _IOFBF, _IOLBF, _IONBF */
    bool writing, at_end, failed;
    bool read_only; /* what is written would only be refused when the buffer is */
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
static struct lock list_lock;

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
    int result = 0;
    if (stream != NULL) {
        lock_take(&stream->lock);
        result = flush_stream(stream);
        lock_release(&stream->lock);
        return result;
    }
    lock_take(&list_lock);
    for (stream = streams; stream != NULL; stream = stream->next) {
        /* One that is read may be held for long, by a thread that waits for a line. */
        if (!stream->writing)
            continue;
        lock_take(&stream->lock);
        if (stream->writing && flush_stream(stream) != 0)
            result = EOF;
        lock_release(&stream->lock);
    }
    lock_release(&list_lock);
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
    stream->read_only = flags == O_RDONLY;
    lock_take(&list_lock);
    stream->next = streams;
    streams = stream;
    lock_release(&list_lock);
    return stream;
}

int fclose(FILE *stream)
{
    lock_take(&list_lock);
    for (struct stream **link = &streams; *link != NULL; link = &(*link)->next) {
        if (*link == stream) {
            *link = stream->next;
            break;
        }
    }
    lock_release(&list_lock);
    lock_take(&stream->lock);
    int result = flush_stream(stream);
    if (close(stream->descriptor) != 0)
        result = EOF;
    lock_release(&stream->lock);
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
        fflush(stdout); /* a prompt is to be seen before its answer is awaited */
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
    lock_take(&stream->lock);
    while (done < wanted && fill(stream)) {
        size_t part = stream->filled - stream->position;
        if (part > wanted - done)
            part = wanted - done;
        memcpy((char *)memory + done, stream->buffer + stream->position, part);
        stream->position += part;
        done += part;
    }
    lock_release(&stream->lock);
    return done / size;
}

/* How much was taken. */
static size_t put_bytes(FILE *stream, const char *bytes, size_t length)
{
    if (stream->read_only) {
        stream->failed = true;
        errno = EBADF;
        return 0;
    }
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
    lock_take(&stream->lock);
    size_t done = put_bytes(stream, memory, wanted);
    if (settle(stream) != 0)
        done = 0;
    lock_release(&stream->lock);
    return done / size;
}

static void stream_sink(void *context, const char *bytes, size_t length)
{
    put_bytes(context, bytes, length);
}

int vfprintf(FILE *stream, const char *format, va_list arguments)
{
    lock_take(&stream->lock);
    size_t length = format_to_sink(stream_sink, stream, format, arguments);
    bool failed = settle(stream) != 0 || stream->read_only;
    lock_release(&stream->lock);
    return failed ? -1 : (int)length;
}

static int next_byte(FILE *stream)
{
    return fill(stream) ? (unsigned char)stream->buffer[stream->position++] : EOF;
}

int fgetc(FILE *stream)
{
    lock_take(&stream->lock);
    int character = next_byte(stream);
    lock_release(&stream->lock);
    return character;
}

int ungetc(int character, FILE *stream)
{
    lock_take(&stream->lock);
    /* There is room in front of what was read, unless nothing was. */
    bool done = character != EOF && !stream->writing && stream->position > 0;
    if (done) {
        stream->buffer[--stream->position] = (char)character;
        stream->at_end = false;
    }
    lock_release(&stream->lock);
    return done ? (unsigned char)character : EOF;
}

char *fgets(char *line, int capacity, FILE *stream)
{
    int length = 0;
    lock_take(&stream->lock);
    while (length + 1 < capacity) {
        int character = next_byte(stream);
        if (character == EOF)
            break;
        line[length++] = (char)character;
        if (character == '\n')
            break;
    }
    lock_release(&stream->lock);
    if (length == 0)
        return NULL;
    line[length] = '\0';
    return line;
}

int fseek(FILE *stream, long offset, int whence)
{
    lock_take(&stream->lock);
    bool done = flush_stream(stream) == 0 && lseek(stream->descriptor, offset, whence) >= 0;
    if (done)
        stream->at_end = false;
    lock_release(&stream->lock);
    return done ? 0 : -1;
}

long ftell(FILE *stream)
{
    lock_take(&stream->lock);
    off_t position = lseek(stream->descriptor, 0, SEEK_CUR);
    if (position >= 0 && stream->writing)
        position += (off_t)stream->filled;
    else if (position >= 0)
        position -= (off_t)stream->filled - (off_t)stream->position;
    lock_release(&stream->lock);
    return position < 0 ? -1 : position;
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

/* ---- around fork(): nobody is in the middle of a change of the list */

void streams_lock(void)
{
    lock_take(&list_lock);
}

void streams_unlock(bool in_child)
{
    for (struct stream *stream = streams; in_child && stream != NULL; stream = stream->next)
        stream->lock = (struct lock){0};
    lock_release(&list_lock);
}
