"""Tests of the SDK: programs outside of the tree, made and run from an installed copy of it.

See guest_cases.py. The programs are in tests/sdk, written as people write them for Pintos and
for POSIX.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from guest_cases import BUILD, SOURCE, Failure, main

PROGRAMS = SOURCE / "tests" / "sdk"
TEXT = "pears\napples and plums\n\nfigs\n"


class Result:
    def __init__(self, command, directory, typed=""):
        done = subprocess.run([str(word) for word in command], cwd=directory, text=True,
                              errors="replace", input=typed, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300)
        self.command, self.status = command, done.returncode
        self.output, self.messages = done.stdout.replace("\r", ""), done.stderr

    def fail(self, what):
        raise Failure(f"{what}: {' '.join(map(str, self.command))}\nstatus {self.status}"
                      f"\n---- messages\n{self.messages}\n---- output\n{self.output}")

    def expect(self, status, output="", messages=""):
        """The status, and patterns in the output and the messages."""
        if self.status != status:
            self.fail(f"expected status {status}")
        if not re.search(output, self.output, re.MULTILINE):
            self.fail(f"no output like {output}")
        if not re.search(messages, self.messages):
            self.fail(f"no message like {messages}")
        return self

    def expect_program(self, status, command, *lines):
        """What the program printed, exactly, between the lines that frame it."""
        name = command.split()[0]
        frame = [f"Executing '{command}':", *lines, f"{name}: exit({status})",
                 f"Execution of '{command}' complete.", ""]
        if "\n".join(frame) not in self.output:
            self.fail("expected\n" + "\n".join(frame))
        return self.expect(status & 0xFF)


class Kit:
    """An SDK that was moved after it was installed, and an empty directory to work in."""

    def __init__(self, directory):
        self.work, self.prefix = directory / "work", directory / "moved here"
        self.work.mkdir()
        shutil.copytree(BUILD / "sdk", self.prefix)
        self.quire = self.prefix / "bin" / "quire"

    def cc(self, *words):
        return Result([self.quire, "cc", *words], self.work)

    def run(self, *words, **options):
        return Result([self.quire, "run", "--headless", "--timeout", "100", *words], self.work,
                      **options)

    def file(self, name, text):
        (self.work / name).write_text(text)
        return name


@contextmanager
def installed():
    with tempfile.TemporaryDirectory(prefix="quire-sdk-") as directory:
        yield Kit(Path(directory))


def case_pintos_programs_compile_and_run_unchanged():
    """Programs of the Pintos course compile without a warning and do what they do there."""
    with installed() as kit:
        names = ("echo", "copy", "mcopy", "list", "matrix")
        for name in names:
            result = kit.cc("--pintos", "-Wall", PROGRAMS / "pintos" / f"{name}.c", "-o", name)
            if result.expect(0).messages:
                result.fail("a warning")
        kit.run("--program", "echo", "--cmd", "echo x  yz").expect_program(
            0, "echo x  yz", "x yz ")
        kit.file("text", TEXT * 300)
        size = len(TEXT) * 300
        kit.run("--program", "copy", "--file", "text:old", "--get", "new:copied",
                "--cmd", "copy old new").expect_program(
            0, "copy old new", f"{size} of {size} bytes")
        kit.run("--program", "mcopy", "--file", "text:old", "--get", "new:mapped",
                "--cmd", "mcopy old new").expect_program(0, "mcopy old new", f"{size} bytes")
        for copy in ("copied", "mapped"):
            if (kit.work / copy).read_text() != TEXT * 300:
                raise Failure(f"{copy} is not what the original was")
        kit.run("--program", "list").expect_program(
            0, "list", "made: yes", "place/inner: directory", "place/file: 12,345 bytes",
            "full directory goes: 0", "into: 1", "same directory: 1", "back: 1", "link: 0",
            "through the link: 12345", "removed: 1", "place: not a directory")
        kit.run("--program", "matrix", "--mem", "64M", "--swap", "8M", "--frames", "40"
                ).expect_program(42, "matrix")


def case_a_pintos_shell_runs_programs():
    """fork, exec and wait across programs of one's own; PANIC and ASSERT end with status 1."""
    with installed() as kit:
        for name in ("shell", "echo"):
            kit.cc("--pintos", PROGRAMS / "pintos" / f"{name}.c", "-o", name).expect(0)
        kit.file("script", "echo one  two\nmissing\n")
        source = str(PROGRAMS / "pintos" / "shell.c")
        run = kit.run("--program", "shell", "--program", "echo", "--file", "script:script",
                      "--cmd", "shell script").expect(1)
        run.expect(1, r'^one two \necho: exit\(0\)\n"echo one  two": status 0\n')
        run.expect(1, r'^missing: exit\(127\)\n"missing": status 127\n')
        run.expect(1, re.escape(source) + r":\d+ in main\(\): assertion `fd == 0' failed\.\n"
                   r"shell: exit\(1\)\n")
        kit.run("--program", "shell", "--program", "echo", "--cmd", "shell nothing").expect(
            1, r'in main\(\): no file "nothing"$')


def case_pintos_sources_with_their_own_root():
    """Several sources, headers found from a source root, and the course's compiler options."""
    with installed() as kit:
        flags = ("-g -O0 -msoft-float -mno-sse -mno-red-zone -mcmodel=large -fno-plt -fno-pic "
                 "-fno-omit-frame-pointer -fno-stack-protector "
                 "-Wno-builtin-declaration-mismatch -nostdlib -static").split()
        root = PROGRAMS / "pintos"
        for name in ("lib", "main", "lazy-order"):
            kit.cc("--pintos", *flags, f"-I{root}", "-c", root / "tests" / f"{name}.c").expect(0)
        kit.cc("--pintos", *flags, "lazy-order.o", "lib.o", "main.o", "-o", "lazy-order").expect(0)
        kit.run("--program", "lazy-order").expect_program(
            0, "lazy-order", "(lazy-order) begin",
            *(f"(lazy-order) page {page}" for page in range(16)),
            "(lazy-order) the last int of a page", "(lazy-order) the disk was read",
            "(lazy-order) end")


def case_posix_programs_compile_and_run_unchanged():
    """POSIX programs with stdio, malloc, qsort, fork, wait and shared mappings."""
    with installed() as kit:
        for name in ("wc", "sort", "sum"):
            result = kit.cc("-O2", "-std=c11", "-Wall", "-Wextra", "-Werror",
                            PROGRAMS / "posix" / f"{name}.c", "-o", name)
            result.expect(0)
        kit.file("text", TEXT)
        kit.run("--program", "wc", "--file", "text:a/text", "--cmd", "wc a/text missing"
                ).expect_program(1, "wc a/text missing", "4 5 29 a/text", "wc: missing: not there")
        kit.run("--program", "sort", "--file", "text:text", "--get", "sorted:sorted",
                "--cmd", "sort text sorted").expect_program(0, "sort text sorted", "4 lines")
        if (kit.work / "sorted").read_text() != "".join(sorted(TEXT.splitlines(True))):
            raise Failure("not sorted: " + (kit.work / "sorted").read_text())
        kit.file("bytes", TEXT * 1000)
        kit.run("--program", "sum=adder", "--file", "bytes:b", "--cmd", "adder b").expect(
            0, rf"^{sum(TEXT.encode()) * 1000} 10$")


def case_the_compiler_takes_its_usual_options():
    """-c, -D, -I, -E, -S, -MD, objects, archives, -o, a.out, response files."""
    with installed() as kit:
        parts = PROGRAMS / "posix" / "parts"
        kit.cc("-c", parts / "greeting.c").expect(1, messages="did not arrive")
        kit.cc("-c", '-DGREETING="good day"', "-g", parts / "greeting.c", "-o", "one.o").expect(0)
        kit.cc("-c", "-I", parts, "-DGREETING=0", parts / "main.c", "-MD").expect(0)
        if "greeting.h" not in (kit.work / "main.d").read_text():
            raise Failure("main.d: " + (kit.work / "main.d").read_text())
        kit.cc("main.o", "one.o").expect(0)
        kit.run("--program", "a.out").expect_program(0, "a.out", "good day")
        Result(["llvm-ar", "rcs", "libone.a", "one.o"], kit.work).expect(0)
        kit.file("options", "main.o -L. -lone\n-o 'by archive'")
        kit.cc("@options", "-Wl,-Map,map", "-s").expect(0)
        if "greeting" not in (kit.work / "map").read_text():
            raise Failure("the map of the linker does not name what was linked")
        kit.run("--program", "by archive=good").expect_program(0, "good", "good day")
        kit.cc("-E", "-DGREETING=1", parts / "greeting.h").expect(0, r"const char \*greeting")
        kit.cc("-S", "-O1", "-DGREETING=0", parts / "greeting.c", "-o", "-").expect(0, "^greeting:")
        kit.cc("-fsyntax-only", "-Wall", "-Werror", "-I", parts, parts / "main.c",
               "-DGREETING=0").expect(0)


def case_every_header_stands_alone():
    """Each installed header compiles by itself, as C99 and as C11, without a warning."""
    with installed() as kit:
        for library in ("c", "pintos"):
            top = kit.prefix / "include" / "quire" / library
            words = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
            words += ["--pintos"] if library == "pintos" else []
            headers = sorted(top.rglob("*.h"))
            if len(headers) < 9:
                raise Failure(f"only {len(headers)} headers in {top}")
            for header in headers:
                name = header.relative_to(top)
                # Twice: the second time must change nothing.
                kit.file("header.c", f"#include <{name}>\n#include <{name}>\nint unused;\n")
                for standard in ("-std=c99", "-std=gnu11"):
                    kit.cc(*words, standard, "header.c").expect(0)


def case_mistakes_are_named():
    """What cannot be compiled or run is refused with a sentence that says why."""
    with installed() as kit:
        kit.cc().expect(125)
        kit.cc("none.c").expect(125, messages="no file none.c")
        kit.cc("-o", "x").expect(125, messages="no input files")
        kit.file("bad.c", "int main(void) { return missing(); }\n")
        kit.cc("bad.c", "-Werror").expect(1, messages="missing")
        kit.cc("bad.c", "-w").expect(1, messages="undefined symbol: missing")
        kit.file("good.c", "int main(void) { return 0; }\n")
        kit.cc("-shared", "good.c").expect(125, messages="static 64-bit executables")
        kit.cc("--sdk", "nowhere", "good.c").expect(125, messages="no SDK at nowhere")
        kit.cc("-c", "good.c", "bad.c", "-o", "x.o").expect(125, messages="one source file")
        kit.cc("good.c", "-o", "good").expect(0)
        kit.run().expect(125, messages="what is to run")
        kit.run("--program", "none").expect(125, messages="none is not a file")
        kit.run("--program", "good.c").expect(125, messages="not an ELF executable")
        kit.run("--program", sys.executable).expect(125, messages="position-independent|dynamically")
        kit.run("--program", "good", "--program", "good").expect(125, messages="two programs")
        kit.run("--program", "good", "--program", "good=b").expect(125, messages="which of good, b")
        kit.run("--program", "good", "--cmd", "bad x").expect(125, messages="no program bad")
        kit.run("--program", "good=a b").expect(125, messages="cannot be the name")
        kit.run("--program", "good", "--file", "nowhere:x").expect(125, messages="nowhere")
        kit.run("--program", "good", "--get", "nowhere:x").expect(125, messages="no file nowhere")
        kit.run("--program", "good", "--transcript", "no/such/file").expect(125, messages="no such")
        kit.run("--program", "good", "--frames", "0").expect(125, messages="positive")


def case_the_transcript_goes_to_a_file():
    """--transcript keeps the guest's text; a program that hangs is cut off with its status."""
    with installed() as kit:
        kit.file("spin.c", "#include <stdio.h>\n"
                 "int main(void) { puts(\"before\"); for (;;) __asm__ volatile(\"\"); }\n")
        kit.cc("spin.c", "-o", "spin").expect(0)
        kit.run("--program", "spin", "--timeout", "20", "--transcript", "text").expect(
            124, messages="time-out")
        if "Executing 'spin':\nbefore\n" not in (kit.work / "text").read_text().replace("\r", ""):
            raise Failure("the transcript is " + (kit.work / "text").read_text())


def case_standard_input_goes_to_the_program():
    """A pipe is the program's console input from its first byte to its end, with either library."""
    with installed() as kit:
        kit.file("read.c", "#include <stdio.h>\n#include <syscall.h>\n"
                 "int main(void) { char s[64]; int n, all = 0;\n"
                 "while ((n = read(STDIN_FILENO, s, sizeof s)) > 0) all += n; return all; }\n")
        kit.cc("--pintos", "read.c", "-o", "read").expect(0)
        kit.run("--program", "read", typed="hello\nworld\n").expect(12, r"^read: exit\(12\)$")
        kit.file("lines.c", "#include <stdio.h>\nint main(void) { char s[64];\n"
                 "while (fgets(s, sizeof s, stdin)) printf(\"<%s>\", s);\n"
                 "puts(\"end\"); return 0; }\n")
        kit.cc("lines.c", "-o", "lines").expect(0)
        kit.run("--program", "lines", typed="one\ntwo").expect(0, r"<one\n><two>end\n")
        kit.run("--program", "lines", "--shell", typed="lines\nx\n\4exit 5\n").expect(
            5, r"<x\n>end\nlines: exit\(0\)\n")


def case_a_cmake_project_uses_the_package():
    """find_package(Quire) and quire_add_program, with the toolchain file and without it."""
    with installed() as kit:
        toolchain = kit.prefix / "lib" / "cmake" / "Quire" / "toolchain.cmake"
        for name, option, place in (
                ("cross", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "cross"),
                ("host", "-DCMAKE_C_COMPILER=clang", "host/quire")):
            Result(["cmake", "-G", "Ninja", "-S", PROGRAMS / "project", "-B", name, option,
                    f"-DCMAKE_PREFIX_PATH={kit.prefix}"], kit.work).expect(0)
            Result(["cmake", "--build", name], kit.work).expect(0)
            kit.run("--program", f"{place}/greet").expect_program(0, "greet", "hello from outside")
            kit.run("--program", f"{place}/echo", "--cmd", "echo a").expect_program(0, "echo a", "a ")
            kit.run("--program", f"{place}/lazy-order").expect(0, r"^\(lazy-order\) end$")
        Result(["cmake", "--build", "host", "--target", "run-greet"], kit.work).expect(
            0, "^hello from outside$")


def case_install_makes_the_same_sdk():
    """`cmake --install` puts the SDK that the tests use wherever it is told to."""
    with tempfile.TemporaryDirectory(prefix="quire-sdk-") as directory:
        Result(["cmake", "--install", BUILD, "--prefix", directory], SOURCE).expect(0)

        def names(top):
            return sorted(str(path.relative_to(top)) for path in Path(top).rglob("*")
                          if "__pycache__" not in path.parts)

        if names(directory) != names(BUILD / "sdk"):
            raise Failure("different files: "
                          + ", ".join(set(names(directory)) ^ set(names(BUILD / "sdk"))))


if __name__ == "__main__":
    sys.exit(main(globals()))
