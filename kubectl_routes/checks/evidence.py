"""Evidence for a finding: cells, entries, Events and log lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from kubectl_routes.analyze.attribution import AffectedRoute
from kubectl_routes.ccm.api_denials import TABLE_ID, still_true
from kubectl_routes.ccm.log_patterns import ABOUT_ROUTES, WORDS
from kubectl_routes.checks.check import Evidence, fact
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.model.controller import ControllerPod, Event, LogLine
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.matrix import State

# A message of the API is often a page long; its beginning says what matters.
_LONGEST = 300
# How a log line begins; the lines of a message that has several begin otherwise.
_KLOG = re.compile(r"[IWEF]\d{4} ")
_FAILURE = re.compile(r"[EF]\d{4} ")
_COMPLAINT = re.compile(r"[WEF]\d{4} ")
_LONGEST_RECORD = 4000
# The codes of what ends a CCM.
_FATAL = ("RT102", "RT110", "RT112")

_CELL_PHRASES = {
    State.MISSING: "missing",
    State.CONFLICT: "conflict",
    State.PENDING: "pending",
    State.SHADOWED: "shadowed",
}


def nodes(names: Iterable[str]) -> tuple[ObjectRef, ...]:
    """Nodes as objects, each once."""
    return tuple(ObjectRef("Node", name) for name in dict.fromkeys(names))


def cell_facts(cells: Sequence[AffectedRoute]) -> tuple[Evidence, ...]:
    """What is wrong with each of the cells."""
    return tuple(
        fact(
            _CELL_PHRASES.get(route.cell.state, "unsafe"),
            node=route.node,
            cidr=route.pod_cidr,
            table=route.table,
            hop=route.cell.next_hop,
        )
        for route in cells
    )


def matching_messages(
    context: CheckContext,
    code: str,
    *,
    tables: Collection[str] = (),
    nodes: Collection[str] = (),
) -> tuple[Evidence, ...]:
    """The newest Event and log line that speak for a code, neither older than two periods.

    With ``tables`` or ``nodes`` only such as are about one of them: another one's trouble is no
    evidence. A message that names no table may be about any.
    """

    def fits(text: str, time: str, node: str) -> bool:
        named = TABLE_ID.findall(text)
        return (
            WORDS[code].search(text) is not None
            and is_recent(context, time)
            and (not tables or not named or not set(tables).isdisjoint(named))
            and (not nodes or node in nodes or any(name in text for name in nodes))
        )

    events = [
        event_fact(event)
        for event in still_true(context.snapshot.controller.events)
        if fits(event.message, event.last_seen, event.name if event.kind == "Node" else "")
    ]
    lines = [
        fact("log", pod=pod, line=clipped(line.text))
        for pod, line in records(context)
        if fits(line.text, line.time, "")
    ]
    return (*events[-1:], *lines[-1:])


def route_report(context: CheckContext, route: AffectedRoute) -> Evidence | None:
    """The newest Event or error line that says why this route is missing: about the node, or its
    podCIDR, and about no other table.
    """
    found = [
        (event.last_seen, event_fact(event))
        for event in context.snapshot.controller.events
        if (event.kind, event.name, event.type) == ("Node", route.node, "Warning")
        and _is_about(event.message, route.table)
        and is_recent(context, event.last_seen)
    ]
    found += [
        (line.time, fact("log", pod=pod, line=clipped(line.text)))
        for pod, line in records(context)
        if _COMPLAINT.match(line.text)
        and (route.node in line.text or route.pod_cidr in line.text)
        and ABOUT_ROUTES.search(line.text)
        and _is_about(line.text, route.table)
        and is_recent(context, line.time)
    ]
    return sorted(found, key=lambda one: one[0])[-1][1] if found else None


def _is_about(message: str, table: str) -> bool:
    """Whether a message names the table, or none."""
    named = TABLE_ID.findall(message)
    return not named or table in named


def event_fact(event: Event) -> Evidence:
    """What an Event says."""
    return fact(
        "event",
        reason=event.reason,
        object=f"{event.kind} {event.name}",
        time=event.last_seen,
        count=event.count,
        message=clipped(event.message),
    )


def timed_messages(context: CheckContext, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """What Events and logs lately said that matches, and when (RFC 3339, or empty)."""
    events = still_true(context.snapshot.controller.events)
    said = [(event.message, event.last_seen) for event in events]
    said += [(line.text, line.time) for _, line in records(context)]
    return [
        (text, time) for text, time in said if pattern.search(text) and is_recent(context, time)
    ]


def records(context: CheckContext) -> Iterator[tuple[str, LogLine]]:
    """What was read of CCM's logs, with the pod that wrote it: one record for each message, which
    may have several lines. Lines that no klog header precedes stand for themselves.
    """
    for log in context.snapshot.controller.logs or ():
        found: list[LogLine] = []
        for line in log.lines:
            last = found[-1].text if found else ""
            if _KLOG.match(line.text) or not _KLOG.match(last) or len(last) > _LONGEST_RECORD:
                found.append(line)
            else:
                found[-1] = LogLine(f"{last}\n{line.text}", found[-1].time)
        yield from ((log.pod, record) for record in found)


def last_log_lines(context: CheckContext, pod: str) -> tuple[Evidence, ...]:
    """What a pod said when it ended: the last line that is known for such words, else the last that
    reports a failure, else the last.
    """
    logs = context.snapshot.controller.logs or ()
    lines = [line.text for log in logs if log.pod == pod for line in log.lines if line.text]
    known = [text for text in lines if any(WORDS[code].search(text) for code in _FATAL)]
    failures = [text for text in lines if _FAILURE.match(text)]
    spoken = next(filter(None, (known, failures, lines)), None)
    return (fact("log", pod=pod, line=clipped(spoken[-1])),) if spoken else ()


def pod_fact(pod: ControllerPod) -> Evidence:
    """What state a pod is in."""
    state = pod.waiting or pod.phase or "?"
    return fact(
        "pod", pod=pod.name, state=state, restarts=pod.restarts, message=clipped(pod.message)
    )


def pod_facts(context: CheckContext, pods: tuple[ControllerPod, ...]) -> tuple[Evidence, ...]:
    """What state pods are in, and the last words of the first."""
    spoken = last_log_lines(context, pods[0].name) if pods else ()
    return (*map(pod_fact, pods), *spoken)


def clipped(text: str) -> str:
    """The text on one line, its end left out when it is long; spaces may be what is wrong."""
    line = " ".join(text.splitlines()).strip()
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"


def is_recent(context: CheckContext, time: str) -> bool:
    """Whether something was said lately; what bears no time cannot be called old."""
    return not time or context.examined.table_context.recent.holds(time)
