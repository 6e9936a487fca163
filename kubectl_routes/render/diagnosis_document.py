"""A Diagnosis for machines: the keys are fixed, the sentences are of the language asked for."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.finding import Finding
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.finding import Outcome
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.snapshot import API_VERSION
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.render.documents import ClusterDocument
from kubectl_routes.render.documents import cluster_document


class FindingDocument(Struct, frozen=True, rename="camel"):
    """One finding."""

    code: str
    severity: str
    title: str
    objects: tuple[ObjectRef, ...]
    evidence: tuple[str, ...]
    cause: str
    remedy: str
    commands: tuple[str, ...]
    explains: tuple[str, ...]


class SuppressedDocument(Struct, frozen=True, rename="camel"):
    """A finding that was left out, and why."""

    code: str
    objects: tuple[ObjectRef, ...]
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
            SuppressedDocument(one.code, one.objects, by.reason, by.expires or None)
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
    )


def _finding(finding: Finding) -> FindingDocument:
    return FindingDocument(
        code=finding.code,
        severity=finding.severity.value,
        title=finding.title,
        objects=finding.objects,
        evidence=finding.evidence,
        cause=finding.cause,
        remedy=finding.remedy,
        commands=finding.commands,
        explains=finding.explains,
    )
