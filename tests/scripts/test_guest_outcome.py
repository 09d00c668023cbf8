"""How the end of a run becomes a status."""
import unittest

import support  # noqa: F401
from quirelib.guest_outcome import judge


class GuestOutcome(unittest.TestCase):
    def status(self, report="", reason="guest-shutdown", qemu=0, timeout=None):
        return judge(report, reason, qemu, timeout).status

    def test_a_reported_status_is_the_status(self):
        self.assertEqual(self.status("exit 0\n"), 0)
        self.assertEqual(self.status("exit 57\n"), 57)

    def test_a_status_is_cut_to_eight_bits(self):
        self.assertEqual(self.status("exit -1\n"), 255)
        self.assertEqual(self.status("exit 256\n"), 0)

    def test_a_panic_wins_over_a_status_reported_before(self):
        outcome = judge("exit 0\npanic bad luck\n", None, 127)
        self.assertEqual((outcome.status, outcome.message), (120, "the system panicked: bad luck"))

    def test_a_panic_wins_over_the_time_out_of_a_halted_machine(self):
        self.assertEqual(self.status("panic x\n", None, -9, 5), 120)

    def test_a_panic_is_known_by_the_debug_exit_port_too(self):
        self.assertEqual(self.status("", None, 127), 120)

    def test_a_kernel_tests_status_comes_by_the_debug_exit_port(self):
        self.assertEqual(self.status("", None, 1), 0)
        self.assertEqual(self.status("", None, 3), 1)

    def test_a_reset_is_not_a_power_off(self):
        self.assertEqual(self.status("", "guest-reset"), 121)
        self.assertEqual(self.status("", "guest-shutdown"), 122)

    def test_a_time_out_has_its_own_status(self):
        self.assertEqual(self.status("", None, -9, 5), 124)

    def test_a_crash_of_qemu_is_not_success(self):
        self.assertEqual(self.status("", None, -6), 122)

    def test_only_an_orderly_end_vouches_for_the_disks(self):
        self.assertTrue(judge("exit 3\n", "guest-shutdown", 0).orderly)
        self.assertFalse(judge("", "guest-reset", 0).orderly)
        self.assertFalse(judge("panic\n", None, 127).orderly)


if __name__ == "__main__":
    unittest.main()
