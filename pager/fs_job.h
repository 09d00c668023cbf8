/*
 * A call to the fs-server on behalf of a request: its memory, its slots for paths, and the way
 * back. request->data points to it from fs_job_begin() to fs_job_end().
 */
#pragma once

#include "fs_client.h"
#include "request.h"

struct file_object;

struct fs_job {
    struct fs_call call;
    struct request *request;
    bool takes_reference; /* a successful completion brings a reference on its inode */
    bool finished;        /* the completion is there and its reference is ours to give back */
    uint32_t slot_count;
    uint16_t slots[2];
    struct file_object *file; /* held while set */
};

static inline struct fs_job *fs_job_of(const struct request *request)
{
    return request->data;
}

/* NULL: no memory. */
struct fs_job *fs_job_begin(struct request *request);
/* Submits call.request, of which the caller has set what the operation needs. Always REQUEST_PARKED;
   the step runs again with the completion in call.completion. */
enum request_status fs_job_submit(struct request *request, uint32_t number);
/* Frees everything. An unused reference of the completion goes back. */
void fs_job_end(struct request *request);
/* The same and the request's result. */
enum request_status fs_job_done(struct request *request, int32_t result);
/* The file object of the completion, held by job->file; NULL: no memory. */
struct file_object *fs_job_take_file(struct fs_job *job);
int32_t fs_job_result(const struct fs_job *job);

/*
 * The beginning of a call with one or two paths: allocates, takes slots, copies the paths in.
 * True: they are in slots[0] and [1], and request.slot, slot2 and inode (the current directory) are
 * set. False: *status is the step's result. Uses progress 0 and 1, and scratch[0]; leaves progress 2.
 */
struct path_argument {
    uint64_t address, length;
};
bool path_arguments(struct request *request, uint32_t count, const struct path_argument paths[],
                    enum request_status *status);
#define PATH_STAGE_READY 2

struct pager_stat;
void file_object_stat(const struct file_object *file, struct pager_stat *stat);

/* Types in a mode, ext2's and POSIX's values. */
#define MODE_TYPE_MASK 0170000u
#define MODE_REGULAR 0100000u
#define MODE_DIRECTORY 0040000u
#define MODE_SYMBOLIC_LINK 0120000u
#define MODE_CHARACTER_DEVICE 0020000u
#define MODE_PERMISSIONS 07777u
static inline bool mode_is(uint32_t mode, uint32_t type)
{
    return (mode & MODE_TYPE_MASK) == type;
}
