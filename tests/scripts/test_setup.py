"""scripts/setup: installs what is missing and nothing else. apt and dpkg are played here."""
import os
import subprocess
import tempfile
import unittest

import support

SETUP = os.path.join(support.SOURCE, "scripts", "setup")

_DPKG = """#!/bin/sh
for package; do :; done
case " $MISSING " in *" $package "*) exit 1;; *) echo installed;; esac
"""
# Writes down how it was called; the first install fails when the lists are old.
_APT = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in *update*) touch "$LOG.fresh";; esac
[ -z "$STALE" ] || [ -e "$LOG.fresh" ]
"""
_ID = "#!/bin/sh\necho ${USER_ID:-0}\n"
_SUDO = '#!/bin/sh\necho sudo >> "$LOG"\nexec "$@"\n'


class Setup(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.log = os.path.join(self.directory.name, "log")
        for name, text in (("dpkg-query", _DPKG), ("apt-get", _APT), ("id", _ID)):
            self.tool(name, text)
        for name in ("sed", "env", "dirname", "cat", "touch", "sh"):
            os.symlink(f"/usr/bin/{name}", os.path.join(self.directory.name, name))

    def tool(self, name, text):
        path = os.path.join(self.directory.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def run_setup(self, *words, missing="", **environment):
        result = subprocess.run(
            ["/bin/sh", SETUP, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": self.directory.name, "LOG": self.log, "MISSING": missing, **environment})
        calls = ""
        if os.path.exists(self.log):
            with open(self.log, encoding="utf-8") as file:
                calls = file.read()
        return result.returncode, result.stdout, calls

    def test_nothing_missing_means_nothing_done_and_nothing_said(self):
        self.assertEqual(self.run_setup(), (0, "", ""))

    def test_only_the_missing_packages_are_installed(self):
        status, text, calls = self.run_setup(missing="nasm xorriso")
        self.assertEqual(status, 0)
        self.assertIn("nasm xorriso", text)
        self.assertEqual(len(calls.splitlines()), 1)
        self.assertTrue(calls.strip().endswith("nasm xorriso"))

    def test_the_package_lists_are_refreshed_only_when_needed(self):
        self.assertNotIn("update", self.run_setup(missing="nasm")[2])
        status, _, calls = self.run_setup(missing="nasm", STALE="yes")
        self.assertEqual(status, 0)
        self.assertIn("update", calls)

    def test_no_install_says_what_is_missing_and_goes_on(self):
        status, text, calls = self.run_setup("--no-install", missing="nasm")
        self.assertEqual((status, calls), (0, ""))
        self.assertIn("nasm", text)

    def test_a_user_installs_with_sudo(self):
        self.tool("sudo", _SUDO)
        self.assertIn("sudo", self.run_setup(missing="nasm", USER_ID="1000")[2])

    def test_a_user_without_sudo_is_told_what_to_install(self):
        status, text, _ = self.run_setup(missing="nasm", USER_ID="1000")
        self.assertEqual(status, 125)
        self.assertIn("nasm", text)

    def test_another_system_gets_the_list(self):
        os.unlink(os.path.join(self.directory.name, "apt-get"))
        status, text, _ = self.run_setup()
        self.assertEqual(status, 0)
        for package in ("nasm", "qemu-system-x86", "xorriso"):
            self.assertIn(package, text)


if __name__ == "__main__":
    unittest.main()
