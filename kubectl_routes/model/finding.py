"""What ``diagnose`` finds: causes, each with its evidence and what fixes it."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct
from msgspec.structs import force_setattr

from kubectl_routes.model.matrix import HealthVerdict
from kubectl_routes.model.message import Language
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.snapshot import Cluster, Gap


class Severity(Enum):
    """How bad a finding is. ERROR: routes are missing or will be; INFO: worth knowing only."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    def reaches(self, least: Severity | None) -> bool:
        """Whether it is that bad, or worse; nothing reaches None."""
        order = list(Severity)
        return least is not None and order.index(self) <= order.index(least)


class ObjectRef(Struct, frozen=True, order=True, rename="camel"):
    """What a finding is about: a Node, a RouteTable, a RouteEntry, the DaemonSet …

    ``name`` of a namespaced object is ``namespace/name``; ``namespace`` is taken from it.
    """

    kind: str
    name: str
    namespace: OptionalText = ""

    def __post_init__(self) -> None:
        """Only a namespaced object has a namespace."""
        if self.kind in _NAMESPACED and "/" in self.name:
            force_setattr(self, "namespace", self.name.partition("/")[0])


# Kinds that a name "namespace/name" is of.
_NAMESPACED = frozenset({"ConfigMap", "DaemonSet", "Deployment", "Pod", "Secret"})


class CausedSymptom(Struct, frozen=True, rename="camel"):
    """A symptom by its code, and how many routes show it because of a finding."""

    code: str
    count: int


class Finding(Struct, frozen=True, rename="camel"):
    """One cause, in words of one language.

    ``causes`` says which symptoms it accounts for, ``explains`` the same as text (``RT301 × 38``);
    ``commands`` can be copied into a shell as they are. ``nodes`` are the names of the nodes whose
    routes it accounts for, ``impact`` says what that means for pods. ``link`` is the page of the
    code. ``symptom_of`` is the code of the finding that it follows from, and goes with.
    ``repair`` is the command that carries the remedy out, empty where there is none.
    """

    code: str
    severity: Severity
    title: str
    objects: tuple[ObjectRef, ...] = ()
    evidence: tuple[str, ...] = ()
    cause: str = ""
    remedy: str = ""
    commands: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    causes: tuple[CausedSymptom, ...] = ()
    nodes: tuple[str, ...] = ()
    link: OptionalText = ""
    impact: OptionalText = ""
    symptom_of: OptionalText = ""
    repair: OptionalText = ""

    def __post_init__(self) -> None:
        """What it explains follows from ``causes``."""
        explains = tuple(f"{symptom.code} × {symptom.count}" for symptom in self.causes)
        force_setattr(self, "explains", explains)


class Outcome(Enum):
    """How a check ended. UNKNOWN: what it asks for could not be read; SKIPPED: on request, or
    because the cluster needs no routes.
    """

    PASSED = "passed"
    FOUND = "found"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class CheckResult(Struct, frozen=True):
    """One check, whatever came of it. ``lacking`` are the parts whose absence made it UNKNOWN."""

    code: str
    theme: str
    title: str
    outcome: Outcome
    lacking: tuple[str, ...] = ()


class Suppression(Struct, frozen=True):
    """A finding that the operators accept.

    ``object`` is a pattern for ``Kind/name`` (``*`` and ``?``); ``expires`` is a date in ISO 8601,
    the last day on which it counts, or empty.
    """

    code: str
    reason: str
    object: str = "*"
    expires: str = ""


class Diagnosis(Struct, frozen=True):
    """The whole answer of ``diagnose``; the gravest findings come first.

    ``suppressed`` are findings that were left out with the suppression that did it, ``expired``
    the suppressions that no longer count. ``narrowed``: only what concerns some nodes is shown.
    Findings below ``least`` count, but are not shown. ``verdict`` counts suppressed findings too.
    """

    cluster: Cluster
    controller: str
    language: Language
    findings: tuple[Finding, ...]
    results: tuple[CheckResult, ...]
    gaps: tuple[Gap, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    expired: tuple[Suppression, ...] = ()
    narrowed: bool = False
    least: Severity = Severity.INFO
    tool: str = ""
    time: str = ""
    verdict: HealthVerdict | None = None

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings that are to be shown."""
        return tuple(one for one in self.findings if one.severity.reaches(self.least))
