"""Whether what a reading command says under a fault is right, or marked unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_routes.model.snapshot import PART_EVENTS, PART_LOGS, PART_PODS
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from tests.qa.faults.breakages import Breakage
from tests.qa.faults.stages import Run, Stage
from tests.qa.faults.truth import routed

# Gaps in what is only evidence: the answer itself does not depend on it.
EVIDENCE = (PART_PODS, PART_EVENTS, PART_LOGS)
UNKNOWN: tuple[Any, ...] = (None, "unknown", "Unknown", "unreadable", "", [], {})
# What nothing depends on; it may be missing without a word.
_BESIDES = ("serverVersion", "clusterId", "serviceCidr", "quotaSource", "vpcEvidence")
# What follows from other values, and what depends on the moment.
_DERIVED = (
    "counts", "summary", "gaps", "time", "next", "when", "because", "detail", "notices", "cause",
    "explains", "causes", "symptomOf", "notChecked", "problem", "remedy",
    "evidence", "objects", "impact", "text", "fix", "command", "lost", "scope",
)  # fmt: skip
NEW = "not there when all goes well"
OURS = "kubectl routes "
# Seconds that a command may take on a busy machine beyond its deadline, or beyond one second where
# a fault passes.
SLACK = 6.0


def manners(run: Run, codes: tuple[int, ...], limit: float) -> Iterator[str]:
    """What every answer has to keep to."""
    answer = run.answer
    said = answer.stdout + answer.stderr
    if "Traceback" in said or "internal:" in said:
        yield "a traceback, or an internal error"
    if answer.code not in codes:
        yield f"exit code {answer.code}, not one of {codes}"
    if run.seconds > limit:
        yield f"took {run.seconds:.1f} s"
    for secret in (CANARY_SECRET, SIMULATED_KEY.secret, SIMULATED_KEY.id):
        if secret in said or secret in str(run.document):
            yield "shows a credential"


def judge(
    stage: Stage, clean: Run, run: Run, breakage: Breakage, times: int | None, *, limit: float
) -> list[str]:
    """What is wrong with ``run``, which may take ``limit`` seconds; empty when nothing is."""
    codes = (0, 1, 2, 3) if breakage.believed else (clean.answer.code, 3)
    found = list(manners(run, codes, limit))
    if run.document is not None:
        found += _lies(stage, run.document)
        if not breakage.believed:
            found += _differences(stage, clean, run)
    elif "error: " not in run.answer.stderr:
        found.append("neither an answer nor an error")
    if times == 1 and breakage.passing:
        needed = _needed(run.document) if run.document is not None else run.answer.told[:1]
        if needed or run.answer.code != clean.answer.code:
            found.append(f"did not get over a passing fault: {needed}")
    return found


def _differences(stage: Stage, clean: Run, run: Run) -> Iterator[str]:
    """Where the answer says something else, or less without saying that."""
    differences = list(unlike(clean.document, run.document))
    # Without Events and logs the same missing route has another cause, as far as can be seen.
    blind = any(part in EVIDENCE for part in _gaps(run.document))
    yield from (
        f"says something else: {one}"
        for one in differences
        if one.startswith("other ") and not (blind and one.endswith(NEW))
    )
    if differences and not _gaps(run.document):
        yield f"differs without a gap: {differences[:3]}"
    # Of a trace the verdict decides, which may be known without them.
    if run.answer.code != 3 and _needed(run.document) and stage.command.name != "trace":
        yield f"exit code {run.answer.code} with gaps {_needed(run.document)}"


def _gaps(document: Any) -> list[str]:
    shown = document.get("status", document)
    return [gap["part"] for gap in shown["gaps"]]


def _needed(document: Any) -> list[str]:
    return [part for part in _gaps(document) if part not in EVIDENCE]


def _lies(stage: Stage, document: Any) -> Iterator[str]:
    """Every ``ok`` that is none by the simulated cluster's own stores."""
    truth = routed(stage.cluster)
    for row in document.get("status", document).get("nodes", ()):
        for table, cell in row["routes"].items():
            if cell["state"] == "ok" and not truth[row["name"], table]:
                yield f"a wrong ok: {row['name']} in {table}"


def unlike(clean: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where ``found`` is not as ``clean``: ``less PATH`` where it is silent, or that it does not
    know, ``other PATH`` where it says something else.
    """
    if clean == found:
        return
    if _says_less(clean, found, path.rpartition(".")[2]):
        yield f"less {path}"
    elif isinstance(clean, dict) and isinstance(found, dict):
        # The nodes of a finding follow from the rows; those of the document are the rows.
        follows = {"nodes"} if path.startswith(".findings") else set()
        follows |= {"code"} if path.endswith(".verdict") else set()
        for name in sorted({*clean, *found} - {*_DERIVED, *_BESIDES, *follows}):
            yield from unlike(clean.get(name), found.get(name), f"{path}.{name}")
    elif isinstance(clean, list) and isinstance(found, list) and _named(clean + found):
        there = {_name(one): one for one in found}
        for one in clean:
            yield from unlike(one, there.pop(_name(one), None), f"{path}[{_name(one)}]")
        for name in there:
            # The tool's own findings say that something could not be read.
            if not name.startswith("RT9"):
                yield f"other {path}[{name}]: {NEW}"
    else:
        yield f"other {path}: {clean!r} became {found!r}"


def _says_less(clean: Any, found: Any, name: str) -> bool:
    """Whether a value is a part of what is said when all goes well, or marks the unknown."""
    if found in UNKNOWN:
        return True
    if name == "healthy":
        return found is False  # that all is well is no longer known
    if name == "commands" and all(one.startswith(OURS) for one in found):
        return True  # what would fix it depends on what is not known; looking does no harm
    if name == "severity":
        return bool(found == "error")  # that CCM fixes it is not known
    parts = isinstance(clean, list) and isinstance(found, list)
    return parts and not _named(clean + found) and all(one in clean for one in found)


_NAMES = ("id", "name", "code", "cidr", "pod")


def _named(items: list[Any]) -> bool:
    return all(isinstance(one, dict) and _name(one) for one in items)


def _name(one: dict[str, Any]) -> str:
    return next((str(one[name]) for name in _NAMES if one.get(name)), "")
