/*
 * Reading traces: every format says what it means, packed or not, and a bad one is refused with
 * the offset of what is wrong.
 */
#include "host_test.h"

#include "policy/policy.h"
#include "reference_trace.h"
#include "simulator_recording.h"

#include <quire/trace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define BUFFER_BYTES 65536

static bool read_bytes(struct trace *trace, const void *bytes, size_t length,
                       const struct trace_options *options, struct failure *failure)
{
    struct byte_source source;
    failure->text[0] = '\0';
    if (!source_open_memory(&source, bytes, length, failure))
        return false;
    bool good = trace_read(trace, &source, options, failure);
    source_close(&source);
    return good;
}

static void expect_refusal(const void *bytes, size_t length, enum trace_format format,
                           const char *first, const char *second)
{
    struct trace trace;
    struct failure failure;
    const struct trace_options options = {.format = format, .page_shift = 12};
    assert_false(read_bytes(&trace, bytes, length, &options, &failure));
    if (strstr(failure.text, first) == NULL || strstr(failure.text, second) == NULL)
        fail_msg("'%s' lacks '%s' or '%s'", failure.text, first, second);
}

/* The references as text: "5 w6 5": the pages, `w` before those that write. */
static void expect_options(const void *bytes, size_t length, const struct trace_options *options,
                           const char *expected)
{
    struct trace trace;
    struct failure failure;
    char text[BUFFER_BYTES] = "";
    size_t used = 0;
    if (!read_bytes(&trace, bytes, length, options, &failure))
        fail_msg("%s", failure.text);
    const struct reference_string *string = &trace.strings[0];
    for (uint64_t i = 0; i < string->references.count; i++) {
        uint32_t word = string->references.words[i];
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s%llu", used != 0 ? " " : "",
                             word & REFERENCE_WRITE ? "w" : "",
                             (unsigned long long)string->pages.keys[REFERENCE_PAGE(word)].index);
    }
    assert_string_equal(text, expected);
    assert_int_equal(trace.references, string->references.count);
    trace_free(&trace);
}

static void expect(const char *bytes, const char *expected)
{
    const struct trace_options options = {.page_shift = 12};
    expect_options(bytes, strlen(bytes), &options, expected);
}

/* ---------------------------------------------------------------- formats */

static void text_is_a_page_a_line(void **state)
{
    (void)state;
    expect("5\n6\n5", "5 6 5");
    expect("# pages\n\n 0x1f w # one\r\n18446744073709551615\tR\r\n7 W\n",
           "w31 18446744073709551615 w7");
}

static void csv_finds_the_column_of_the_page(void **state)
{
    (void)state;
    expect("1,100\n2,200\n1,300\n", "1 2 1");
    expect("time,obj_id,size\n1,17,512\n2,18,512\n", "17 18");
    expect("time;\"page\";op\n1;17;w\n2;18;read\n3;17;WRITE\n", "w17 18 w17");
    expect("t\taddress\n1\t8192\n2\t12287\n3\t0x3000\n", "2 2 3");
    struct trace_options options = {.column = "block"};
    const char *named = "page,block\n1,2\n3,4\n";
    expect_options(named, strlen(named), &options, "2 4");
    options.column = "2";
    expect_options(named, strlen(named), &options, "2 4");
    struct failure failure;
    struct trace trace;
    options.column = "sector";
    assert_false(read_bytes(&trace, named, strlen(named), &options, &failure));
    assert_non_null(strstr(failure.text, "'sector'"));
}

static void lackey_gives_the_pages_of_each_access(void **state)
{
    (void)state;
    expect("==17== Lackey\nI  04001100,3\n L 1ffffc,8\n S 3fff,2\nhello\n M 4ffc,4\n==17== end\n",
           "16385 511 512 w3 w4 w4");
    struct trace_options options = {.page_shift = 4};
    const char *access = " L 2f,2\n";
    expect_options(access, strlen(access), &options, "2 3");
}

static size_t make_oracle(uint8_t *bytes, unsigned records)
{
    for (unsigned i = 0; i < records; i++) {
        uint64_t object = i % 3 + 1000;
        int64_t next = i + 3 < records ? (int64_t)i + 3 : -1;
        uint8_t *record = bytes + 24 * (size_t)i;
        memset(record, 0, 24);
        memcpy(record + 4, &object, 8);
        memcpy(record + 16, &next, 8);
    }
    return 24 * (size_t)records;
}

static void oracle_general_has_an_object_a_record(void **state)
{
    (void)state;
    uint8_t bytes[24 * 5];
    const struct trace_options options = {.format = TRACE_ORACLE};
    expect_options(bytes, make_oracle(bytes, 5), &options, "1000 1001 1002 1000 1001");
}

/* ---------------------------------------------------------------- Quire's own */

/* Pages 1 and 2 of object 7 come, 1 is referenced, 2 is looked at twice, goes, and 3 comes. */
static void record_run(struct recording *recording)
{
    begin_recording(recording);
    RECORD(recording, TRACE_INSERT, 100, POLICY_DEMAND, 7, 1);
    RECORD(recording, TRACE_INSERT, 101, POLICY_DEMAND, 7, 2, 0, 1);
    RECORD(recording, TRACE_REFERENCE, 100, POLICY_SOFT);
    RECORD(recording, TRACE_LOOK, 101, 1);
    RECORD(recording, TRACE_LOOK, 101);
    RECORD(recording, TRACE_REMOVE, 101);
    RECORD(recording, TRACE_INSERT, 101, POLICY_REFAULT, 7, 3);
    RECORD(recording, TRACE_INSERT, 101, POLICY_ADOPT, 7, 3);
    RECORD(recording, 99, 1, 2, 3); /* of a later version */
}

static void a_recorded_run_has_the_references_that_the_pager_saw(void **state)
{
    (void)state;
    struct recording recording;
    const struct trace_options options = {0};
    record_run(&recording);
    end_recording(&recording, 0);
    expect_options(recording.bytes, recording.length, &options, "1 w2 1 2 3");
}

static void one_group_of_a_recorded_run_can_be_chosen(void **state)
{
    (void)state;
    struct recording recording;
    begin_recording(&recording);
    add_text_record(&recording, TRACE_GROUP_CREATE, (const uint64_t[]){3, 0, 8, 8, 1, 0}, 6,
                    "fifo");
    RECORD(&recording, TRACE_INSERT, 100, POLICY_DEMAND, 7, 1);
    add_text_record(&recording, TRACE_GROUP_CREATE, (const uint64_t[]){5, 0, 8, 8, 1, 0}, 6,
                    "fifo");
    RECORD(&recording, TRACE_INSERT, 101, POLICY_DEMAND, 7, 2);
    RECORD(&recording, TRACE_LOOK, 101, 1);
    RECORD(&recording, TRACE_GROUP, 3);
    RECORD(&recording, TRACE_REFERENCE, 100, POLICY_SOFT);
    end_recording(&recording, 0);
    struct trace_options options = {.format = TRACE_QUIRE};
    expect_options(recording.bytes, recording.length, &options, "1 2 2 1");
    options.one_group = true;
    options.group = 3;
    expect_options(recording.bytes, recording.length, &options, "1 1");
    options.group = 5;
    expect_options(recording.bytes, recording.length, &options, "2 2");

    struct trace trace;
    struct failure failure;
    options.group = 4;
    assert_false(read_bytes(&trace, recording.bytes, recording.length, &options, &failure));
    assert_non_null(strstr(failure.text, "no reference of group 4; there are those of: 3, 5"));
    options.format = TRACE_TEXT;
    assert_false(read_bytes(&trace, "1\n", 2, &options, &failure));
    assert_non_null(strstr(failure.text, "--group"));
}

static void a_recorded_run_that_is_not_whole_is_refused(void **state)
{
    (void)state;
    struct recording recording;
    record_run(&recording);
    size_t before_end = recording.length;
    end_recording(&recording, 0);
    for (size_t cut = 8; cut < recording.length; cut++)
        expect_refusal(recording.bytes, cut, TRACE_UNKNOWN, "cut short", "offset ");
    /* A record is lost on the way. */
    recording.length = before_end;
    recording.records = 5;
    end_recording(&recording, 0);
    expect_refusal(recording.bytes, recording.length, TRACE_UNKNOWN, "bytes were lost", "offset ");

    recording.bytes[0] ^= 1;
    expect_refusal(recording.bytes, recording.length, TRACE_QUIRE, "wrong magic", "offset 0");
    recording.bytes[0] ^= 1;
    recording.bytes[8]++;
    expect_refusal(recording.bytes, recording.length, TRACE_QUIRE, "version 2", "offset 8");
}

static void bytes_behind_the_end_are_refused(void **state)
{
    (void)state;
    struct recording recording;
    record_run(&recording);
    end_recording(&recording, 0);
    recording.bytes[recording.length++] = 'x';
    expect_refusal(recording.bytes, recording.length, TRACE_QUIRE, "behind the end", "offset ");
}

static void drops_are_refused_unless_accepted(void **state)
{
    (void)state;
    struct recording recording;
    struct trace_options options = {.allow_drops = true};
    record_run(&recording);
    RECORD(&recording, TRACE_DROPPED, 17);
    RECORD(&recording, TRACE_REFERENCE, 500); /* its insert was dropped */
    end_recording(&recording, 17);
    expect_refusal(recording.bytes, recording.length, TRACE_UNKNOWN, "17 records are missing",
                   "offset ");
    expect_options(recording.bytes, recording.length, &options, "1 w2 1 2 3");
    record_run(&recording);
    end_recording(&recording, 3);
    expect_refusal(recording.bytes, recording.length, TRACE_UNKNOWN, "3 records are missing",
                   "offset ");
}

static void impossible_records_are_refused(void **state)
{
    (void)state;
    struct recording recording;
    record_run(&recording);
    RECORD(&recording, TRACE_REFERENCE, 500);
    end_recording(&recording, 0);
    expect_refusal(recording.bytes, recording.length, TRACE_UNKNOWN, "frame 500", "offset ");
    record_run(&recording);
    RECORD(&recording, TRACE_INSERT, 1ull << 40);
    end_recording(&recording, 0);
    expect_refusal(recording.bytes, recording.length, TRACE_UNKNOWN, "no frame", "offset ");
}

/* ---------------------------------------------------------------- packed */

static size_t gzip(uint8_t *to, const void *bytes, size_t length)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)length,
                       .next_out = to,
                       .avail_out = BUFFER_BYTES};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + 15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

static void packed_traces_are_unpacked(void **state)
{
    (void)state;
    static uint8_t packed[2 * BUFFER_BYTES];
    const struct trace_options options = {0};
    const char *text = "1\n2\n3\n";
    size_t length = gzip(packed, text, 6);
    expect_options(packed, length, &options, "1 2 3");
    length += gzip(packed + length, text, 6); /* members may follow each other */
    expect_options(packed, length, &options, "1 2 3 1 2 3");
    length = ZSTD_compress(packed, sizeof packed, text, 6, 3);
    length += ZSTD_compress(packed + length, BUFFER_BYTES, "4\n", 2, 3);
    expect_options(packed, length, &options, "1 2 3 4");
}

static void a_long_trace_is_read_across_all_buffers(void **state)
{
    (void)state;
    size_t length = 0, room = 8u << 20;
    char *text = malloc(room);
    for (unsigned i = 0; length < room - 16; i++)
        length += (size_t)sprintf(text + length, "%u\n", i);
    struct trace trace;
    struct failure failure;
    const struct trace_options options = {0};
    size_t packed_room = ZSTD_compressBound(length);
    void *packed = malloc(packed_room);
    size_t packed_length = ZSTD_compress(packed, packed_room, text, length, 1);
    assert_true(read_bytes(&trace, packed, packed_length, &options, &failure));
    assert_true(trace.references > 1000000);
    for (uint32_t i = 0; i < trace.references; i++)
        assert_int_equal(trace.strings[0].pages.keys[trace.strings[0].references.words[i]].index,
                         i);
    trace_free(&trace);
    free(packed);
    free(text);
}

static void more_references_than_fit_in_memory_are_in_a_file(void **state)
{
    (void)state;
    const uint64_t count = WORDS_IN_MEMORY + 5000;
    struct word_store store = {0}, made;
    struct failure failure;
    for (uint64_t i = 0; i < count; i++)
        assert_true(word_store_add(&store, (uint32_t)(i * 2654435761u), &failure));
    assert_true(word_store_finish(&store, &failure));
    assert_true(store.mapped);
    assert_int_equal(store.count, count);
    assert_true(word_store_make(&made, count, &failure));
    assert_true(made.mapped);
    for (uint64_t i = count; i-- > 0;)
        made.words[i] = store.words[i];
    for (uint64_t i = 0; i < count; i += 1 + i % 7)
        assert_true(store.words[i] == (uint32_t)(i * 2654435761u) &&
                    made.words[i] == store.words[i]);
    word_store_free(&made);
    word_store_free(&store);
    assert_true(word_store_add(&store, 7, &failure));
    assert_true(word_store_finish(&store, &failure));
    assert_false(store.mapped);
    assert_int_equal(store.words[0], 7);
    word_store_free(&store);
}

static void a_directory_for_references_that_is_none_is_named(void **state)
{
    (void)state;
    struct word_store store;
    struct failure failure;
    setenv("TMPDIR", "/nowhere", 1);
    assert_false(word_store_make(&store, WORDS_IN_MEMORY + 1, &failure));
    unsetenv("TMPDIR");
    assert_non_null(strstr(failure.text, "/nowhere"));
}

/* ---------------------------------------------------------------- what is wrong */

static void a_packed_trace_cut_short_is_refused(void **state)
{
    (void)state;
    static uint8_t packed[BUFFER_BYTES];
    size_t length = gzip(packed, "1\n2\n3\n", 6);
    for (size_t cut = 3; cut < length; cut++)
        expect_refusal(packed, cut, TRACE_TEXT, "cut short", "offset ");
    length = ZSTD_compress(packed, sizeof packed, "1\n2\n3\n", 6, 3);
    for (size_t cut = 5; cut < length; cut++)
        expect_refusal(packed, cut, TRACE_TEXT, "cut short", "offset ");
}

static void damaged_packing_is_refused(void **state)
{
    (void)state;
    static uint8_t packed[BUFFER_BYTES];
    size_t length = gzip(packed, "1\n2\n3\n", 6);
    packed[length - 8] ^= 1; /* the check sum */
    expect_refusal(packed, length, TRACE_TEXT, "damaged gzip", "offset ");
    length = ZSTD_compress(packed, sizeof packed, "1\n2\n3\n", 6, 3);
    packed[6] ^= 0xff;
    struct trace trace;
    struct failure failure;
    assert_false(read_bytes(&trace, packed, length, &(struct trace_options){0}, &failure));
}

static void bad_lines_are_named_with_number_and_offset(void **state)
{
    (void)state;
    expect_refusal("1\n2\nx\n", 6, TRACE_TEXT, "line 3", "offset 4");
    expect_refusal("1\n-2\n", 5, TRACE_TEXT, "line 2", "offset 2");
    expect_refusal("1 2\n", 4, TRACE_TEXT, "line 1", "offset 0");
    expect_refusal("18446744073709551616\n", 21, TRACE_TEXT, "line 1", "offset 0");
    expect_refusal("page\n1\nx\n", 9, TRACE_CSV, "line 3", "offset 7");
    expect_refusal(" L 10,4\n L zz,4\n", 16, TRACE_LACKEY, "line 2", "offset 8");
    expect_refusal(" L 10,0\n", 8, TRACE_LACKEY, "line 1", "offset 0");
    expect_refusal(" L ffffffffffffffff,4\n", 22, TRACE_LACKEY, "line 1", "offset 0");
}

static void oracle_cut_short_or_of_another_kind_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[24 * 5];
    size_t length = make_oracle(bytes, 5);
    expect_refusal(bytes, length - 1, TRACE_ORACLE, "cut short", "offset 96");
    const int64_t past = 1;
    memcpy(bytes + 24 * 3 + 16, &past, sizeof past);
    expect_refusal(bytes, length, TRACE_ORACLE, "record 3 at offset 72", "next at 1");
}

static void empty_traces_are_refused(void **state)
{
    (void)state;
    expect_refusal("", 0, TRACE_UNKNOWN, "empty", "offset 0");
    expect_refusal("# nothing\n\n", 11, TRACE_UNKNOWN, "empty", "11 bytes");
    expect_refusal("", 0, TRACE_ORACLE, "empty", "0 bytes");
    expect_refusal("page,op\n", 8, TRACE_UNKNOWN, "empty", "8 bytes");
}

static void unknown_bytes_are_no_known_format(void **state)
{
    (void)state;
    expect_refusal("\x01\x02\x03\x04", 4, TRACE_UNKNOWN, "no known format", "offset 0");
}

static void more_pages_than_memory_is_an_error_with_the_offset(void **state)
{
    (void)state;
    static char text[BUFFER_BYTES];
    size_t length = 0;
    for (unsigned i = 0; i < 5000; i++)
        length += (size_t)sprintf(text + length, "%u\n", i);
    struct trace trace;
    struct failure failure;
    const struct trace_options options = {.most_bytes = 100000};
    assert_false(read_bytes(&trace, text, length, &options, &failure));
    assert_non_null(strstr(failure.text, "more distinct pages than memory"));
    assert_non_null(strstr(failure.text, "2048 pages up to offset 9135"));
}

static void files_that_are_none_are_named(void **state)
{
    (void)state;
    struct byte_source source;
    struct failure failure;
    assert_false(source_open(&source, "/nowhere/trace", &failure));
    assert_non_null(strstr(failure.text, "/nowhere/trace"));
    assert_false(source_open(&source, "/", &failure));
    assert_non_null(strstr(failure.text, "directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_a_page_a_line),
        cmocka_unit_test(csv_finds_the_column_of_the_page),
        cmocka_unit_test(lackey_gives_the_pages_of_each_access),
        cmocka_unit_test(oracle_general_has_an_object_a_record),
        cmocka_unit_test(a_recorded_run_has_the_references_that_the_pager_saw),
        cmocka_unit_test(one_group_of_a_recorded_run_can_be_chosen),
        cmocka_unit_test(a_recorded_run_that_is_not_whole_is_refused),
        cmocka_unit_test(bytes_behind_the_end_are_refused),
        cmocka_unit_test(drops_are_refused_unless_accepted),
        cmocka_unit_test(impossible_records_are_refused),
        cmocka_unit_test(packed_traces_are_unpacked),
        cmocka_unit_test(a_long_trace_is_read_across_all_buffers),
        cmocka_unit_test(more_references_than_fit_in_memory_are_in_a_file),
        cmocka_unit_test(a_directory_for_references_that_is_none_is_named),
        cmocka_unit_test(a_packed_trace_cut_short_is_refused),
        cmocka_unit_test(damaged_packing_is_refused),
        cmocka_unit_test(bad_lines_are_named_with_number_and_offset),
        cmocka_unit_test(oracle_cut_short_or_of_another_kind_is_refused),
        cmocka_unit_test(empty_traces_are_refused),
        cmocka_unit_test(unknown_bytes_are_no_known_format),
        cmocka_unit_test(more_pages_than_memory_is_an_error_with_the_offset),
        cmocka_unit_test(files_that_are_none_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
