"""The record of deleted entries: on the disk before each of them is deleted."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import structs

from kubectl_routes.collect import files
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message
from kubectl_routes.model.repair import EntryChange, RecordedEntry, RepairRecord
from kubectl_routes.model.snapshot import API_VERSION
from kubectl_routes.model.vpc import NextHop, RouteEntry
from kubectl_routes.render import documents

# Far more than the entries of ten tables take.
LARGEST = 16 * 1024 * 1024


class RecordFile:
    """A record in a file. What another run has written there stays, also one at the same time: the
    file is read before every write. Raises UsageError where the file is something else, or from a
    different VPC.
    """

    def __init__(self, path: str, record: RepairRecord) -> None:
        self.path = path
        self._record = record
        self._entries()

    def add(self, change: EntryChange) -> None:
        """Write down an entry that is about to be deleted. Raises UsageError."""
        entries = self._entries()
        entry = _recorded(change)
        if entry not in entries:
            self._write((*entries, entry))

    def drop(self, change: EntryChange) -> None:
        """Take out an entry that was not deleted, or is there again. Raises UsageError."""
        gone = _recorded(change)
        self._write(tuple(entry for entry in self._entries() if entry != gone))

    def _entries(self) -> tuple[RecordedEntry, ...]:
        return read_record(self.path, self._record.vpc_id, missing=True)

    def _write(self, entries: tuple[RecordedEntry, ...]) -> None:
        record = structs.replace(self._record, entries=entries)
        try:
            files.write_whole(documents.json(record).encode(), self.path, 0o600)
        except OSError as error:
            raise UsageError(
                message(
                    "record {path} cannot be written: {reason}",
                    path=self.path,
                    reason=str(error.strerror),
                ),
                message("name another file with --record"),
            ) from None


def read_record(path: str, vpc_id: str, *, missing: bool = False) -> tuple[RecordedEntry, ...]:
    """The entries of a record. Raises UsageError for a file that is none, or from a different VPC;
    with ``missing`` a file that is not there is an empty record.
    """
    try:
        body = files.read(path, LARGEST)
    except FileNotFoundError:
        if missing:
            return ()
        raise UsageError(message("record {path} does not exist", path=path)) from None
    except OSError as error:
        raise UsageError(
            message("record {path} cannot be read: {reason}", path=path, reason=str(error.strerror))
        ) from None
    except files.TooLarge:
        raise UsageError(
            message("{path} is not a record of repair: it is too large", path=path)
        ) from None
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
        record = msgspec.convert(found, RepairRecord)
    except UNREADABLE:
        found, record = {}, None
    if record is None or (found.get("kind"), found.get("apiVersion")) != (
        RepairRecord.KIND,
        API_VERSION,
    ):
        raise UsageError(
            message("{path} is not a record of repair", path=path), message("name another file")
        )
    if record.vpc_id != vpc_id:
        raise UsageError(
            message(
                "record {path} is of {vpc_id}, and the cluster is in {other}",
                path=path,
                vpc_id=record.vpc_id,
                other=vpc_id,
            )
        )
    return record.entries


def recorded_changes(entries: tuple[RecordedEntry, ...]) -> tuple[EntryChange, ...]:
    """What brings the entries of a record back."""
    return tuple(
        EntryChange(
            one.code,
            one.table_id,
            RouteEntry(
                "",
                one.cidr,
                next_hops=(NextHop(one.next_hop, one.next_hop_type or ""),),
                name=one.name or "",
                description=one.description or "",
            ),
            create=True,
        )
        for one in entries
    )


def _recorded(change: EntryChange) -> RecordedEntry:
    entry, hop = change.entry, change.entry.next_hops[0]
    return RecordedEntry(
        code=change.code,
        table_id=change.table,
        cidr=entry.cidr,
        next_hop=hop.id,
        next_hop_type=hop.type or None,
        name=entry.name or None,
        description=entry.description or None,
    )
