"""The one error tree. Raised where the fact is known; cli/main.py turns it into a line and a code.

RoutesError                 3
├── UsageError              2   wrong arguments, unreadable kubeconfig or snapshot file
├── ClusterError            3   the Kubernetes API, or the way to it
│   └── ChangedMeanwhile    3   an object is no longer what the plan was made for
├── CloudError              3   an Alibaba Cloud API, or credentials for it
├── WaitTimeout             4
└── RolledBack              5
"""

from __future__ import annotations


class RoutesError(Exception):
    """A failure an operator can understand: one line, and where there is one, what to do."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RoutesError):
    """The command line, or a file it names, is wrong; nothing was asked of any server."""

    exit_code = 2


class ClusterError(RoutesError):
    """The Kubernetes API refused, failed or could not be reached. ``status`` is the HTTP status,
    0 when there was no answer.
    """

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status

    @property
    def refused(self) -> bool:
        """Whether the server has said that it did nothing: any other answer to a write, or none,
        may come after it was done.
        """
        return 400 <= self.status < 500


class ChangedMeanwhile(ClusterError):
    """Another client has written to an object since it was read; nothing was overwritten."""


class WaitTimeout(RoutesError):
    """What was written stands, but what it should bring about has not come in time."""

    exit_code = 4


class RolledBack(RoutesError):
    """It failed, and what had been written was rolled back."""

    exit_code = 5


class CloudError(RoutesError):
    """An Alibaba Cloud API refused, failed or could not be reached. ``code`` is the API's error
    code, or empty; ``request_id`` identifies the call to Alibaba Cloud's support.
    """

    def __init__(self, message: str, hint: str = "", code: str = "", request_id: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.request_id = request_id
