"""quire sweep: policies x workloads x frames x seeds into one table."""

import os
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from . import simulator, sweep_file, sweep_points, sweep_table, tools
from .build_command import build
from .errors import QuireError
from .paths import SOURCE
from .progress import Progress

HELP = "run a table of policies, workloads, frame budgets and seeds"
EPILOG = ("FILE is TOML:\n" + sweep_file.__doc__.split("\n", 1)[1] + """
The table (FILE with .csv for its ending, or -o) has a row a point, and is written as points are
done: a sweep that was stopped goes on where it was. Rows of another build of the simulator or the
guest are made again. `quire plot` draws the table.""")


def add_arguments(parser):
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("-o", "--output", metavar="CSV", help="the table")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="points at a time (default: the processors)")
    parser.add_argument("--snakemake", nargs="?", const="", metavar="'WORDS'",
                        help="write a Snakefile and let Snakemake run the points, with these words "
                        "of its own, as '--cluster sbatch -j 40' (default: --cores all)")
    parser.add_argument("--point", metavar="ID", help="run only this one, as the Snakefile does")
    parser.add_argument("--collect", metavar="DIR",
                        help="make the table of the points' tables in DIR, as the Snakefile does")
    parser.add_argument("--document", action="append", default=[], metavar="PAGE",
                        help="put the table that the file describes into this page, between the "
                        "marks that name the file; -: print it")
    parser.add_argument("--keep", action="store_true",
                        help="leave rows as they are that another build made")
    parser.add_argument("--no-build", action="store_true", help="take what was built last")


def run(options):
    if options.jobs < 1:
        raise QuireError("--jobs: at least one at a time")
    points = sweep_file.read_sweep(options.file)
    output = options.output or str(Path(options.file).with_suffix(".csv"))
    if options.collect is not None:
        return _collect(points, options.collect, output)
    if options.point is not None:
        points = [point for point in points if point.identity == options.point]
        if not points:
            raise QuireError(f"{options.file} has no point {options.point}")
    if options.snakemake is not None:
        return _run_snakemake(options, points, output)
    results = sweep_points.Results(output)
    status = _run_here(options, points, results)
    for page in options.document if status == 0 else ():
        sweep_table.write(page, options.file, points, results.rows)
    return status


# ---------------------------------------------------------------- here

def _prepare(points, no_build):
    """Builds what the points need, once. Returns the simulator's path."""
    kinds = {point.kind for point in points}
    if "guest" in kinds and not no_build:
        build("debug")
    return simulator.program(no_build) if "simulator" in kinds else None


def _run_here(options, points, results):
    program = _prepare(points, options.no_build)
    missing = [point for point in points if point.identity not in results.rows]
    stale = [point for point in points if point.identity in results.rows and
             results.rows[point.identity]["build"] != sweep_points.build_of(point, program)]
    if stale:
        print(f"{results.path}: {len(stale)} of {len(points)} points are of another build"
              + (" and stay" if options.keep else ": again"))
    if not options.keep:
        missing += stale
    if not missing:
        print(f"{results.path}: all {len(points)} points are there")
        results.arrange(points)
        return 0
    progress = Progress(len(points), "points")
    done, failed = len(points) - len(missing), 0
    progress.show(done)
    with ThreadPoolExecutor(options.jobs) as workers:
        running = {workers.submit(sweep_points.run_batch, batch, program): batch
                   for batch in sweep_points.batches(missing)}
        try:
            for future in as_completed(running):
                batch = running[future]
                try:
                    results.add(future.result())
                except QuireError as error:
                    failed += len(batch)
                    progress.say(f"quire: {_name(batch)}: {error}")
                done += len(batch)
                progress.show(done)
        except BaseException:
            for future in running:
                future.cancel()
            raise
    progress.end()
    results.arrange(points)
    print(f"{results.path}: {len(points) - failed} of {len(points)} points"
          + (f"; {failed} failed, and are tried again next time" if failed else ""))
    return 1 if failed else 0


def _name(batch):
    first = batch[0]
    frames = ",".join(str(point.frames) for point in batch)
    return f"{first.workload}, {first.policy}, {frames} frames, seed {first.seed}"


# ---------------------------------------------------------------- by Snakemake

_SNAKEFILE = '''\
# Written by `quire sweep {file} --snakemake`: each point of the sweep is a job.
QUIRE = {quire!r}
SWEEP = {file!r}
POINTS = {points!r}
# A rule whose parameters change runs again.
BUILD = {build!r}

rule all:
    input: {output!r}

rule collect:
    input: expand({directory!r} + "/{{id}}.csv", id=POINTS)
    output: {output!r}
    params: quire=QUIRE, sweep=SWEEP, directory={directory!r}
    shell: "{{params.quire}} sweep {{params.sweep:q}} --collect {{params.directory:q}} -o {{output:q}}"

rule point:
    output: {directory!r} + "/{{id}}.csv"
    params: quire=QUIRE, sweep=SWEEP, build=BUILD
    shell: "{{params.quire}} sweep {{params.sweep:q}} --no-build --point {{wildcards.id}} -o {{output:q}}"
'''


def write_snakefile(points, file, output, build_names=()):
    """The Snakefile beside the table, and its path. `build_names`: of what the points run."""
    path = str(Path(output).with_suffix(".smk"))
    text = _SNAKEFILE.format(
        file=os.path.abspath(file), quire=shlex.quote(str(SOURCE / "scripts" / "quire")),
        points=[point.identity for point in points], build=" ".join(build_names), output=os.path.abspath(output),
        directory=os.path.abspath(str(Path(output).with_suffix(".points"))))
    Path(path).write_text(text, encoding="utf-8")
    return path


def _run_snakemake(options, points, output):
    program = _prepare(points, options.no_build)
    builds = sorted({sweep_points.build_of(point, program) for point in points})
    path = write_snakefile(points, options.file, output, builds)
    if shutil.which("snakemake", path=tools.search_path()) is None:
        raise QuireError(f"{path} is written, but snakemake is missing: install the package "
                         "snakemake (optional, so scripts/setup does not)")
    words = shlex.split(options.snakemake) or ["--cores", "all"]
    command = [tools.find("snakemake"), "--snakefile", path, "--directory",
               str(Path(output).resolve().parent), *words]
    return 1 if subprocess.run(command).returncode != 0 else 0


def _collect(points, directory, output):
    results = sweep_points.Results(output)
    for point in points:
        path = Path(directory) / f"{point.identity}.csv"
        if path.exists():
            results.rows |= sweep_points.Results(str(path)).rows
    missing = [point for point in points if point.identity not in results.rows]
    if missing:
        raise QuireError(f"{directory}: {len(missing)} of {len(points)} points are missing, "
                         f"the first is {missing[0].identity} ({_name(missing[:1])})")
    results.arrange(points)
    return 0
