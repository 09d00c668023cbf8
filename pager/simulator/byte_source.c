/*
 * See byte_source.h.
 */
#include "byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PACKED_BUFFER (256u << 10)
#define UNPACKED_BUFFER (1u << 20)

enum packing { PLAIN, GZIP, ZSTD };

struct unpacker {
    enum packing packing;
    int file;              /* -1: everything is in `packed` already */
    const uint8_t *packed; /* memory, or packed_buffer */
    size_t packed_at, packed_end;
    bool packed_ended;
    bool in_frame; /* a gzip member or zstd frame has begun and not ended */
    z_stream gzip;
    ZSTD_DStream *zstd;
    uint8_t packed_buffer[PACKED_BUFFER];
    uint8_t buffer[UNPACKED_BUFFER];
};

/* ---------------------------------------------------------------- packed bytes */

/* More packed bytes behind those that are left; nothing changes at the end of the file. */
static bool refill(struct byte_source *source, struct failure *failure)
{
    struct unpacker *u = source->unpacker;
    if (u->packed_ended)
        return true;
    size_t left = u->packed_end - u->packed_at;
    memmove(u->packed_buffer, u->packed_buffer + u->packed_at, left);
    u->packed_at = 0;
    u->packed_end = left;
    ssize_t got;
    do {
        got = read(u->file, u->packed_buffer + left, PACKED_BUFFER - left);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return refuse(failure, "%s: cannot read at offset %" PRIu64 ": %s", source->name,
                      source->packed_at, strerror(errno));
    u->packed_ended = got == 0;
    u->packed_end += (size_t)got;
    source->packed_at += (uint64_t)got;
    return true;
}

static enum packing packing_of(const uint8_t *bytes, size_t length)
{
    static const uint8_t zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    if (length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
        return GZIP;
    if (length >= sizeof zstd_magic && memcmp(bytes, zstd_magic, sizeof zstd_magic) == 0)
        return ZSTD;
    return PLAIN;
}

/* ---------------------------------------------------------------- unpacking */

/* Each takes packed bytes and appends to out[0..room); returns how many, or -1 with the failure. */

static ssize_t unpack_plain(struct unpacker *u, uint8_t *out, size_t room)
{
    size_t length = u->packed_end - u->packed_at;
    if (length > room)
        length = room;
    memcpy(out, u->packed + u->packed_at, length);
    u->packed_at += length;
    return (ssize_t)length;
}

static ssize_t unpack_gzip(struct byte_source *source, uint8_t *out, size_t room,
                           struct failure *failure)
{
    struct unpacker *u = source->unpacker;
    u->gzip.next_in = (Bytef *)(uintptr_t)(u->packed + u->packed_at);
    u->gzip.avail_in = (uInt)(u->packed_end - u->packed_at);
    u->gzip.next_out = out;
    u->gzip.avail_out = (uInt)room;
    u->in_frame = u->in_frame || u->gzip.avail_in != 0;
    int status = inflate(&u->gzip, Z_NO_FLUSH);
    u->packed_at = u->packed_end - u->gzip.avail_in;
    if (status == Z_STREAM_END) {
        u->in_frame = false; /* another member may follow */
        inflateReset(&u->gzip);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
        refuse(failure, "%s: damaged gzip data at offset %" PRIu64 ": %s", source->name,
               source->offset + source->end, u->gzip.msg != NULL ? u->gzip.msg : "unknown");
        return -1;
    }
    return (ssize_t)(room - u->gzip.avail_out);
}

static ssize_t unpack_zstd(struct byte_source *source, uint8_t *out, size_t room,
                           struct failure *failure)
{
    struct unpacker *u = source->unpacker;
    ZSTD_inBuffer in = {u->packed, u->packed_end, u->packed_at};
    ZSTD_outBuffer unpacked = {out, room, 0};
    size_t status = ZSTD_decompressStream(u->zstd, &unpacked, &in);
    if (ZSTD_isError(status)) {
        refuse(failure, "%s: damaged zstd data at offset %" PRIu64 ": %s", source->name,
               source->offset + source->end, ZSTD_getErrorName(status));
        return -1;
    }
    if (in.pos != u->packed_at || unpacked.pos != 0)
        u->in_frame = status != 0;
    u->packed_at = in.pos;
    return (ssize_t)unpacked.pos;
}

static ssize_t unpack(struct byte_source *source, uint8_t *out, size_t room,
                      struct failure *failure)
{
    switch (source->unpacker->packing) {
    case GZIP: return unpack_gzip(source, out, room, failure);
    case ZSTD: return unpack_zstd(source, out, room, failure);
    default: return unpack_plain(source->unpacker, out, room);
    }
}

size_t source_need(struct byte_source *source, size_t want, struct failure *failure)
{
    failure->text[0] = '\0';
    struct unpacker *u = source->unpacker;
    size_t left = source->end - source->at;
    if (left >= want || source->ended)
        return left;
    memmove(u->buffer, u->buffer + source->at, left);
    source->offset += source->at;
    source->at = 0;
    source->end = left;
    while (source->end < want) {
        ssize_t got =
            unpack(source, u->buffer + source->end, UNPACKED_BUFFER - source->end, failure);
        if (got < 0)
            return 0;
        source->end += (size_t)got;
        if (got > 0)
            continue;
        if (u->packed_at == u->packed_end && u->packed_ended) {
            if (u->in_frame) {
                refuse(failure, "%s: the packed trace is cut short at offset %" PRIu64,
                       source->name, source->offset + source->end);
                return 0;
            }
            source->ended = true;
            break;
        }
        if (!refill(source, failure))
            return 0;
    }
    return source->end - source->at;
}

/* ---------------------------------------------------------------- opening and closing */

static bool start_unpacker(struct byte_source *source, struct failure *failure)
{
    struct unpacker *u = source->unpacker;
    u->packing = packing_of(u->packed + u->packed_at, u->packed_end - u->packed_at);
    source->bytes = u->buffer;
    /* 32: gzip's header is found by itself; 15: the largest window. */
    if (u->packing == GZIP && inflateInit2(&u->gzip, 32 + 15) != Z_OK) {
        u->packing = PLAIN;
        return refuse(failure, "%s: out of memory", source->name);
    }
    if (u->packing == ZSTD && (u->zstd = ZSTD_createDStream()) == NULL)
        return refuse(failure, "%s: out of memory", source->name);
    return true;
}

static bool prepare(struct byte_source *source, const char *name, struct failure *failure)
{
    *source = (struct byte_source){.name = name, .unpacker = malloc(sizeof *source->unpacker)};
    if (source->unpacker == NULL)
        return refuse(failure, "%s: out of memory", name);
    struct unpacker *u = source->unpacker;
    u->file = -1;
    u->packing = PLAIN;
    u->packed = u->packed_buffer;
    u->packed_at = u->packed_end = 0;
    u->packed_ended = u->in_frame = false;
    u->zstd = NULL;
    memset(&u->gzip, 0, sizeof u->gzip);
    return true;
}

static bool start_file(struct byte_source *source, const char *path, struct failure *failure)
{
    struct unpacker *u = source->unpacker;
    u->file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (u->file < 0 || fstat(u->file, &status) != 0)
        return refuse(failure, "cannot open %s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return refuse(failure, "%s is a directory", path);
    if (S_ISREG(status.st_mode))
        source->packed_bytes = (uint64_t)status.st_size;
    /* A pipe may deliver the magic number in pieces. */
    do {
        if (!refill(source, failure))
            return false;
    } while (!u->packed_ended && u->packed_end < 4);
    return start_unpacker(source, failure);
}

bool source_open(struct byte_source *source, const char *path, struct failure *failure)
{
    if (!prepare(source, strcmp(path, "-") == 0 ? "standard input" : path, failure))
        return false;
    if (start_file(source, path, failure))
        return true;
    source_close(source);
    return false;
}

bool source_open_memory(struct byte_source *source, const void *bytes, size_t length,
                        struct failure *failure)
{
    if (!prepare(source, "memory", failure))
        return false;
    source->unpacker->packed = bytes;
    source->unpacker->packed_end = length;
    source->unpacker->packed_ended = true;
    source->packed_bytes = source->packed_at = length;
    if (start_unpacker(source, failure))
        return true;
    source_close(source);
    return false;
}

void source_close(struct byte_source *source)
{
    struct unpacker *u = source->unpacker;
    if (u == NULL)
        return;
    if (u->packing == GZIP)
        inflateEnd(&u->gzip);
    ZSTD_freeDStream(u->zstd);
    if (u->file > STDIN_FILENO)
        close(u->file);
    free(u);
    source->unpacker = NULL;
}
