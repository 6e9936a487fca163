"""What ``repair`` is about to do, as a value, and the record of the entries that it deletes."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.message import message
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.plan import Plan
from kubectl_routes.model.vpc import RouteEntry


class RepairStep(Struct, frozen=True, rename="camel"):
    """One step: the code that it repairs, and the object before and after; ``before`` is empty
    where the step only adds something.
    """

    code: str
    object: ObjectRef
    before: OptionalText
    after: str

    @property
    def text(self) -> str:
        """``RT306 RouteEntry vtb-1/172.20.9.0/24: next hop i-1 -> deleted``."""
        change = self.after
        if self.before:
            change = message("{before} -> {after}", before=self.before, after=self.after)
        where = f"{self.code} {self.object.kind} {self.object.name}"
        return message("{where}: {step}", where=where, step=change)


class EntryChange(Struct, frozen=True):
    """A route entry to delete, or, with ``create``, to create as it was."""

    code: str
    table: str
    entry: RouteEntry
    create: bool = False

    @property
    def name(self) -> str:
        """``vtb-1/172.20.9.0/24``."""
        return f"{self.table}/{self.entry.cidr}"


class NodeChange(Struct, frozen=True):
    """The mark of a node that has no routes, to be removed: the condition
    NetworkUnavailable, or with ``taint`` the taint that was left of it.
    """

    name: str
    taint: bool = False


class Advice(Struct, frozen=True, rename="camel"):
    """What ``repair`` leaves to a person: a finding with what to do about it, or why a part of one
    is left as it is.
    """

    code: str
    severity: Severity
    title: str
    remedy: OptionalText
    commands: tuple[str, ...] = ()


class RepairPlan(Plan, frozen=True, kw_only=True):
    """All writes: ``entries`` and ``nodes`` first, then ``changes`` of CCM's own objects.

    ``found`` is what the plan is to repair: codes with the names of the objects.
    """

    repairs: tuple[RepairStep, ...] = ()
    entries: tuple[EntryChange, ...] = ()
    nodes: tuple[NodeChange, ...] = ()
    advice: tuple[Advice, ...] = ()
    found: frozenset[tuple[str, str]] = frozenset()

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.changes or self.entries or self.nodes)


class RecordedEntry(Struct, frozen=True, rename="camel"):
    """A route entry that was deleted, as far as it can be created again. ``nextHopType`` is the
    API's text.
    """

    code: str
    table_id: str
    cidr: str
    next_hop: str
    next_hop_type: str | None
    name: str | None = None
    description: str | None = None


class RepairRecord(Struct, frozen=True, rename="camel"):
    """The file from which ``repair --undo`` brings entries back. Each entry was written here before
    it was deleted, so that one of them may still be there.
    """

    KIND: ClassVar[str] = "RepairRecord"

    tool: str
    time: str
    server: str
    region: str
    vpc_id: str
    entries: tuple[RecordedEntry, ...]
