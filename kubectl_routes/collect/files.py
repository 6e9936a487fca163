"""Files named by the user, read up to a limit: it may be a device that never ends."""

from __future__ import annotations


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
