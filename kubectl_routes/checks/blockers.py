"""Findings about a Blocker: what keeps CCM from writing at all."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_routes.checks.check import Evidence, Findings, RawFinding
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.evidence import cell_facts, matching_messages
from kubectl_routes.model.finding import ObjectRef, Severity


def from_blocker(
    context: CheckContext,
    code: str,
    *objects: ObjectRef,
    severity: Severity | None = None,
    variant: str = "",
    evidence: tuple[Evidence, ...] = (),
    steps: tuple[str, ...] = (),
    values: dict[str, str] | None = None,
) -> Findings:
    """The blocker of that code, if there is one, with what CCM's pods report about it. Its own
    variant holds unless one is given.
    """
    blocker = context.blocker(code)
    if blocker is None:
        return
    cells = context.cells(code)
    messages = _besides(evidence, matching_messages(context, code))
    yield RawFinding(
        objects=objects,
        variant=variant or blocker.variant,
        severity=severity,
        values={**blocker.values, **(values or {})},
        evidence=(*evidence, *messages, *cell_facts(cells)),
        cells=cells,
        steps=steps,
    )


def _besides(given: tuple[Evidence, ...], found: tuple[Evidence, ...]) -> Iterator[Evidence]:
    """What was found, but for records of a log of which the line that matters is given already."""
    lines = [(one.values["pod"], one.values["line"]) for one in given if one.phrase == "log"]
    for one in found:
        pod, record = one.values.get("pod"), one.values.get("line", "")
        if not any(pod == wrote and line in record for wrote, line in lines):
            yield one
