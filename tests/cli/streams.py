"""Streams for tests: text files that are terminals, or break, or have an old encoding."""

from __future__ import annotations

import io


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


class ClosedPipe(io.StringIO):
    """A pipe without a reader."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


class ClosedScreen(ClosedPipe, Screen):
    """A terminal that has gone."""


class Latin(io.StringIO):
    """A stream that has neither check marks nor arrows."""

    encoding = "latin-1"
