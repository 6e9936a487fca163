"""``trace`` as text: both ends, the verdict, and each direction through its route table."""

from __future__ import annotations

from kubectl_routes.model.command import command
from kubectl_routes.model.matrix import State
from kubectl_routes.model.path import (
    AddressScope,
    CandidateEntry,
    Direction,
    EndKind,
    Endpoint,
    Hop,
    Trace,
    Verdict,
)
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.grid import grid
from kubectl_routes.render.page import PAINTS, Page
from kubectl_routes.render.remarks import gap_lines
from kubectl_routes.render.text import columns, plain, wrapped

_WORDS = {
    Verdict.REACHABLE: "reachable",
    Verdict.BLACK_HOLE: "black hole",
    Verdict.WRONG_NODE: "to the wrong node",
    Verdict.UNKNOWN: "unknown",
}
# The signs and paints of cells say the same of a way.
_LIKE = {
    Verdict.REACHABLE: State.OK,
    Verdict.BLACK_HOLE: State.MISSING,
    Verdict.WRONG_NODE: State.CONFLICT,
    Verdict.UNKNOWN: State.UNKNOWN,
}
_SCOPES = {
    AddressScope.POD: "in a podCIDR",
    AddressScope.UNASSIGNED: "in the range of the pods, but in no node's podCIDR",
    AddressScope.NODE: "the address of a node",
    AddressScope.V_SWITCH: "in a vSwitch",
    AddressScope.VPC: "in the VPC, but in none of its vSwitches",
    AddressScope.OUTSIDE: "outside the VPC",
    AddressScope.UNKNOWN: "owner unknown",
}
# The names of the facts stand in one column.
_NAME = 10
# What belongs to a direction stands below it.
_INDENT = 2


def trace_page(trace: Trace, page: Page) -> str:
    """The whole text."""
    verdict = f"{_word(trace.verdict, page)}: {plain(trace.because)}"
    blocks = [
        [
            *([_fact("Snapshot:", f"taken at {plain(page.taken)}", page)] if page.taken else []),
            *_end("From:", trace.source, page),
            *_end("To:", trace.destination, page),
            _fact("Verdict:", painted(verdict, PAINTS[_LIKE[trace.verdict]], page.colour), page),
        ],
        _leg("Forward", trace.forward, trace.destination, page),
        _leg("Return", trace.back, trace.source, page),
        _not_checked(trace.not_checked, page),
        gap_lines(trace.gaps, page),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _word(verdict: Verdict, page: Page) -> str:
    return f"{page.symbol(_LIKE[verdict])} {_WORDS[verdict]}"


def _fact(name: str, text: str, page: Page) -> str:
    return wrapped(text, page.width, " " * _NAME, f"{name:<{_NAME}}")


def _end(title: str, end: Endpoint, page: Page) -> list[str]:
    lines = [_fact(title, _who(end), page)]
    if end.node:
        lines += [_fact("", text, page) for text in _node(end)]
    lines += [_remark(f"! {plain(note)}", page, _NAME) for note in end.notes]
    return lines


def _node(end: Endpoint) -> list[str]:
    """On which node, and which podCIDR that has."""
    if end.kind is EndKind.NODE:
        where = f"instance {plain(end.instance) or 'unknown'}"
    else:
        where = f"on node {plain(end.node)} ({plain(end.instance) or 'unknown instance'})"
    if end.pod_cidr:
        return [where, f"podCIDR {plain(end.pod_cidr)}"]
    return [where] if end.scope is AddressScope.UNKNOWN else [where, "no podCIDR"]


def _who(end: Endpoint) -> str:
    if end.kind is EndKind.ADDRESS:
        return f"{plain(end.name)}, {f'pod {plain(end.pod)}' if end.pod else _SCOPES[end.scope]}"
    shared = ", the address of its node" if end.host_network else ""
    address = f", {plain(end.address)}{shared}" if end.address else ""
    return f"{end.kind.value} {plain(end.name)}{address}"


def _leg(title: str, leg: Direction | None, receiver: Endpoint, page: Page) -> list[str]:
    if leg is None:
        return []
    lines = [wrapped(_way(leg), page.width, "  ", f"{title}: ")]
    if leg.entries:
        lines += [" " * _INDENT + line for line in _entries(leg.entries, page)]
    told = f"{_word(leg.verdict, page)}: {plain(leg.because)}"
    paint = PAINTS[_LIKE[leg.verdict]]
    lines.append(painted(wrapped(told, page.width, "    ", "  "), paint, page.colour))
    lines += [_remark(f"! {plain(note)}", page, _INDENT) for note in leg.notes]
    if receiver.node and leg.verdict in (Verdict.BLACK_HOLE, Verdict.WRONG_NODE):
        hint = command("kubectl routes status {node}", {"node": receiver.node})
        if hint:
            lines.append(wrapped(f"{hint} shows whether CCM will fix it", page.width, "    ", "  "))
    return lines


def _way(leg: Direction) -> str:
    to = f"to {plain(leg.destination)}" if leg.destination else "to an address that is not known"
    if leg.table is None:
        return to
    about = ", ".join(plain(part) for part in (leg.table.name, leg.table.type) if part)
    table = f"route table {plain(leg.table.id)}" + (f" ({about})" if about else "")
    return f"{to}, from vSwitch {plain(leg.v_switch)} by {table}"


def _entries(entries: tuple[CandidateEntry, ...], page: Page) -> list[str]:
    """The entries as a table, without their type where that would be too wide."""
    headers = ["", "ENTRY", "TYPE", "STATUS", "NEXT HOP"]
    rows = [row for entry in entries for row in _rows(entry, page)]
    lines = grid(headers, rows, page)
    if max(map(columns, lines)) > page.width - _INDENT:
        narrow = [[*row[:2], *row[3:]] for row in (headers, *rows)]
        return grid(narrow[0], narrow[1:], page)
    return lines


def _rows(entry: CandidateEntry, page: Page) -> list[list[str]]:
    """One row for each next hop; the entry stands on the first."""
    paint = Paint.STRONG if entry.wins else Paint.FAINT
    about = [page.arrow if entry.wins else "", entry.cidr, entry.type, entry.status]
    hops = [_hop(hop) for hop in entry.next_hops] or ["none"]
    cells = [[*(about if number == 0 else [""] * 4), hop] for number, hop in enumerate(hops)]
    return [[painted(plain(cell), paint, page.colour) for cell in row] for row in cells]


def _hop(hop: Hop) -> str:
    name = hop.id if hop.type.lower() == "instance" else f"{hop.type} {hop.id}".strip()
    return f"{name or 'unknown'}{' (disabled)' if hop.enabled is False else ''}"


def _remark(text: str, page: Page, indent: int) -> str:
    indentation = " " * indent
    return painted(
        wrapped(text, page.width, f"{indentation}  ", indentation), Paint.WARN, page.colour
    )


def _not_checked(subjects: tuple[str, ...], page: Page) -> list[str]:
    return [
        "Not checked (these can also drop packets):",
        *(wrapped(f"- {plain(subject)}", page.width, "    ", "  ") for subject in subjects),
    ]
