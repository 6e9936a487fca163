"""A plan for people to read: preflight, steps, what changes in the objects, what to know."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from kubectl_routes.catalog.translation import said
from kubectl_routes.model.message import message
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.plan import Change, Check, Plan, Verdict
from kubectl_routes.model.undo import HISTORY, UNDO, HistoryEntry, WorkloadUndo
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.documents import json
from kubectl_routes.render.grid import grid
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain, wrapped
from kubectl_routes.render.yaml import yaml

Object = dict[str, Any]
# Makes an object fit to be shown: credentials out.
Mask = Callable[[Object], Object]

_PAINTS = {
    Verdict.PASSED: Paint.GOOD,
    Verdict.WARNED: Paint.WARN,
    Verdict.SKIPPED: Paint.FAINT,
    Verdict.FAILED: Paint.BAD,
    Verdict.UNKNOWN: Paint.WARN,
}
_SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.WARNED: "!",
    Verdict.SKIPPED: "-",
    Verdict.FAILED: "✗",
    Verdict.UNKNOWN: "?",
}
_ASCII = {**_SIGNS, Verdict.PASSED: "+", Verdict.FAILED: "x"}
_VERDICTS = {
    Verdict.PASSED: message("passed"),
    Verdict.WARNED: message("warned"),
    Verdict.SKIPPED: message("skipped"),
    Verdict.FAILED: message("failed"),
    Verdict.UNKNOWN: message("unknown"),
}
_EVIDENCE_SHOWN = 10
# What the history says was done.
ACTIONS = {
    "enabled": message("enabled"),
    "disabled": message("disabled"),
    "repaired": message("repaired"),
    "restored": message("restored"),
    "rolled back": message("rolled back"),
}

# What the server keeps for itself, and a difference does not need.
_NOISE = ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation")
# Our own records are for programs to read: a difference only says that they are there.
_RECORDS = {UNDO: "(undo record)", HISTORY: "(who did what, and when)"}


class Target(Struct, frozen=True):
    """Where a plan is to be applied: the context of the kubeconfig and its server; ``restarts`` is
    how many pods of CCM are replaced.
    """

    context: str = ""
    server: str = ""
    restarts: int = 0

    @property
    def where(self) -> str:
        """``context "prod" (https://…)``; without a context, as in a pod, the server alone."""
        named = f'context "{plain(self.context)}" ({plain(self.server)})'
        return named if self.context else plain(self.server)


class Result(Struct, frozen=True, rename="camel"):
    """How a run ended: ``outcome`` is enabled, disabled, unchanged, dry-run, stopped, not-verified,
    failed or rolled-back; ``message`` is the line for people. ``found`` of ``wanted`` routes are
    in place, None where they were not counted.
    """

    outcome: str
    exit_code: int
    message: OptionalText
    found: int | None = None
    wanted: int | None = None


class ChangedObject(Struct, frozen=True, rename="camel"):
    """A write: ``action`` is create, change or delete; ``diff`` the unified difference of what may
    be shown.
    """

    kind: str
    namespace: str
    name: str
    action: str
    diff: str


class PlanDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``enable`` and ``disable``; ``result`` is null where nothing more than the plan
    was asked for.
    """

    KIND: ClassVar[str] = "Plan"

    tables: tuple[str, ...]
    was: str | None
    now: str | None
    image: OptionalText
    preflight: tuple[Check, ...]
    steps: tuple[str, ...]
    changes: tuple[ChangedObject, ...]
    notes: tuple[str, ...]
    context: OptionalText
    server: OptionalText
    restarts: int
    result: Result | None


def preflight_lines(checks: Iterable[Check], page: Page) -> list[str]:
    """One line for all checks that passed, one for each other, and beneath it what was found and
    what to do.
    """
    signs = _SIGNS if page.unicode else _ASCII
    lines: list[str] = []
    told = tuple(checks)
    passed = sum(check.verdict is Verdict.PASSED for check in told)
    if passed:
        text = page.say("{count:check|checks} passed", count=passed)
        head = f"{signs[Verdict.PASSED]} {text}"
        lines.append(painted(head, _PAINTS[Verdict.PASSED], page.colour))
    for check in told:
        if check.verdict is Verdict.PASSED:
            continue
        how = _VERDICTS[check.verdict]
        text = page.say(
            "{code} {title}: {verdict}", code=check.code, title=check.title, verdict=how
        )
        head = f"{signs[check.verdict]} {text}"
        lines.append(
            painted(wrapped(head, page.width, "    "), _PAINTS[check.verdict], page.colour)
        )
        for found in check.evidence[:_EVIDENCE_SHOWN]:
            lines.append(wrapped(plain(found), page.width, "      ", "    "))
        if len(check.evidence) > _EVIDENCE_SHOWN:
            more = page.say("and {count} more", count=len(check.evidence) - _EVIDENCE_SHOWN)
            lines.append(f"    {more}")
        if check.hint and check.verdict is not Verdict.SKIPPED:
            lines.append(wrapped(f"{page.arrow} {plain(check.hint)}", page.width, "      ", "    "))
    return lines


def restarts(number: int) -> str:
    """``Restarts 3 CCM pods``; empty where none is replaced."""
    return message("Restarts {count:CCM pod|CCM pods}", count=number) if number else ""


def plan_page(
    plan: Plan, checks: Iterable[Check], mask: Mask, page: Page, target: Target | None = None
) -> str:
    """The whole plan as text."""
    lines = [] if target is None else [page.say("Plan for {where}", where=target.where), ""]
    preflight = preflight_lines(checks, page)
    if preflight:
        lines += [page.say("Preflight:"), *preflight]
    if plan.steps:
        lines += ["", page.say("Steps:")] if preflight else [page.say("Steps:")]
        lines += [
            wrapped(plain(step), page.width, "     ", f"  {number}. ")
            for number, step in enumerate(plan.steps, 1)
        ]
        if target is not None and target.restarts:
            lines.append(page.say("{sentence}.", sentence=restarts(target.restarts)))
    difference = diff(plan, mask)
    if difference:
        lines += ["", *_coloured(difference, page)]
    if plan.notes:
        lines += [""]
        lines += [
            painted(wrapped(f"! {plain(note)}", page.width, "  "), Paint.WARN, page.colour)
            for note in plan.notes
        ]
    return "\n".join(lines) + "\n"


def diff(plan: Plan, mask: Mask) -> str:
    """The unified difference of all objects, credentials taken out; empty when nothing changes."""
    return "".join(_difference(change, mask) for change in plan.changes)


def _difference(change: Change, mask: Mask) -> str:
    name = f"{change.kind}/{change.namespace}/{change.name}"
    before, after = (_text(value, mask) for value in (change.before, change.after))
    lines = difflib.unified_diff(
        before,
        after,
        "/dev/null" if change.before is None else f"a/{name}",
        "/dev/null" if change.after is None else f"b/{name}",
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def _text(value: Object | None, mask: Mask) -> list[str]:
    return [] if value is None else yaml(_bare(mask(value))).splitlines()


def _bare(value: Object, *, ours: bool = True) -> Object:
    """An object without what only the server can say; without our records unless ``ours``."""
    metadata = {key: part for key, part in value["metadata"].items() if key not in _NOISE}
    if "annotations" in metadata:
        annotations = {**metadata["annotations"]}
        for name, text in _RECORDS.items():
            if name in annotations:
                annotations[name] = text
            if not ours:
                annotations.pop(name, None)
        metadata["annotations"] = annotations
        if not annotations:
            del metadata["annotations"]
    return {
        key: metadata if key == "metadata" else part
        for key, part in value.items()
        if key != "status"
    }


def _coloured(text: str, page: Page) -> list[str]:
    paints = {"+": Paint.GOOD, "-": Paint.BAD, "@": Paint.FAINT}
    return [
        painted(line, paints[line[0]], page.colour) if line[:1] in paints else line
        for line in map(plain, text.splitlines())
    ]


def document(
    plan: Plan,
    checks: tuple[Check, ...],
    mask: Mask,
    target: Target | None = None,
    result: Result | None = None,
) -> str:
    """The plan as JSON, and how it ended."""
    where = target or Target()
    return json(
        PlanDocument(
            tables=plan.tables,
            was=plan.was,
            now=plan.now,
            image=plan.image,
            preflight=checks,
            steps=plan.steps,
            changes=changed_objects(plan, mask),
            notes=plan.notes,
            context=where.context,
            server=where.server,
            restarts=where.restarts,
            result=result,
        )
    )


def changed_objects(plan: Plan, mask: Mask) -> tuple[ChangedObject, ...]:
    """The writes of a plan, credentials taken out."""
    return tuple(
        ChangedObject(
            change.kind,
            change.namespace,
            change.name,
            _action(change),
            _difference(change, mask),
        )
        for change in plan.changes
    )


def _action(change: Change) -> str:
    if change.before is None:
        return "create"
    return "delete" if change.after is None else "change"


def manifests(plan: Plan, mask: Mask, hides: Callable[[Object], bool]) -> str:
    """The objects as they are to be, as YAML, for applying them from a repository.

    One with credentials in it comes as a comment: applied as it is shown, it would lose them.
    """
    parts = []
    for change in plan.changes:
        if change.after is None:
            parts.append(f"# delete {change.kind} {change.namespace}/{change.name}\n")
            continue
        text = yaml(_bare(_told(mask(change.after), change.undo), ours=False))
        if hides(change.after):
            text = _remark(plan, change) + "".join(f"# {line}\n" for line in text.splitlines())
        parts.append(text)
    return "---\n".join(parts)


def _remark(plan: Plan, change: Change) -> str:
    """What to do with an object that comes as a comment."""
    name = f"{change.kind} {change.namespace}/{change.name}"
    edit = "make in it\n# the changes that -o diff shows"
    if change.kind == "ConfigMap":
        edit = f"set in it\n# Global.routeTableIDs to {msgspec.json.encode(plan.now).decode()}"
    return f"# {name} holds values that are not shown: {edit} and leave the rest as it is.\n"


class History(Struct, frozen=True, rename="camel"):
    """The answer of ``enable --history``: who did what and when, oldest first."""

    KIND: ClassVar[str] = "History"

    deeds: tuple[HistoryEntry, ...]
    context: OptionalText
    server: OptionalText


def _told(value: Object, undo: object) -> Object:
    """The object with ``readOnly: false`` where the plan leaves the field out: who applies the
    object upon the old one would keep what he does not mention.
    """
    if not isinstance(undo, WorkloadUndo) or undo.writable is None:
        return value
    shown = deepcopy(value)
    for container in shown["spec"]["template"]["spec"]["containers"]:
        for mount in container.get("volumeMounts") or []:
            if mount["mountPath"] == undo.writable.mount_path:
                mount["readOnly"] = False
    return shown


def history_document(deeds: tuple[HistoryEntry, ...], target: Target | None = None) -> str:
    """Who did what and when, oldest first, as JSON."""
    where = target or Target()
    return json(History(deeds, where.context, where.server))


def history_page(deeds: Iterable[HistoryEntry], page: Page, target: Target | None = None) -> str:
    """Who did what and when, the newest first."""
    rows = [
        [
            plain(text)
            for text in (f"{one.time[:19]}Z", _done(one, page), one.by, *_lists(one, page))
        ]
        for one in deeds
    ]
    lines = grid(
        (page.say("TIME"), page.say("ACTION"), page.say("BY"), page.say("FROM"), page.say("TO")),
        rows[::-1],
        page,
    )
    head = [] if target is None else [page.say("History of {where}", where=target.where)]
    return "".join(f"{line}\n" for line in (*head, *lines))


def _done(entry: HistoryEntry, page: Page) -> str:
    return said(ACTIONS.get(entry.action, entry.action), page.language)


def _lists(entry: HistoryEntry, page: Page) -> tuple[str, str]:
    """The list before and after; a rollback leads back to whatever there was."""
    if entry.action == "rolled back":
        return "-", "-"
    return _list(entry.was, page), _list(entry.now, page)


def _list(tables: str | None, page: Page) -> str:
    return page.say("no list") if tables is None else tables or '""'
