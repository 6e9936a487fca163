"""Files named by the user: read up to a limit, as it may be a device that never ends, and written
as a whole.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress


class TooLarge(Exception):
    """There is more than the limit."""


def read(path: str, largest: int) -> bytes:
    """What is in the file, at most so many bytes. Raises OSError and TooLarge.

    A pipe is read as well, as a shell makes them of ``<(command)``, and waited for as long as its
    other end takes.
    """
    with open(path, "rb") as file:
        body = file.read(largest + 1)
    if len(body) > largest:
        raise TooLarge
    return body


def write_whole(body: bytes, path: str, mode: int) -> None:
    """Write the file so that it is whole or not there, with that mode. Raises OSError.

    A link is replaced, and not followed: in a folder that everybody may write to it may lead
    anywhere. A device or a pipe is written to as it is.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if _is_special(path, folder):
        with open(path, "wb") as file:
            file.write(body)
        return
    # mkstemp makes files that only their owner can read.
    handle, temporary = tempfile.mkstemp(prefix=".kubectl-routes-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _sync(folder)


def _sync(folder: str) -> None:
    """Let the name of a new file be on the disk too, where a folder can be opened for that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _is_special(path: str, folder: str) -> bool:
    """Whether there is something that must not be replaced by a file. What /dev/stdout leads to may
    be a file, but never by that name.
    """
    if folder in ("/dev", "/dev/fd") or folder.startswith("/proc/"):
        return True
    try:
        kind = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))
