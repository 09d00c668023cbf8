"""What scripts/quire says when something is missing: the missing thing's name."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import support

QUIRE = os.path.join(support.SOURCE, "scripts", "quire")


def run_quire(*words, tools=()):
    """Runs quire with a PATH that has only `tools`. Returns (status, messages)."""
    with tempfile.TemporaryDirectory() as directory:
        for name in tools:
            os.symlink(shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"),
                       os.path.join(directory, name))
        # The front end adds the system directories to PATH; here they are empty, too.
        code = ("import sys; sys.path.insert(0, sys.argv.pop(1)); sys.dont_write_bytecode = True;"
                "from quirelib import tools; import os; tools.search_path = lambda: os.environ['PATH'];"
                "from quirelib.command_line import main; sys.exit(main(sys.argv[1:]))")
        result = subprocess.run(
            [sys.executable, "-c", code, os.path.join(support.SOURCE, "scripts"), *words],
            env={"PATH": directory}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return result.returncode, result.stderr


class Messages(unittest.TestCase):
    def expect(self, result, *parts):
        status, messages = result
        self.assertEqual(status, 125, messages)
        for part in parts:
            self.assertIn(part, messages)

    def test_a_missing_qemu_is_named_with_its_package(self):
        self.expect(run_quire("run", "--no-build"), "qemu-system-x86_64", "qemu-system-x86")

    def test_missing_compilers_are_all_named_at_once(self):
        self.expect(run_quire("build", tools=["cmake", "ninja"]), "clang", "ld.lld", "nasm")

    def test_a_missing_xorriso_is_named(self):
        with tempfile.TemporaryDirectory() as build:
            for path in ("boot", "root"):
                os.mkdir(os.path.join(build, path))
            open(os.path.join(build, "boot", "kernel"), "wb").close()
            self.expect(run_quire("run", "--build-dir", build, "--headless",
                                  tools=["qemu-system-x86_64", "mke2fs", "grub-mkrescue", "mformat"]),
                        "missing: xorriso.")

    def test_a_missing_build_is_named(self):
        with tempfile.TemporaryDirectory() as build:
            self.expect(run_quire("run", "--build-dir", build, "--headless",
                                  tools=["qemu-system-x86_64"]), "kernel is not built")

    @unittest.skipIf(os.path.exists("/dev/kvm"), "this machine has /dev/kvm")
    def test_a_missing_kvm_is_named(self):
        self.expect(run_quire("run", "--kvm", "--no-build", tools=["qemu-system-x86_64"]), "/dev/kvm")

    def test_mistakes_on_the_command_line_have_the_status_of_a_failed_start(self):
        self.expect(run_quire("run", "--no-such-option"), "--no-such-option")
        self.expect(run_quire("run", "--cmd", "x", "--shell", tools=["qemu-system-x86_64"]), "--shell")
        self.expect(run_quire("run", "--mem", "4X", tools=["qemu-system-x86_64"]), "4X")

    def test_a_full_disk_is_called_that(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        from quirelib import tools
        from quirelib.errors import QuireError
        with self.assertRaisesRegex(QuireError, "disk full"):
            tools.check_space("/", 1 << 62, "the test")


if __name__ == "__main__":
    unittest.main()
