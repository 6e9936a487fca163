"""``trace`` as text: both ends, the verdict, and each direction through its route table."""

from __future__ import annotations

from kubectl_routes.model.command import command
from kubectl_routes.model.matrix import State
from kubectl_routes.model.message import message
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
from kubectl_routes.render.colour import Mark, Paint
from kubectl_routes.render.header import taken
from kubectl_routes.render.looks import MARKS
from kubectl_routes.render.page import Page, blocks
from kubectl_routes.render.remarks import gap_lines
from kubectl_routes.render.text import columns, padded, plain

_WORDS = {
    Verdict.REACHABLE: message("reachable"),
    Verdict.BLACK_HOLE: message("black hole"),
    Verdict.WRONG_NODE: message("to the wrong node"),
    Verdict.UNKNOWN: message("unknown"),
}
# The signs and paints of cells say the same of a way.
_LIKE = {
    Verdict.REACHABLE: State.OK,
    Verdict.BLACK_HOLE: State.MISSING,
    Verdict.WRONG_NODE: State.CONFLICT,
    Verdict.UNKNOWN: State.UNKNOWN,
}
_SCOPES = {
    AddressScope.POD: message("in a podCIDR"),
    AddressScope.UNASSIGNED: message("in the range of the pods, but in no node's podCIDR"),
    AddressScope.NODE: message("the address of a node"),
    AddressScope.V_SWITCH: message("in a vSwitch"),
    AddressScope.VPC: message("in the VPC, but in none of its vSwitches"),
    AddressScope.OUTSIDE: message("outside the VPC"),
    AddressScope.UNKNOWN: message("owner unknown"),
}
# The names of the facts stand in one column.
_NAME = 10
# What belongs to a direction stands below it.
_INDENT = 2


def trace_page(trace: Trace, page: Page) -> str:
    """The whole text."""
    verdict = page.join(": ", (_word(trace.verdict, page), plain(trace.because)))
    shown = page.paint(verdict, MARKS[_LIKE[trace.verdict]].paint)
    return blocks(
        (
            [
                *(page.fact(*fact, _NAME) for fact in taken(page)),
                *_end(page.say("From:"), trace.source, page),
                *_end(page.say("To:"), trace.destination, page),
                page.fact(page.say("Verdict:"), shown, _NAME),
            ],
            _leg(page.say("Forward:"), trace.forward, trace.destination, page),
            _leg(page.say("Return:"), trace.back, trace.source, page),
            [
                page.say("Not checked (these can also drop packets):"),
                *(page.line(f"- {plain(text)}", "    ", "  ") for text in trace.not_checked),
            ],
            gap_lines(trace.gaps, page),
        )
    )


def _word(verdict: Verdict, page: Page) -> str:
    return f"{page.symbol(_LIKE[verdict])} {page.said(_WORDS[verdict])}"


def _end(title: str, end: Endpoint, page: Page) -> list[str]:
    lines = [page.fact(title, _who(end, page), _NAME)]
    if end.node:
        lines += [page.fact("", text, _NAME) for text in _node(end, page)]
    return lines + _notes(end.notes, page, _NAME)


def _node(end: Endpoint, page: Page) -> list[str]:
    """On which node, and which podCIDR that has."""
    instance = plain(end.instance)
    if end.kind is EndKind.NODE:
        where = page.say("instance {instance}", instance=instance or page.say("unknown"))
    else:
        where = page.say(
            "on node {node} ({instance})",
            node=plain(end.node),
            instance=instance or page.say("unknown instance"),
        )
    if end.pod_cidr:
        return [where, f"podCIDR {plain(end.pod_cidr)}"]
    return [where] if end.scope is AddressScope.UNKNOWN else [where, page.say("no podCIDR")]


def _who(end: Endpoint, page: Page) -> str:
    name, pod = plain(end.name), plain(end.pod)
    if end.kind is EndKind.ADDRESS:
        scope = message("pod {name}", name=pod) if end.pod else _SCOPES[end.scope]
        return page.join(", ", (name, scope))
    shared = message("the address of its node") if end.host_network and end.address else ""
    node = end.kind is EndKind.NODE
    who = message("node {name}", name=name) if node else message("pod {name}", name=name)
    return page.join(", ", (who, plain(end.address), shared))


def _leg(title: str, leg: Direction | None, receiver: Endpoint, page: Page) -> list[str]:
    if leg is None:
        return []
    lines = [page.line(_way(leg, page), "  ", padded(title, 0))]
    if leg.entries:
        lines += [" " * _INDENT + line for line in _entries(leg.entries, page)]
    told = page.join(": ", (_word(leg.verdict, page), plain(leg.because)))
    lines.append(page.line(told, "    ", "  ", MARKS[_LIKE[leg.verdict]].paint))
    lines += _notes(leg.notes, page, _INDENT)
    if receiver.node and leg.verdict in (Verdict.BLACK_HOLE, Verdict.WRONG_NODE):
        hint = command("kubectl routes status {node}", {"node": receiver.node})
        if hint:
            text = page.say("{command} shows whether CCM will fix it", command=hint)
            lines.append(page.line(text, "    ", "  "))
    return lines


def _way(leg: Direction, page: Page) -> str:
    to = plain(leg.destination) or page.say("an address that is not known")
    if leg.table is None:
        return page.say("to {address}", address=to)
    about = ", ".join(plain(part) for part in (leg.table.name, leg.table.type) if part)
    table = plain(leg.table.id) + (f" ({about})" if about else "")
    return page.say(
        "to {address}, from vSwitch {v_switch} by route table {table}",
        address=to,
        v_switch=plain(leg.v_switch),
        table=table,
    )


def _entries(entries: tuple[CandidateEntry, ...], page: Page) -> list[str]:
    """The entries as a table, without their type where that would be too wide."""
    names = (page.say("ENTRY"), page.say("TYPE"), page.say("STATUS"), page.say("NEXT HOP"))
    headers = ["", *names]
    rows = [row for entry in entries for row in _rows(entry, page)]
    lines = page.table(headers, rows)
    if max(map(columns, lines)) > page.width - _INDENT:
        narrow = [[*row[:2], *row[3:]] for row in (headers, *rows)]
        return page.table(narrow[0], narrow[1:])
    return lines


def _rows(entry: CandidateEntry, page: Page) -> list[list[str]]:
    """One row for each next hop; the entry stands on the first."""
    paint = Paint.STRONG if entry.wins else Paint.FAINT
    about = [page.arrow if entry.wins else "", entry.cidr, entry.type, entry.status]
    hops = [_hop(hop, page) for hop in entry.next_hops] or [page.say("none")]
    cells = [[*(about if number == 0 else [""] * 4), hop] for number, hop in enumerate(hops)]
    return [[page.paint(plain(cell), paint) for cell in row] for row in cells]


def _hop(hop: Hop, page: Page) -> str:
    name = hop.id if hop.type.lower() == "instance" else f"{hop.type} {hop.id}".strip()
    name = name or page.say("unknown")
    return page.say("{hop} (disabled)", hop=name) if hop.enabled is False else name


def _notes(notes: tuple[str, ...], page: Page, indent: int) -> list[str]:
    before = " " * indent
    paint = Mark.WARN.paint
    return [page.line(f"! {plain(note)}", f"{before}  ", before, paint) for note in notes]
