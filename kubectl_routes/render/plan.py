"""A plan for people and for programs: preflight, steps, what changes, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct

from kubectl_routes.model.message import message
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.plan import Check, Plan, Verdict
from kubectl_routes.model.repair import Advice, RepairPlan, RepairStep
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.render.changes import ChangedObject, Mask, changed_objects, diff
from kubectl_routes.render.colour import Mark, Paint
from kubectl_routes.render.documents import json
from kubectl_routes.render.page import Page, blocks
from kubectl_routes.render.remarks import notice_lines
from kubectl_routes.render.text import plain

_MARKS = {
    Verdict.PASSED: Mark.GOOD,
    Verdict.WARNED: Mark.WARN,
    Verdict.SKIPPED: Mark.SKIPPED,
    Verdict.FAILED: Mark.BAD,
    Verdict.UNKNOWN: Mark.UNKNOWN,
}
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


class RepairDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``repair``. ``steps`` are those of all rounds; ``record`` is the file from
    which ``--undo`` brings deleted entries back, empty where none is deleted.
    """

    KIND: ClassVar[str] = "Repair"

    steps: tuple[RepairStep, ...]
    advice: tuple[Advice, ...]
    preflight: tuple[Check, ...]
    changes: tuple[ChangedObject, ...]
    notes: tuple[str, ...]
    record: OptionalText
    context: OptionalText
    server: OptionalText
    restarts: int
    result: Result | None


def preflight_lines(checks: Iterable[Check], page: Page) -> list[str]:
    """One line for all checks that passed, one for each other, and beneath it what was found and
    what to do.
    """
    shown = tuple(checks)
    passed = sum(check.verdict is Verdict.PASSED for check in shown)
    text = page.say("{count:check|checks} passed", count=passed)
    lines = [page.paint(f"{page.sign(Mark.GOOD)} {text}", Mark.GOOD.paint)] if passed else []
    for check in shown:
        if check.verdict is not Verdict.PASSED:
            lines += _check_lines(check, page)
    return lines


def _check_lines(check: Check, page: Page) -> list[str]:
    how = _VERDICTS[check.verdict]
    text = page.say("{code} {title}: {verdict}", code=check.code, title=check.title, verdict=how)
    lines = [page.marked(_MARKS[check.verdict], text, 4)]
    evidence = check.evidence[:_EVIDENCE_SHOWN]
    lines += [page.line(plain(found), "      ", "    ") for found in evidence]
    if len(check.evidence) > _EVIDENCE_SHOWN:
        more = page.say("and {count} more", count=len(check.evidence) - _EVIDENCE_SHOWN)
        lines.append(f"    {more}")
    if check.hint and check.verdict is not Verdict.SKIPPED:
        lines.append(page.line(f"{page.arrow} {plain(check.hint)}", "      ", "    "))
    return lines


def restarts(number: int) -> str:
    """``Restarts 3 CCM pods``; empty where none is replaced."""
    return message("Restarts {count:CCM pod|CCM pods}", count=number) if number else ""


def plan_page(plan: Plan, checks: Iterable[Check], mask: Mask, page: Page, target: Target) -> str:
    """The whole plan as text, and what a repair leaves to a person."""
    preflight = preflight_lines(checks, page)
    steps = [
        page.line(plain(step), "     ", f"  {number}. ")
        for number, step in enumerate(plan.steps, 1)
    ]
    if steps and target.restarts:
        steps.append(page.say("{sentence}.", sentence=restarts(target.restarts)))
    return blocks(
        (
            [page.say("Plan for {where}", where=target.where)],
            [page.say("Preflight:"), *preflight] if preflight else (),
            [page.say("Steps:"), *steps] if steps else (),
            _coloured(diff(plan, mask), page),
            notice_lines(plan.notes, page),
            advice_lines(plan.advice, page) if isinstance(plan, RepairPlan) else (),
        )
    )


def _coloured(text: str, page: Page) -> list[str]:
    paints = {"+": Paint.GOOD, "-": Paint.BAD, "@": Paint.FAINT}
    return [page.paint(line, paints.get(line[:1])) for line in map(plain, text.splitlines())]


def document(
    plan: Plan, checks: tuple[Check, ...], mask: Mask, target: Target, result: Result | None = None
) -> str:
    """The plan as JSON, and how it ended."""
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
            context=target.context,
            server=target.server,
            restarts=target.restarts,
            result=result,
        )
    )


def advice_lines(advice: Iterable[Advice], page: Page) -> list[str]:
    """What is left to a person; nothing where nothing is."""
    lines = []
    for left in advice:
        lines.append(page.marked(Mark.WARN, f"{left.code} {plain(left.title)}"))
        lines += [page.line(plain(left.remedy), "  ", "  ")] if left.remedy else []
        lines += [f"  $ {plain(command)}" for command in left.commands]
    return [page.say("Not repaired:"), *lines] if lines else []


def repair_document(
    plan: RepairPlan,
    checks: tuple[Check, ...],
    mask: Mask,
    target: Target,
    *,
    record: str,
    result: Result,
) -> RepairDocument:
    """The plan, and how it ended."""
    return RepairDocument(
        steps=plan.repairs,
        advice=plan.advice,
        preflight=checks,
        changes=changed_objects(plan, mask),
        notes=plan.notes,
        record=record,
        context=target.context,
        server=target.server,
        restarts=target.restarts,
        result=result,
    )


class History(Struct, frozen=True, rename="camel"):
    """The answer of ``enable --history``: who did what and when, oldest first."""

    KIND: ClassVar[str] = "History"

    deeds: tuple[HistoryEntry, ...]
    context: OptionalText
    server: OptionalText


def history_document(deeds: tuple[HistoryEntry, ...], target: Target) -> str:
    """Who did what and when, oldest first, as JSON."""
    return json(History(deeds, target.context, target.server))


def history_page(deeds: Iterable[HistoryEntry], page: Page, target: Target) -> str:
    """Who did what and when, the newest first."""
    rows = [
        [plain(text) for text in (f"{entry.time[:19]}Z", *_done(entry, page))] for entry in deeds
    ]
    heads = (page.say("TIME"), page.say("ACTION"), page.say("BY"), page.say("FROM"), page.say("TO"))
    lines = page.table(heads, rows[::-1])
    return "\n".join((page.say("History of {where}", where=target.where), *lines, ""))


def _done(entry: HistoryEntry, page: Page) -> tuple[str, str, str, str]:
    """The action, by whom, and the list before and after; a rollback leads back to whatever there
    was.
    """
    was, now = _list(entry.was, page), _list(entry.now, page)
    lists = ("-", "-") if entry.action == "rolled back" else (was, now)
    return page.said(ACTIONS.get(entry.action, entry.action)), entry.by, *lists


def _list(tables: str | None, page: Page) -> str:
    return page.say("no list") if tables is None else tables or '""'
