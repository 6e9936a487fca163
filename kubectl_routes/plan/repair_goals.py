"""What ``repair`` repairs: which remedies of which findings, and what is left to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.ccm.entries import next_hop_text
from kubectl_routes.ccm.needed_flags import FlagChange
from kubectl_routes.checks.check import RawFinding
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.controller import needs_enable
from kubectl_routes.checks.registry import CHECKS, run_check, severity_of
from kubectl_routes.checks.remedies import is_repairable
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.message import message
from kubectl_routes.model.repair import EntryChange, NodeChange
from kubectl_routes.model.snapshot import Snapshot

ENTRY_CODES = ("RT306", "RT309", "RT302", "RT304", "RT305")
LIST_CODES = ("RT101", "RT102", "RT103", "RT107", "RT108", "RT110")
STALE, OLD_PODS = "RT109", "RT115"
RESTART_CODES = (STALE, OLD_PODS)
FLAGS, MARKED = "RT111", "RT206"
# Entries that a person may have made on purpose: only where their code is named.
ONLY_NAMED = frozenset({"RT304", "RT305"})


class Goals(Struct, frozen=True):
    """What is to be repaired, before CCM's objects have been read. ``tables`` are the ids of the
    list that is to be set for the sake of ``list_code``; ``flags`` are to change, and for the sake
    of the code ``restart`` CCM's pods are to be replaced in any case.
    ``found`` is what the plan is to repair: codes with the names of objects. ``left`` is why
    entries of a code stay, ``doubts`` what speaks against deleting those whose code was named.
    """

    entries: tuple[EntryChange, ...] = ()
    nodes: tuple[NodeChange, ...] = ()
    tables: tuple[str, ...] = ()
    list_code: str = ""
    flags: tuple[FlagChange, ...] = ()
    restart: str = ""
    found: frozenset[tuple[str, str]] = frozenset()
    left: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def of_controller(self) -> bool:
        """Whether CCM's own objects have to change."""
        return bool(self.tables or self.flags or self.restart)


def repairable_codes() -> tuple[str, ...]:
    """The codes that can be named, in order."""
    return tuple(code for code, listed in all_codes().items() if listed.repair)


def choose(context: CheckContext, named: frozenset[str]) -> Goals:
    """The goals for the findings of a Snapshot: those that were ``named``, or all that can be
    repaired without.
    """
    raws = {code: _raw(code, context, named) for code in repairable_codes()}
    entries, left, doubts = _choose_entries(raws, context, named)
    listing = next((code for code in LIST_CODES if raws[code]), "")
    flags = context.examined.ccm.needed_flags if raws[FLAGS] else ()
    if flags and not listing and needs_enable(context, flags):
        listing = FLAGS
    objects = {
        (code, each.name)
        for code, found in raws.items()
        if code not in ENTRY_CODES
        for raw in found
        for each in raw.objects
    }
    return Goals(
        entries=entries,
        nodes=tuple(
            NodeChange(node.name, raw.variant == "taint")
            for raw in raws[MARKED]
            for node in raw.objects
        ),
        tables=_wanted(context) if listing else (),
        list_code=listing,
        flags=flags,
        restart=next((code for code in RESTART_CODES if raws[code]), ""),
        found=frozenset(objects | {(change.code, change.name) for change in entries}),
        left=left,
        doubts=doubts,
    )


def _choose_entries(
    raws: dict[str, tuple[RawFinding, ...]], context: CheckContext, named: frozenset[str]
) -> tuple[tuple[EntryChange, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The entries to delete, each once, and what of ``Goals`` is said about them."""
    entries: dict[tuple[str, str], EntryChange] = {}
    left, doubts = [], []
    foreign = _claimed(context)
    for code in ENTRY_CODES:
        for change in _entries(code, raws[code], context):
            doubt = _doubt(change, context, foreign)
            if len(change.entry.next_hops) > 1:
                hops = next_hop_text(change.entry)
                kept = message("it has {hop}, which cannot be undone", hop=hops)
                left.append(_stays(change, kept))
            elif doubt and code not in named:
                kept = message("{why}; name {code} to delete it", why=doubt, code=code)
                left.append(_stays(change, kept))
            else:
                entries.setdefault((change.table, change.entry.cidr), change)
                if doubt:
                    doubts.append(message("{name}: {why}", name=change.name, why=doubt))
    return tuple(entries.values()), tuple(left), tuple(doubts)


def _stays(change: EntryChange, why: str) -> tuple[str, str]:
    return change.code, message("{name} stays: {why}", name=change.name, why=why)


def _raw(code: str, context: CheckContext, named: frozenset[str]) -> tuple[RawFinding, ...]:
    """What the check of a code found, as far as ``repair`` may do something about it. Where a part
    that the check needs was not read, what it found is no ground for a write: without the nodes
    every entry is an orphan.
    """
    unnamed = code in ONLY_NAMED and code not in named
    if unnamed or (named and code not in named) or not context.needs_routes:
        return ()
    if context.lacking(CHECKS[code].needs):
        return ()
    return tuple(
        raw
        for raw in run_check(code, context).raw_findings
        if is_repairable(code, raw, context)
        and severity_of(code, raw, context) is not Severity.INFO
    )


def _wanted(context: CheckContext) -> tuple[str, ...]:
    """The tables of the list that enable would set for this finding."""
    told = context.values["tables"]
    return () if told == "auto" else tuple(told.split(","))


def _entries(code: str, raws: Iterable[RawFinding], context: CheckContext) -> Iterator[EntryChange]:
    """The entries that the findings of a code name: by id, or by table, CIDR and next hop."""
    known = {
        (table, key): entry
        for table, entries in context.snapshot.entries.items()
        for entry in entries
        for key in (entry.id, (entry.cidr, next_hop_text(entry)))
    }
    for raw in raws:
        for each in raw.each:
            key = each.get("entry") or (each.get("cidr", ""), each["hop"])
            entry = known.get((each["table"], key))
            if entry is not None:
                yield EntryChange(code, each["table"], entry)


def _claimed(context: CheckContext) -> tuple[str, ...]:
    """The CIDRs that another client writes (RT403): of its entries, and of those fought about."""
    return tuple(
        cidr
        for raw in run_check("RT403", context).raw_findings
        for cidr in (
            *(each.name.partition("/")[2] for each in raw.objects if each.kind == "RouteEntry"),
            *(piece.values["cidr"] for piece in raw.evidence if piece.phrase == "fight"),
        )
    )


def _doubt(change: EntryChange, context: CheckContext, foreign: tuple[str, ...]) -> str:
    """What speaks against deleting an entry; empty where nothing does. CCM gives its entries
    neither name nor description: one that has was made by another client.
    """
    entry = change.entry
    if entry.name or entry.description:
        return message("its name or description shows that CCM did not create it")
    networks = context.examined.table_context.networks
    own = networks.parse(entry.cidr)
    theirs = filter(None, map(networks.parse, foreign))
    if own is not None and any(block.holds(own) or own.holds(block) for block in theirs):
        return message("another client writes entries there (RT403)")
    return ""


# An entry by table, CIDR and next hop.
Seen = frozenset[tuple[str, str, str]]


def seen_entries(snapshot: Snapshot) -> Seen:
    """The entries of a Snapshot."""
    return frozenset(
        (table, entry.cidr, next_hop_text(entry))
        for table, entries in snapshot.entries.items()
        for entry in entries
    )


def only_seen(goals: Goals, seen: Seen) -> Goals:
    """The goals without entries that were not there when the first plan was shown: another client
    has just created or changed them.
    """
    kept = tuple(
        change
        for change in goals.entries
        if (change.table, change.entry.cidr, next_hop_text(change.entry)) in seen
    )
    new = [change for change in goals.entries if change not in kept]
    left = [_stays(change, message("it has just been changed")) for change in new]
    return structs.replace(
        goals,
        entries=kept,
        found=goals.found - {(change.code, change.name) for change in new},
        left=(*goals.left, *left),
    )


def without_controller(goals: Goals) -> Goals:
    """The goals without CCM's own objects, where those cannot be changed."""
    kept = {*ENTRY_CODES, MARKED}
    found = frozenset((code, name) for code, name in goals.found if code in kept)
    return structs.replace(goals, tables=(), list_code="", flags=(), restart="", found=found)


def without_entries(snapshot: Snapshot, changes: Iterable[EntryChange]) -> Snapshot:
    """The Snapshot as it will be once the entries are deleted."""
    gone = {(change.table, change.entry.cidr) for change in changes}
    entries = {
        table: tuple(entry for entry in held if (table, entry.cidr) not in gone)
        for table, held in snapshot.entries.items()
    }
    return structs.replace(snapshot, entries=entries)
