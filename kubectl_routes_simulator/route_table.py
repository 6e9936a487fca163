"""One route table: its entries, the time they need to settle, and their pages, encoded once."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes_simulator.vpc_records import EVERYTHING, Entry, EntryFilter, TableRecord


class Page(Struct, frozen=True):
    """A piece of a listing: a JSON array, and where the next piece starts (None: it was the last).

    ``next`` is a position that stays valid while entries come and go.
    """

    entries: bytes
    next: int | None


class _View:
    """The entries that one filter admits, and the pages already encoded of them."""

    def __init__(self, chosen: dict[int, Entry]) -> None:
        self.positions = list(chosen)
        self.entries = list(chosen.values())
        self.pages: dict[tuple[int, int], Page] = {}

    def page(self, after: int, size: int) -> Page:
        made = self.pages.get((after, size))
        if made is None:
            start = bisect_right(self.positions, after)
            end = start + size
            more = end < len(self.entries)
            made = Page(
                msgspec.json.encode(self.entries[start:end]),
                self.positions[end - 1] if more else None,
            )
            self.pages[after, size] = made
        return made


class RouteTable:
    """The entries of one table, by position (order of creation), CIDR and id. Not locked."""

    def __init__(self, record: TableRecord) -> None:
        self.record = record
        self.custom = 0
        self._entries: dict[int, Entry] = {}
        self._by_cidr: dict[str, int] = {}
        self._by_id: dict[str, int] = {}
        self._settling: deque[tuple[float, int]] = deque()
        self._views: dict[EntryFilter, _View] = {}
        self._last = 0

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first."""
        return tuple(self._entries.values())

    def at_cidr(self, cidr: str) -> Entry | None:
        """The entry for exactly this destination, or None."""
        position = self._by_cidr.get(cidr)
        return None if position is None else self._entries[position]

    def with_id(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        position = self._by_id.get(entry_id)
        return None if position is None else self._entries[position]

    def add(self, entry: Entry) -> None:
        """Append an entry; its destination must be free."""
        self._last += 1
        self._entries[self._last] = entry
        self._by_cidr[entry.destination_cidr_block] = self._last
        self._by_id[entry.route_entry_id] = self._last
        self.custom += entry.type == "Custom"
        self._views.clear()

    def remove(self, entry: Entry) -> None:
        """Take an entry out at once."""
        self._remove(self._by_id[entry.route_entry_id])

    def settle_later(self, entry: Entry, status: str, due: float) -> None:
        """Show the entry as Pending or Deleting until ``due``, then as Available or not at all."""
        position = self._by_id[entry.route_entry_id]
        self._entries[position] = replace(entry, status=status)
        self._settling.append((due, position))
        self._views.clear()

    def settle(self, now: float) -> None:
        """Finish every change that is due."""
        while self._settling and self._settling[0][0] <= now:
            position = self._settling.popleft()[1]
            entry = self._entries.get(position)
            if entry is not None and entry.status == "Deleting":
                self._remove(position)
            elif entry is not None:
                self._entries[position] = replace(entry, status="Available")
                self._views.clear()

    def page(self, size: int, after: int = 0, chosen: EntryFilter = EVERYTHING) -> Page:
        """Up to ``size`` of the entries chosen, beginning behind position ``after``."""
        view = self._views.get(chosen)
        if view is None:
            view = _View({at: one for at, one in self._entries.items() if chosen.admits(one)})
            self._views[chosen] = view
        return view.page(after, size)

    def _remove(self, position: int) -> None:
        entry = self._entries.pop(position)
        del self._by_cidr[entry.destination_cidr_block]
        del self._by_id[entry.route_entry_id]
        self.custom -= entry.type == "Custom"
        self._views.clear()
