"""Tests of the policy laboratory in the guest: results, traces, groups, containment."""
import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from guest_cases import BUILD, QUIRE, SOURCE, Failure, Run, main

sys.path.insert(0, str(SOURCE / "scripts"))

from quirelib.trace_file import Trace  # noqa: E402

# Needs 325 pages, goes through them several times.
WORKLOAD = "page-linear"
FRAMES = 120


def trace(directory, *words, status=0):
    """Records WORKLOAD. Returns the path of the trace."""
    path = Path(directory, "trace")
    result = subprocess.run(
        [QUIRE, "trace", "--headless", "--build-dir", str(BUILD), "--timeout", "100", "--frames",
         str(FRAMES), "--cmd", WORKLOAD, "-o", str(path), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != status:
        raise Failure(f"status {result.returncode}, expected {status}: {result.stderr.decode()}")
    return path


def expect(condition, what):
    if not condition:
        raise Failure(what)


def program_counts(path):
    """The guest's counters of the program's group, group 1."""
    return next(record.fields for record in Trace(path).records()
                if record.name == "group_counts" and record.fields["group"] == 1)


def case_the_result_table_ends_a_run():
    """A run with --policy ends with what it cost, behind the program's last line."""
    run = Run("--policy", "sieve", "--frames", str(FRAMES), "--cmd", WORKLOAD).expect_status(0)
    run.expect_text(rf"^policy sieve, {FRAMES} frames, at most \d+ resident$")
    for row in ("faults", "references seen", "evictions, dirty", "refaults", "page-ins",
                "looks at Accessed bits", "ticks in hooks a fault"):
        run.expect_text(rf"^ +{row} +[1-9]\d*$")
    lines = run.transcript.splitlines()
    program_end = lines.index(f"Execution of '{WORKLOAD}' complete.")
    table = lines.index(next(line for line in lines if line.startswith("policy sieve")))
    expect(program_end < table, "the table comes before the program's last line")


def case_a_run_that_never_paged_says_so():
    """A run that had memory enough is told from one that paged."""
    run = Run("--table", "--cmd", "args-single onearg").expect_status(0)
    run.expect_text("^This run never paged").expect_text("^policy .*, no limit")


def case_results_as_json():
    """With --json standard output is one JSON object whose counters fit together."""
    run = Run("--json", "--policy", "fifo", "--frames", str(FRAMES), "--cmd",
              WORKLOAD).expect_status(0)
    result = json.loads(run.transcript)
    run.expect_message(rf"{WORKLOAD}: exit\(0\)")
    expect(result["policy"] == "fifo" and result["frames"] == FRAMES, f"another run: {result}")
    expect(0 < result["resident_peak"] <= FRAMES, "the budget was not kept")
    expect(result["page_ins"] == result["swap_ins"] + result["file_ins"], "page-ins do not add up")
    expect(result["file_ins"] >= result["faults_file_read"] > 0, "reads of files are not counted")
    expect(result["refaults"] >= result["swap_ins"] > 0, "it did not page")
    expect(result["core_picked"] == result["rejected"] == 0, "the policy named too few, or wrong ones")


def case_policy_parameters_come_with_the_name():
    """--policy takes parameters; a wrong one is named, and the default takes its place."""
    Run("--policy", "clock:nonesuch=1", "--cmd", WORKLOAD).expect_status(0).expect_text(
        "unknown policy 'clock:nonesuch=1'")


def case_a_trace_by_serial_port_is_whole():
    """A run is recorded over the second serial port, even through a buffer that it overruns."""
    with tempfile.TemporaryDirectory() as directory:
        path = trace(directory, "--buffer", "64K")
        expect(path.stat().st_size > 100_000, "the trace fits the buffer: nothing is tested")
        counts = program_counts(path)
        expect(counts["evictions"] > 500 and counts["looks"] > 0, f"little happened: {counts}")


def case_a_trace_tells_what_it_lacks():
    """Records that find no room are counted in the trace, which is refused unless asked for."""
    with tempfile.TemporaryDirectory() as directory:
        path = trace(directory, "--in-guest", "--buffer", "64K", status=125)
        records = list(Trace(path, allow_drops=True).records())
        dropped = sum(record.fields["records"] for record in records if record.name == "dropped")
        expect(dropped > 100, f"only {dropped} records dropped")


def case_a_trace_counts_as_the_guest():
    """Counting a trace's records gives the guest's own counters."""
    with tempfile.TemporaryDirectory() as directory:
        counted = dict.fromkeys(("inserts", "evictions", "looks", "references", "resident"), 0)
        group = None
        for record in Trace(trace(directory, "--in-guest")).records():
            name, fields = record.name, record.fields
            group = fields["group"] if name in ("group", "group_create") else group
            if name == "group_counts" and group == 1:
                expect({key: fields[key] for key in counted} == counted,
                       f"counted {counted}, the guest says {fields}")
                return
            if group != 1:
                continue
            counted["inserts"] += name == "insert"
            counted["resident"] += (name == "insert") - (name == "remove")
            counted["evictions"] += name == "remove" and fields["why"] == 0
            counted["looks"] += name == "look"
            counted["references"] += name == "reference" or (name == "look" and
                                                              fields["referenced"])
        raise Failure("the trace has no counts of group 1")


def case_traces_convert():
    """A trace converts to CSV, to Perfetto's JSON and to libCacheSim's records."""
    with tempfile.TemporaryDirectory() as directory:
        path = trace(directory, "--in-guest")
        counts = program_counts(path)

        def convert(form):
            return subprocess.run([QUIRE, "trace", "convert", str(path), "--to", form], check=True,
                                  stdout=subprocess.PIPE).stdout

        rows = list(csv.DictReader(io.StringIO(convert("csv").decode())))
        inserts = sum(row["record"] == "insert" and row["group"] == "1" for row in rows)
        expect(inserts == counts["inserts"], f"{inserts} inserts in CSV, not {counts['inserts']}")
        events = json.loads(convert("perfetto"))["traceEvents"]
        expect(sum(event["name"].startswith("fault") for event in events) > 500,
               "Perfetto shows few faults")
        oracle = convert("oraclegeneral")
        expect(len(oracle) % 24 == 0 and
               len(oracle) >= 24 * (counts["inserts"] + counts["references"]),
               "the references are not all there")


if __name__ == "__main__":
    sys.exit(main(globals()))
