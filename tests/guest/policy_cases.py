"""Tests of the policy laboratory in the guest: results, traces, groups, containment."""
import csv
import io
import json
import re
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


def trace(directory, *words, command=WORKLOAD, status=0):
    """Records a run of `command`. Returns the path of the trace."""
    path = Path(directory, "trace")
    result = subprocess.run(
        [QUIRE, "trace", "--headless", "--build-dir", str(BUILD), "--timeout", "200", "--frames",
         str(FRAMES), "--cmd", command, "-o", str(path), *words],
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


def replay(path):
    """Repeats a recorded run in the simulator. Returns {group: its row of counters}."""
    result = subprocess.run([QUIRE, "sim", str(path), "--replay"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        raise Failure(f"the simulator: {result.stderr.decode()}")
    return {int(row["group"]): row for row in csv.DictReader(io.StringIO(result.stdout.decode()))}


def case_the_result_table_ends_a_run():
    """A run with --policy ends with what it cost, behind the program's last line."""
    run = Run("--policy", "sieve", "--frames", str(FRAMES), "--cmd", WORKLOAD).expect_status(0)
    run.expect_text(rf"^policy sieve, {FRAMES} frames, at most \d+ resident$")
    for row in ("faults", "references seen", "evictions, dirty", "refaults", "page-ins",
                "looks at Accessed bits", "ticks in hooks a fault"):
        run.expect_text(rf"^ +{row} +[1-9]\d*$")
    run.expect_text(r"^  swap: busy, percent +(\d\d?|100)\.\d$")
    run.expect_text(r"^    in flight while busy +[1-9]\d*\.\d$")
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
    expect(0 < result["swap_busy_percent"] <= 100 and result["swap_in_flight"] >= 1,
           f"swap was busy for {result['swap_busy_percent']} % of the time")
    expect(0 < result["swap_requests"] <= result["swap_ins"] + result["swap_outs"],
           f"{result['swap_requests']} requests moved what swap moved")
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


def policies():
    """The names of the shipped policies."""
    sources = (SOURCE / "pager" / "policy").glob("*.c")
    names = [re.search(r'^    \.name = "([a-z0-9-]+)"', path.read_text(), re.MULTILINE)
             for path in sorted(sources) if path.name != "template.c"]
    return [name[1] for name in names if name]


def loads(run):
    """What each `policy-load work` of a run said at its end."""
    lines = re.findall(r"^policy (\S+) (limit .*)$", run.transcript, re.MULTILINE)
    return [(policy, {name: int(value) for name, value in re.findall(r"(\D+?) (\d+) ?", counts)})
            for policy, counts in lines]


def expect_agreement(*words):
    """Under every policy a run with these words, repeated in the simulator, counts as the guest did."""
    for name in policies():
        with tempfile.TemporaryDirectory() as directory:
            path = trace(directory, "--disk", "none", "--swap", "16M", "--policy", name, *words,
                         command="policy-load work 250 8")
            row, counts = replay(path)[1], program_counts(path)
            expect(row["policy"].split()[0] == name, f"the simulator ran {row['policy']}, not {name}")
            expect(all(int(row[key]) == counts[key] for key in
                       ("virtual_time", "references", "inserts", "refaults", "evictions", "looks")),
                   f"{name}: the guest {counts}, the simulator {row}")
            expect(counts["refaults"] > 300, f"{name} hardly paged: {counts}")


def case_guest_and_simulator_agree_for_every_policy():
    """A recorded run, repeated in the simulator, has the guest's answers and counters."""
    expect_agreement()


def case_guest_and_simulator_agree_on_policies_in_tasks():
    """The same for policies in tasks of their own: what the task answered itself is recorded too."""
    expect_agreement("--policy-task")


def case_a_policy_in_a_task_pages_alike():
    """Every policy has about the faults that it has in the pager, in a task of its own.

    Its choices are the same for the same events, as replaying shows. But when Accessed bits are
    cleared depends on time, and the pager's time on the policies' place, so the events differ a bit.
    """
    results = []
    for place in ("no", "yes"):
        instances = " ".join(f"{name},task={place}" for name in policies())
        run = Run("--icount", "--disk", "none", "--swap", "16M", "--cmd",
                  f"policy-load each 250 4 {FRAMES} {instances}", timeout=300).expect_status(0)
        results.append(loads(run))
    inside, outside = results
    expect([name for name, _ in inside] == policies(), f"these ran: {inside}")
    for (name, in_pager), (_, in_task) in zip(inside, outside, strict=True):
        expect((in_pager["in task"], in_task["in task"]) == (0, 1), f"{name}: {in_task}")
        expect(abs(in_task["faults"] - in_pager["faults"]) <= in_pager["faults"] / 20,
               f"{name}: in the pager {in_pager}, in a task {in_task}")
        expect(in_task["refaults"] > 200 and in_task["picked"] == 0,
               f"{name}: {in_task}")


def case_guest_and_simulator_agree_through_changes():
    """The same for a run in which groups come and go and change policies and budgets."""
    names = policies()
    with tempfile.TemporaryDirectory() as directory:
        path = trace(directory, "--disk", "none", "--swap", "16M",
                     command=f"policy-load switch 250 60 120 5 {' '.join(names)}")
        switches = sum(record.name == "switch" for record in Trace(path).records())
        expect(switches >= len(names), f"only {switches} changes recorded")
        expect(len(replay(path)) >= 2, "groups are missing")


def case_two_groups_page_side_by_side():
    """Two groups with different policies and budgets run at once, each within its own."""
    run = Run("--disk", "none", "--swap", "16M", "--cmd",
              "policy-load pair 300 30 150 sieve 100 fifo", timeout=200).expect_status(0)
    results = dict(loads(run))
    expect(set(results) == {"sieve", "fifo"}, f"these ran: {results}")
    for policy, limit in (("sieve", 150), ("fifo", 100)):
        counts = results[policy]
        expect(counts["limit"] == limit and counts["peak"] <= limit, f"{policy}: {counts}")
        expect(counts["refaults"] > 500, f"{policy} hardly paged: {counts}")


def case_policies_change_under_load():
    """A group changes between all policies while it pages; no page is lost or stale."""
    names = policies()
    expect(len(names) > 5, f"the policies are {names}")
    run = Run("--cmd", f"policy-load switch 250 60 120 5 {' '.join(names)}",
              timeout=250).expect_status(0)
    ((_, counts),) = loads(run)
    changes = int(re.search(r"^(\d+) changes of policy$", run.transcript, re.MULTILINE)[1])
    expect(changes >= len(names), f"only {changes} changes between {len(names)} policies")
    expect(counts["contained"] == 0 and counts["refaults"] > 500, f"{counts}")


def case_policies_change_between_pager_and_tasks():
    """A group that pages goes from pager to task and back between policies; no page is lost."""
    names = [f"{name},task={place}" for name in ("clock", "sieve", "lirs", "car", "w-tinylfu")
             for place in ("yes", "no", "yes")]
    run = Run("--cmd", f"policy-load switch 250 60 120 5 {' '.join(names)}",
              timeout=250).expect_status(0)
    ((_, counts),) = loads(run)
    changes = int(re.search(r"^(\d+) changes of policy$", run.transcript, re.MULTILINE)[1])
    expect(changes >= len(names), f"only {changes} changes between {len(names)} policies")
    expect(counts["contained"] == 0 and counts["refaults"] > 500, f"{counts}")


def prompt(*lines, words=()):
    """What the system says to lines at its prompt."""
    result = subprocess.run(
        [QUIRE, "run", "--headless", "--build-dir", str(BUILD), "--shell", "--timeout", "100",
         *words], input="\n".join((*lines, "exit")).encode() + b"\n", stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    return result.stdout.decode(errors="replace").replace("\r", "")


def case_the_memory_of_a_policys_task_comes_back():
    """Groups with tasks begin and end, in order or by a policy that is taken out; nothing stays."""
    work = [f"group run 60 {name},task=yes policy-load work 80 4"
            for name in ("clock", "hostile-null", "hostile-mad", "clock")]
    text = prompt(*work, "memory", *work, *work, "memory",
                  words=(*HOSTILE_PAGER, "--disk", "none", "--swap", "16M"))
    for name in ("page tables", "kernel objects", "wired"):
        before, after = re.findall(rf"^{name} +(\d+)", text, re.MULTILINE)
        expect(before == after, f"{name}: {before} before, {after} after\n{text}")
    expect(text.count("pager: policy hostile-") == 6, f"policies were not taken out\n{text}")


def case_where_a_policy_runs_is_chosen():
    """The command line, a switch, and the group's counters agree on where a policy runs."""
    text = prompt("group 0", "policy 0 sieve task=no", "group 0", "policy 0 lirs", "group 0",
                  "policy 0 task=no", "policy 0 fifo task=maybe", "group 0",
                  words=("--policy-task", "--policy", "fifo"))
    places = re.findall(r"policy +(\S+)\nin a task of its own +(\S+)$", text, re.MULTILINE)
    expect(places == [("fifo", "yes"), ("sieve", "no"), ("lirs", "yes"), ("lirs", "yes")],
           f"{places} in\n{text}")
    expect(text.count("a parameter that it does not have, or a bad value") == 2, text)


def case_without_the_module_policies_stay_in_the_pager():
    """A system without the policy server says so when a task is asked for, and works without."""
    run = Run("--without", "policy-server", "--policy-task", "--policy", "fifo", "--frames",
              str(FRAMES), "--cmd", WORKLOAD)
    run.expect_text("^pager: policy-task: there is no boot module 'policy-server'")
    run.expect_status(0).expect_text(rf"^policy fifo, {FRAMES} frames")


def case_groups_and_policies_at_the_prompt():
    """`group` lists groups and sets budgets, `policy` changes policies and names mistakes."""
    lines = ("group", "policy 0 fifo", "group", "policy 0 nonesuch", "policy 0 fifo nonesuch=1",
             "policy 7 fifo", "group 0 limit 20000", "group 0",
             "group run 100 sieve policy-load work 200 5")
    text = prompt(*lines)
    for pattern in (r"^ +0 .* none .*  \S+$", r"^ +0 .*  fifo$",
                    "nonesuch: no such policy", "a parameter that it does not have",
                    "no such group", r"^limit +20000$", r"\bpolicy sieve limit 100 peak \d+ "):
        expect(re.search(pattern, text, re.MULTILINE), f"no line like {pattern} in\n{text}")


HOSTILE_PAGER = tuple(f"--module={name}={BUILD / 'kernel-tests' / file}.elf" for name, file in (
    ("pager", "pager_hostile"), ("policy-server", "policy_server_hostile")))
# Which hook breaks, and what is said of it; None: only the counters tell.
HOSTILE = {"garbage": None, "loop": "ran too long in victims", "curious": "ran too long in victims",
           "null": "faulted in victims", "illegal": "faulted in remove", "deep": "faulted in insert"}
# The same for those that misuse what a task has; stores go nowhere but to the task itself.
HOSTILE_TASK = HOSTILE | {
    "mad": "answered what is no answer in victims", "greedy": None,
    "verbose": "answered what is no answer in victims",
    "nosy": "answered what is no answer in victims", "wild": "faulted in victims",
    "restless": r"ran too long in \w+"}

# What they store to. An arena ends where nothing is mapped, or others' arenas begin.
WILD_STORES = {"descriptors": "wrote where it must not", "globals": "wrote where it must not",
               "itself": "wrote where it must not", "window": "wrote where it must not",
               "arena": "(faulted|wrote where it must not)", "stack": "faulted"}


def expect_contained(name, message, *words):
    """Loads a group whose policy breaks: it loses the policy, and nobody anything else."""
    run = Run(*HOSTILE_PAGER, "--disk", "none", "--swap", "16M", "--frames", "150", "--policy",
              f"hostile-{name}", "--cmd", "policy-load work 300 20", *words,
              timeout=200).expect_status(0)
    ((policy, counts),) = loads(run)
    expect(counts["peak"] <= 150 and counts["refaults"] > 500, f"{name}: {counts}")
    expect(counts["picked"] > 500, f"{name}: the core had to pick only {counts['picked']}")
    if message is None:
        expect(counts["rejected"] > 500, f"{name}: {counts}")
        return
    run.expect_text(f"^pager: policy hostile-{name} of group 1 {message}: ")
    expect(policy == "core" and counts["contained"] == 1, f"{name}: {policy} {counts}")
    run.expect_text("^policy core, 150 frames").expect_text(r"^ +policies taken out +1$")


def case_broken_policies_cost_the_policy_only():
    """Garbage, endless loops, faults and endless recursion in a policy leave all data right."""
    for name, message in HOSTILE.items():
        expect_contained(name, message)


def case_wild_stores_cost_the_policy_only():
    """Stores of a policy to the pager's memory, its programs' or its own struct are stopped."""
    for name, message in WILD_STORES.items():
        expect_contained(name, f"{message} in victims")


def case_broken_policies_without_protection_keys():
    """On a CPU without protection keys loops and faults are contained as on one that has them."""
    for name in ("curious", "null", "deep", "stack"):
        hook = "insert" if name == "deep" else "victims"
        text = "ran too long" if name == "curious" else "faulted"
        expect_contained(name, f"{text} in {hook}", "--cpu", "qemu64")


def case_policies_without_protection_keys():
    """On a CPU without protection keys policies run as on one that has them."""
    run = Run("--cpu", "qemu64", "--cmd", "policy-load switch 250 60 120 5 sieve adaptive lirs",
              timeout=250).expect_status(0)
    ((_, counts),) = loads(run)
    expect(counts["contained"] == 0 and counts["refaults"] > 500, f"{counts}")


def case_a_policy_that_ruins_others_harms_no_data():
    """A policy that scribbles over what all policies keep of pages leaves other groups' data right."""
    run = Run(*HOSTILE_PAGER, "--disk", "none", "--swap", "16M", "--cmd",
              "policy-load pair 300 30 150 hostile-others 100 clock", timeout=250).expect_status(0)
    results = loads(run)
    expect(len(results) == 2, f"these ran: {results}")
    for policy, counts in results:
        expect(counts["refaults"] > 500 and counts["contained"] <= 1, f"{policy}: {counts}")
    expect(any(counts["contained"] for _, counts in results), f"nothing was ruined: {results}")


def case_broken_policies_in_tasks_reach_nobody():
    """The same, wild stores, lies to the pager and stolen processor time, in a task of its own."""
    for name, message in HOSTILE_TASK.items():
        expect_contained(name, message, "--policy-task")


def case_a_fault_of_the_pager_itself_is_no_policys():
    """The watchdog leaves the pager's own faults to the kernel, which panics and says where."""
    run = Run(*HOSTILE_PAGER, "--policy", "hostile-question", "--frames", "150", "--cmd", "policy-load work 300 20")
    run.expect_status(120).expect_text(r"the first task: page fault")


if __name__ == "__main__":
    sys.exit(main(globals()))
