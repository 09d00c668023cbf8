/* Kinds of arguments: a good value, and the wrong ones with what must come of them. */
#include "bad_input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KERNEL_ADDRESS 0xffffffff80000000ul
#define NO_ADDRESS 0x0000800000000000ul /* not canonical */
#define LAST_PAGE 0xfffffffffffff000ul
#define POINTER(object) ((uint64_t)(uintptr_t)(object))
#define NUMBER(value) ((uint64_t)(int64_t)(value))

#define END_OF_LIST  \
    {                \
        .name = NULL \
    }
/* Pointers at which nothing may be read, all with the same outcomes. */
#define BAD_POINTERS(...)                                                                     \
    {"null", 0, {__VA_ARGS__}}, {"unmapped", UNMAPPED, {__VA_ARGS__}},                        \
        {"kernel", KERNEL_ADDRESS, {__VA_ARGS__}}, {"no address", NO_ADDRESS, {__VA_ARGS__}}, \
    {                                                                                         \
        "last byte", UINT64_MAX,                                                              \
        {                                                                                     \
            __VA_ARGS__                                                                       \
        }                                                                                     \
    }

char long_name[300], long_path[5000], long_argument[200000];
static char *const wild_arguments[] = {"program", (char *)UNMAPPED, NULL};
static char *const long_arguments[] = {"program", long_argument, NULL};
static char *const good_arguments[] = {"program", NULL};
static const struct timespec short_time = {0, 1}, negative_time = {-1, 0},
                             negative_nanoseconds = {0, -1}, whole_second = {0, 1000000000};

/* ---- memory */

static const struct wrong_value followed[] = {BAD_POINTERS(DIES(SIGSEGV)), END_OF_LIST};
static const struct wrong_value unterminated[] = {{"no end", EDGE, {DIES(SIGSEGV)}}, END_OF_LIST};
static const struct wrong_value followed_for_writing[] = {
    {"read-only", READ_ONLY_PAGE, {DIES(SIGSEGV)}}, END_OF_LIST};
static const struct wrong_value optional[] = {{"null", 0, {FINE}},
                                              {"unmapped", UNMAPPED, {DIES(SIGSEGV)}},
                                              {"kernel", KERNEL_ADDRESS, {DIES(SIGSEGV)}},
                                              {"no address", NO_ADDRESS, {DIES(SIGSEGV)}},
                                              END_OF_LIST};
static const struct wrong_value handed_over[] = {
    BAD_POINTERS(EFAULT), {"half mapped", EDGE, {EFAULT, FINE}}, END_OF_LIST};
static const struct wrong_value handed_over_for_writing[] = {
    {"read-only", READ_ONLY_PAGE, {EFAULT}}, END_OF_LIST};

/* ---- paths */

static const struct wrong_value no_paths[] = {{"empty", POINTER(""), {ENOENT}},
                                              {"under a file", POINTER(FILE_NAME "/x"), {ENOTDIR}},
                                              {"under nothing", POINTER("absent/x"), {ENOENT}},
                                              {"long name", POINTER(long_name), {ENAMETOOLONG}},
                                              {"long path", POINTER(long_path), {ENAMETOOLONG}},
                                              {"no end", EDGE, {DIES(SIGSEGV)}},
                                              END_OF_LIST};
static const struct wrong_value absent[] = {{"absent", POINTER("absent"), {ENOENT}}, END_OF_LIST};
static const struct wrong_value absent_or_file[] = {
    {"absent", POINTER("absent"), {ENOENT}}, {"file", POINTER(FILE_NAME), {ENOTDIR}}, END_OF_LIST};
static const struct wrong_value absent_or_no_link[] = {
    {"absent", POINTER("absent"), {ENOENT}}, {"file", POINTER(FILE_NAME), {EINVAL}}, END_OF_LIST};
static const struct wrong_value absent_or_no_program[] = {
    {"absent", POINTER("absent"), {ENOENT}},
    {"directory", POINTER(DIRECTORY_NAME), {EACCES, EISDIR}},
    END_OF_LIST};
static const struct wrong_value existing[] = {{"existing", POINTER(FILE_NAME), {EEXIST}},
                                              END_OF_LIST};
static const struct wrong_value targets[] = {{"empty", POINTER(""), {ENOENT}},
                                             {"long path", POINTER(long_path), {ENAMETOOLONG}},
                                             {"no end", EDGE, {DIES(SIGSEGV)}},
                                             END_OF_LIST};
static const struct wrong_value modes[] = {
    {"empty", POINTER(""), {EINVAL}}, {"unknown", POINTER("q"), {EINVAL}}, END_OF_LIST};
static const struct wrong_value durations[] = {
    {"negative", POINTER(&negative_time), {EINVAL}},
    {"negative nanoseconds", POINTER(&negative_nanoseconds), {EINVAL}},
    {"a second of nanoseconds", POINTER(&whole_second), {EINVAL}},
    END_OF_LIST};
static const struct wrong_value vectors[] = {
    {"wild argument", POINTER(wild_arguments), {DIES(SIGSEGV)}},
    {"too long", POINTER(long_arguments), {E2BIG}},
    END_OF_LIST};

/* ---- numbers */

/* Of bytes that the buffer does not have: as many as it has, or an error. */
static const struct wrong_value counts[] = {{"huge", SIZE_MAX, {EINVAL, EFAULT, EFBIG, FINE}},
                                            {"negative", 1ul << 63, {EINVAL, EFAULT, EFBIG, FINE}},
                                            {"too long", 1ul << 40, {EINVAL, EFAULT, EFBIG, FINE}},
                                            END_OF_LIST};
static const struct wrong_value no_capacity[] = {{"zero", 0, {EINVAL}}, END_OF_LIST};
static const struct wrong_value small_capacity[] = {{"one", 1, {ERANGE}}, END_OF_LIST};
static const struct wrong_value negative_offsets[] = {
    {"negative", NUMBER(-1), {EINVAL}}, {"lowest", NUMBER(INT64_MIN), {EINVAL}}, END_OF_LIST};
static const struct wrong_value last_offset[] = {{"last", INT64_MAX, {FINE}}, END_OF_LIST};
static const struct wrong_value too_far[] = {
    {"last", INT64_MAX, {EFBIG}}, {"far", 1ul << 62, {EFBIG}}, END_OF_LIST};
static const struct wrong_value bad_numbers[] = {{"negative", NUMBER(-1), {EINVAL}},
                                                 {"unknown", 0x40000000, {EINVAL}},
                                                 {"lowest", NUMBER(INT_MIN), {EINVAL}},
                                                 END_OF_LIST};
static const struct wrong_value heap_bytes[] = {{"huge", SIZE_MAX, {ENOMEM}},
                                                {"negative", 1ul << 63, {ENOMEM}},
                                                {"too much", 1ul << 46, {ENOMEM}},
                                                {"nearly all", SIZE_MAX - 4096, {ENOMEM}},
                                                END_OF_LIST};
static const struct wrong_value alignments[] = {{"zero", 0, {EINVAL}},
                                                {"odd", 3, {EINVAL}},
                                                {"highest", 1ul << 63, {ENOMEM}},
                                                {"no power of two", 48, {EINVAL}},
                                                END_OF_LIST};

/* ---- descriptors */

static const struct wrong_value no_descriptors[] = {{"negative", NUMBER(-1), {EBADF}},
                                                    {"lowest", NUMBER(INT_MIN), {EBADF}},
                                                    {"large", 1000000, {EBADF}},
                                                    {"largest", INT_MAX, {EBADF}},
                                                    {"closed", CLOSED_DESCRIPTOR, {EBADF}},
                                                    END_OF_LIST};
static const struct wrong_value not_to_read[] = {{"write-only", WRITE_ONLY_DESCRIPTOR, {EBADF}},
                                                 {"directory", DIRECTORY_DESCRIPTOR, {EISDIR}},
                                                 END_OF_LIST};
static const struct wrong_value not_to_write[] = {{"read-only", READ_ONLY_DESCRIPTOR, {EBADF}},
                                                  {"directory", DIRECTORY_DESCRIPTOR, {EBADF}},
                                                  END_OF_LIST};
static const struct wrong_value not_to_seek[] = {{"console", STDOUT_FILENO, {ESPIPE}}, END_OF_LIST};
static const struct wrong_value without_length[] = {{"read-only", READ_ONLY_DESCRIPTOR, {EINVAL}},
                                                    {"directory", DIRECTORY_DESCRIPTOR, {EINVAL}},
                                                    {"console", STDOUT_FILENO, {EINVAL}},
                                                    END_OF_LIST};
static const struct wrong_value not_to_map[] = {
    {"write-only", WRITE_ONLY_DESCRIPTOR, {EACCES}},
    {"directory", DIRECTORY_DESCRIPTOR, {ENODEV, EACCES}},
    {"console", STDOUT_FILENO, {ENODEV}},
    END_OF_LIST};
static const struct wrong_value no_new_descriptors[] = {{"negative", NUMBER(-1), {EBADF}},
                                                        {"lowest", NUMBER(INT_MIN), {EBADF}},
                                                        {"largest", INT_MAX, {EBADF}},
                                                        END_OF_LIST};

/* ---- mappings */

static const struct wrong_value bad_addresses[] = {
    {"inside a page", MAPPED + 1, {EINVAL}},      {"null", 0, {EINVAL, ENOMEM, EFAULT}},
    {"kernel", KERNEL_ADDRESS, {EINVAL, ENOMEM}}, {"no address", NO_ADDRESS, {EINVAL, ENOMEM}},
    {"last page", LAST_PAGE, {EINVAL, ENOMEM}},   END_OF_LIST};
static const struct wrong_value not_mapped[] = {{"unmapped", UNMAPPED, {ENOMEM, EFAULT}},
                                                END_OF_LIST};
static const struct wrong_value nothing_there[] = {{"unmapped", UNMAPPED, {FINE}}, END_OF_LIST};
static const struct wrong_value bad_lengths[] = {{"zero", 0, {EINVAL}},
                                                 {"huge", SIZE_MAX, {EINVAL, ENOMEM}},
                                                 {"wrapping", 0 - MAPPED, {EINVAL, ENOMEM}},
                                                 {"negative", 1ul << 63, {EINVAL, ENOMEM}},
                                                 {"too long", 1ul << 46, {EINVAL, ENOMEM}},
                                                 END_OF_LIST};
static const struct wrong_value map_offsets[] = {{"inside a page", 1, {EINVAL}},
                                                 {"negative", NUMBER(-4096), {EINVAL, EOVERFLOW}},
                                                 {"far", 1ul << 62, {EINVAL, EOVERFLOW}},
                                                 END_OF_LIST};
static const struct wrong_value map_flags[] = {{"none", 0, {EINVAL}},
                                               {"both", MAP_SHARED | MAP_PRIVATE, {EINVAL}},
                                               {"all", NUMBER(-1), {EINVAL}},
                                               END_OF_LIST};
static const struct wrong_value contradicting_sync[] = {{"both", MS_ASYNC | MS_SYNC, {EINVAL}},
                                                        END_OF_LIST};
static const struct wrong_value fixed_alone[] = {{"fixed alone", MREMAP_FIXED, {EINVAL}},
                                                 END_OF_LIST};
static const struct wrong_value breaks[] = {{"start of memory", 4096, {ENOMEM}},
                                            {"kernel", KERNEL_ADDRESS, {ENOMEM}},
                                            {"no address", NO_ADDRESS, {ENOMEM}},
                                            {"last byte", UINT64_MAX, {ENOMEM}},
                                            END_OF_LIST};
static const struct wrong_value increments[] = {{"largest", INT64_MAX, {ENOMEM}},
                                                {"lowest", NUMBER(INT64_MIN), {ENOMEM}},
                                                {"too much", 1ul << 46, {ENOMEM}},
                                                {"too little", NUMBER(-(1l << 46)), {ENOMEM}},
                                                END_OF_LIST};

/* ---- processes */

static const struct wrong_value nobodys_child[] = {{"not a child", 0x7ffffffe, {ECHILD}},
                                                   {"negative", NUMBER(-2), {EINVAL}},
                                                   {"lowest", NUMBER(INT_MIN), {EINVAL}},
                                                   END_OF_LIST};
static const struct wrong_value nobody[] = {{"no process", 0x7ffffffe, {ESRCH}},
                                            {"negative", NUMBER(-2), {ESRCH}},
                                            {"lowest", NUMBER(INT_MIN), {ESRCH}},
                                            END_OF_LIST};

const struct argument_kind kinds[KINDS] = {
    [FILE_PATH] = {POINTER(FILE_NAME), {followed, no_paths, absent}},
    [DIRECTORY_PATH] = {POINTER(DIRECTORY_NAME), {followed, no_paths, absent_or_file}},
    [LINK_PATH] = {POINTER(LINK_NAME), {followed, no_paths, absent_or_no_link}},
    [NEW_PATH] = {POINTER(NEW_NAME), {followed, no_paths, existing}},
    [ANY_NEW_PATH] = {POINTER(NEW_NAME), {followed, no_paths}},
    [LINK_TARGET] = {POINTER(FILE_NAME), {followed, targets}},
    [PROGRAM_PATH] = {POINTER(FILE_NAME), {followed, no_paths, absent_or_no_program}},
    [TEXT] = {POINTER("text"), {followed, unterminated}},
    [TEXT_PART] = {POINTER("text"), {followed}},
    [PRINTED_TEXT] = {POINTER("text"), {optional, unterminated}},
    [RESULT] = {BUFFER, {followed, followed_for_writing}},
    [OPTIONAL_RESULT] = {BUFFER, {optional, followed_for_writing}},
    [STREAM_MODE] = {POINTER("r"), {followed, modes}},
    [DURATION] = {POINTER(&short_time), {followed, durations}},
    [ARGUMENT_VECTOR] = {POINTER(good_arguments), {followed, vectors}},
    [BUFFER_IN] = {BUFFER, {handed_over}},
    [BUFFER_OUT] = {BUFFER, {handed_over, handed_over_for_writing}},
    [COUNT] = {512, {counts}},
    [LINK_CAPACITY] = {512, {no_capacity}},
    [DIRECTORY_CAPACITY] = {512, {no_capacity, small_capacity}},
    [OFFSET] = {0, {negative_offsets, last_offset}},
    [WRITE_OFFSET] = {0, {negative_offsets, too_far}},
    [POSITION] = {0, {negative_offsets}},
    [WHENCE] = {SEEK_SET, {bad_numbers}},
    [FILE_LENGTH] = {512, {negative_offsets, too_far}},
    [HEAP_BYTES] = {512, {heap_bytes}},
    [ALIGNMENT] = {64, {alignments}},
    [ANY_DESCRIPTOR] = {FILE_DESCRIPTOR, {no_descriptors}},
    [READ_DESCRIPTOR] = {FILE_DESCRIPTOR, {no_descriptors, not_to_read}},
    [WRITE_DESCRIPTOR] = {FILE_DESCRIPTOR, {no_descriptors, not_to_write}},
    [SEEK_DESCRIPTOR] = {FILE_DESCRIPTOR, {no_descriptors, not_to_seek}},
    [LENGTH_DESCRIPTOR] = {FILE_DESCRIPTOR, {no_descriptors, without_length}},
    [MAP_DESCRIPTOR] = {FILE_DESCRIPTOR, {no_descriptors, not_to_map}},
    [NEW_DESCRIPTOR] = {20, {no_new_descriptors}},
    [MAPPING] = {MAPPED, {bad_addresses, not_mapped}},
    [UNMAPPING] = {MAPPED, {bad_addresses, nothing_there}},
    [FIXED_ADDRESS] = {MAPPED, {bad_addresses}},
    [MAPPING_LENGTH] = {4096, {bad_lengths}},
    [MAP_OFFSET] = {0, {map_offsets}},
    [PROTECTION] = {PROT_READ, {bad_numbers}},
    [MAP_FLAGS] = {MAP_SHARED, {map_flags}},
    [ADVICE] = {MADV_NORMAL, {bad_numbers}},
    [SYNC_FLAGS] = {MS_SYNC, {bad_numbers, contradicting_sync}},
    [REMAP_FLAGS] = {MREMAP_MAYMOVE, {bad_numbers, fixed_alone}},
    [BREAK] = {0, {breaks}},
    [BREAK_INCREMENT] = {16, {increments}},
    [WAIT_PID] = {OWN_CHILD, {nobodys_child}},
    [WAIT_OPTIONS] = {0, {bad_numbers}},
    [KILL_PID] = {OWN_CHILD, {nobody}},
    [GROUP_PID] = {0, {nobody}},
    [SIGNAL] = {SIGKILL, {bad_numbers}},
    [CLOCK] = {CLOCK_MONOTONIC, {bad_numbers}},
};
