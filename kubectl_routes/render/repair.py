"""A repair for people and for programs: its steps, what is left to a person, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct

from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.plan import Check
from kubectl_routes.model.repair import Advice, RepairPlan, RepairStep
from kubectl_routes.render.changes import ChangedObject, Mask, changed_objects
from kubectl_routes.render.colour import Mark
from kubectl_routes.render.page import Page
from kubectl_routes.render.plan import Result, Target, plan_page
from kubectl_routes.render.text import plain


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


def repair_page(
    plan: RepairPlan, checks: Iterable[Check], mask: Mask, page: Page, target: Target
) -> str:
    """The whole plan as text, and what it leaves to a person."""
    text = plan_page(plan, checks, mask, page, target)
    left = advice_page(plan.advice, page)
    return f"{text}\n{left}" if left else text


def advice_page(advice: Iterable[Advice], page: Page) -> str:
    """What is left to a person; empty where nothing is."""
    lines = []
    for left in advice:
        lines.append(page.marked(Mark.WARN, f"{left.code} {plain(left.title)}"))
        lines += [page.line(plain(left.remedy), "  ", "  ")] if left.remedy else []
        lines += [f"  $ {plain(command)}" for command in left.commands]
    return "\n".join((page.say("Not repaired:"), *lines, "")) if lines else ""


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
