"""The error that ends a command, and the exit statuses of scripts/quire.

A guest program's status is the command's status. What is not a program's status has a
number of its own, high enough to stay out of the way of most programs; the message on
standard error tells them apart for certain.
"""

STATUS_PANIC = 120
STATUS_RESET = 121
STATUS_NO_REPORT = 122
STATUS_DAMAGED = 123
STATUS_TIMEOUT = 124
STATUS_SETUP = 125

STATUS_HELP = f"""exit status of a headless run:
  the status (its low 8 bits) of the program, or of init: 0 if every test passed, else 1;
  {STATUS_PANIC} the system panicked             {STATUS_RESET} the machine reset (triple fault)
  {STATUS_NO_REPORT} it ended without a report      {STATUS_DAMAGED} e2fsck found the disk damaged
  {STATUS_TIMEOUT} time-out                        {STATUS_SETUP} it could not be started"""


class QuireError(Exception):
    """Something the user can mend: the message names it."""

    def __init__(self, message, status=STATUS_SETUP):
        super().__init__(message)
        self.status = status
