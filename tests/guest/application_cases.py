"""Applications that page: each in less memory than its data, checking itself (docs/workloads.md)."""
import sys

from guest_cases import Run, main
from workload_result import Result, expect


def case_a_sort_gives_the_same_in_any_memory_and_place():
    """Runs and merges of other lengths, in a file or in swap, end in the same order; seeds differ."""
    sort = Result("merge-sort pages=200", 80, "clock")
    sort.expect_as(Result("merge-sort pages=200 over=memory fan-in=2", 120, "lirs"))
    other = Result("merge-sort pages=200 seed=2", 80, "sieve")
    expect(other.check != sort.check, "another seed makes the same data")


def case_both_joins_find_the_same_pairs():
    """One hash table and a table a part find all pairs; parts that fit cost fewer page-ins."""
    plain = Result("hash-join pages=200", 80, "s3-fifo")
    parts = Result("hash-join pages=200 method=partitioned", 80, "arc")
    parts.expect_as(plain)
    expect(2 * parts.counts["page-ins"] < plain.counts["page-ins"],
           f"{parts.counts} in parts, {plain.counts} at once")


def case_a_product_is_the_same_in_both_orders():
    """The definition's order and blocks give the same product; blocks cost a tenth of the page-ins."""
    naive = Result("matrix-multiply pages=280 rows=2", 70, "lru-aging")
    blocked = Result("matrix-multiply pages=280 rows=2 order=blocked over=file", 70, "mglru")
    blocked.expect_as(naive)
    expect(10 * blocked.counts["page-ins"] < naive.counts["page-ins"],
           f"{blocked.counts} in blocks, {naive.counts} by the definition")


def case_a_part_of_a_loop_is_kept_in_few_frames():
    """The definition's order is a loop over more pages than frames: three policies find most of them."""
    for policy in "lirs", "adaptive", "w-tinylfu":
        naive = Result("matrix-multiply pages=384 rows=1", 96, policy)
        touched = 256 * 128  # elements of a row, pages of the factor that each of them reads
        expect(2 * naive.counts["page-ins"] < touched, f"{naive.counts} under {policy}, of {touched}")


def case_a_b_tree_stays_one_while_it_grows_and_shrinks():
    """A tree in a file and one in swap go through the same operations with the same answers."""
    in_file = Result("b-tree pages=100", 60, "adaptive")
    in_file.expect_as(Result("b-tree pages=100 over=memory", 50, "2q"))


def case_a_key_value_store_under_updates():
    """YCSB A and F: half of the operations write, and runs are merged under way."""
    for mix, policy in ("A", "clock"), ("F", "car"):
        small = Result(f"key-value mix={mix} pages=160", 64, policy)
        small.expect_as(Result(f"key-value mix={mix} pages=160 table=64", 100, "clock-pro"))


def case_a_key_value_store_under_reads():
    """YCSB B and C: Zipf's law over records that lie in runs of all ages."""
    for mix, policy in ("B", "w-tinylfu"), ("C", "lru-2"):
        Result(f"key-value mix={mix} pages=200", 64, policy)


def case_a_key_value_store_under_insertions():
    """YCSB D and E: records are added, the newest are wanted most, or ranges of them."""
    Result("key-value mix=D pages=200", 64, "wsclock")
    Result("key-value mix=E pages=200 count=500", 64, "enhanced-clock")


def case_parameters_that_cannot_be_are_refused():
    """An unknown word, an unknown mix, no data and no budget: a message, and a status."""
    for command, status, message in (
            ("key-value mix=G", 2, r"mix=G: write mix=A\|B\|C\|D\|E\|F"),
            ("b-tree key=7", 2, r"key=7: there is no such parameter; there are: frames pages"),
            ("merge-sort ratio=0", 1, "pages of data"),
            ("merge-sort fan-in=1", 1, "fan-in= at least 2"),
            ("matrix-multiply rows=100000", 1, "rows= is from 1 to")):
        Run("--frames", "64", "--cmd", command).expect_status(status).expect_text(message)
    Run("--cmd", "hash-join").expect_status(1).expect_text("how much memory")


if __name__ == "__main__":
    sys.exit(main(globals()))
