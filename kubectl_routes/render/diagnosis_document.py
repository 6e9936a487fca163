"""A Diagnosis for machines: the keys are fixed, the sentences are of the language asked for."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from kubectl_routes.model.finding import (
    CausedSymptom,
    Diagnosis,
    Finding,
    ObjectRef,
    Outcome,
    Severity,
)
from kubectl_routes.model.snapshot import API_VERSION, Gap
from kubectl_routes.render.documents import (
    ClusterDocument,
    VerdictDocument,
    cluster_document,
    verdict_document,
)


class ObjectDocument(Struct, frozen=True, rename="camel"):
    """What a finding is about; ``name`` of a namespaced object holds its ``namespace`` too."""

    kind: str
    name: str
    namespace: str | None


class FindingDocument(Struct, frozen=True, rename="camel"):
    """One finding."""

    code: str
    severity: str
    title: str
    objects: tuple[ObjectDocument, ...]
    evidence: tuple[str, ...]
    cause: str
    remedy: str
    commands: tuple[str, ...]
    explains: tuple[str, ...]
    causes: tuple[CausedSymptom, ...]


class SuppressedDocument(Struct, frozen=True, rename="camel"):
    """A finding that was left out, and why."""

    code: str
    objects: tuple[ObjectDocument, ...]
    reason: str
    expires: str | None


class SummaryDocument(Struct, frozen=True, rename="camel"):
    """Findings by severity, those not shown too; ``checks`` counts those that were made,
    ``unknown`` those that could not be.
    """

    error: int
    warning: int
    info: int
    unknown: int
    checks: int


class DiagnosisDocument(Struct, frozen=True, rename="camel"):
    """The answer of ``diagnose``."""

    api_version: str
    kind: str
    cluster: ClusterDocument
    findings: tuple[FindingDocument, ...]
    suppressed: tuple[SuppressedDocument, ...]
    summary: SummaryDocument
    gaps: tuple[Gap, ...]
    tool: str | None
    time: str | None
    verdict: VerdictDocument | None


def diagnosis_document(diagnosis: Diagnosis) -> DiagnosisDocument:
    """The whole answer, the gravest finding first."""
    counts = Counter(one.severity for one in diagnosis.findings)
    ended = Counter(one.outcome for one in diagnosis.results)
    return DiagnosisDocument(
        api_version=API_VERSION,
        kind="Diagnosis",
        cluster=cluster_document(diagnosis.cluster),
        findings=tuple(map(_finding, diagnosis.shown)),
        suppressed=tuple(
            SuppressedDocument(
                one.code, tuple(map(_object, one.objects)), by.reason, by.expires or None
            )
            for one, by in diagnosis.suppressed
        ),
        summary=SummaryDocument(
            error=counts[Severity.ERROR],
            warning=counts[Severity.WARNING],
            info=counts[Severity.INFO],
            unknown=ended[Outcome.UNKNOWN],
            checks=ended[Outcome.PASSED] + ended[Outcome.FOUND],
        ),
        gaps=diagnosis.gaps,
        tool=diagnosis.tool or None,
        time=diagnosis.time or None,
        verdict=verdict_document(diagnosis.verdict),
    )


def _finding(finding: Finding) -> FindingDocument:
    return FindingDocument(
        code=finding.code,
        severity=finding.severity.value,
        title=finding.title,
        objects=tuple(map(_object, finding.objects)),
        evidence=finding.evidence,
        cause=finding.cause,
        remedy=finding.remedy,
        commands=finding.commands,
        explains=finding.explains,
        causes=finding.causes,
    )


def _object(about: ObjectRef) -> ObjectDocument:
    return ObjectDocument(about.kind, about.name, about.namespace or None)
