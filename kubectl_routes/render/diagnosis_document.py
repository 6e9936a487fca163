"""A Diagnosis for programs: the keys are fixed, the sentences are of the language asked for."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from msgspec import Struct

from kubectl_routes.catalog.translation import said
from kubectl_routes.model.finding import Diagnosis, Finding, ObjectRef, Outcome, Severity
from kubectl_routes.model.matrix import HealthVerdict
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.snapshot import Cluster, Gap
from kubectl_routes.render.finding_texts import expired_text


class SuppressedFinding(Struct, frozen=True, rename="camel"):
    """A finding that was left out, and why; ``expires`` is the last day on which it is."""

    code: str
    objects: tuple[ObjectRef, ...]
    reason: str
    expires: OptionalText


class Summary(Struct, frozen=True, rename="camel"):
    """Findings by severity, those not shown too; ``checks`` counts those that were made,
    ``unknown`` those that could not be.
    """

    error: int
    warning: int
    info: int
    unknown: int
    checks: int


class DiagnosisDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``diagnose``, the gravest finding first."""

    KIND: ClassVar[str] = "Diagnosis"

    cluster: Cluster
    findings: tuple[Finding, ...]
    suppressed: tuple[SuppressedFinding, ...]
    summary: Summary
    gaps: tuple[Gap, ...]
    tool: OptionalText
    time: OptionalText
    verdict: HealthVerdict | None
    notices: tuple[str, ...]


def diagnosis_document(diagnosis: Diagnosis) -> DiagnosisDocument:
    """The whole answer; suppressions that have expired are its notices."""
    found = Counter(finding.severity for finding in diagnosis.findings)
    ended = Counter(result.outcome for result in diagnosis.results)
    return DiagnosisDocument(
        cluster=diagnosis.cluster,
        findings=diagnosis.shown,
        suppressed=tuple(
            SuppressedFinding(finding.code, finding.objects, by.reason, by.expires)
            for finding, by in diagnosis.suppressed
        ),
        summary=Summary(
            error=found[Severity.ERROR],
            warning=found[Severity.WARNING],
            info=found[Severity.INFO],
            unknown=ended[Outcome.UNKNOWN],
            checks=ended[Outcome.PASSED] + ended[Outcome.FOUND],
        ),
        gaps=diagnosis.gaps,
        tool=diagnosis.tool,
        time=diagnosis.time,
        verdict=diagnosis.verdict,
        notices=tuple(said(expired_text(one), diagnosis.language) for one in diagnosis.expired),
    )
