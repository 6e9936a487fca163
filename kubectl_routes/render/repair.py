"""A repair for people and for programs: its steps, what is left to a person, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct

from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.plan import Check
from kubectl_routes.model.repair import Advice, RepairPlan, RepairStep
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.page import Page
from kubectl_routes.render.plan import (
    ChangedObject,
    Mask,
    Result,
    Target,
    changed_objects,
    plan_page,
)
from kubectl_routes.render.text import plain, wrapped


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
    for one in advice:
        lines.append(
            painted(
                wrapped(f"! {one.code} {plain(one.title)}", page.width, "  "),
                Paint.WARN,
                page.colour,
            )
        )
        if one.remedy:
            lines.append(wrapped(plain(one.remedy), page.width, "  ", "  "))
        lines += [f"  $ {plain(command)}" for command in one.commands]
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
