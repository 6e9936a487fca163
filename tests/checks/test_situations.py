"""What all checks find in the clusters of cases/*.yaml, and every word that they say about it.

golden/findings.txt holds the words, each finding once. ``pytest tests/checks --update-golden``
writes it again; read the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.model.finding import CheckResult, Diagnosis, Finding
from tests.checks.situations import Situation, situations

GOLDEN = Path(__file__).parent / "golden" / "findings.txt"
ALL = {one.name: one for one in situations()}


@pytest.fixture(scope="module")
def diagnoses() -> dict[str, Diagnosis]:
    return {name: diagnose(one.snapshot, DiagnoseOptions()) for name, one in ALL.items()}


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_the_checks_find_what_is_wrong_and_nothing_else(
    one: Situation, diagnoses: dict[str, Diagnosis]
) -> None:
    whole = diagnoses[one.name]
    assert [about(finding) for finding in whole.findings] == one.finds
    ended = {result.code: result for result in whole.results}
    assert {code: outcome(ended[code]) for code in one.results} == one.results


def about(finding: Finding) -> str:
    objects = ", ".join(f"{one.kind} {one.name}" for one in finding.objects)
    return f"{finding.code} {finding.severity.value}: {objects}".removesuffix(": ")


def outcome(result: CheckResult) -> str:
    return ": ".join(filter(None, (result.outcome.value, ", ".join(result.lacking))))


def words(diagnoses: dict[str, Diagnosis]) -> Iterator[str]:
    """What is said of each finding; a title, a remedy and a whole finding are not said twice."""
    known: set[str] = set()
    for name, whole in diagnoses.items():
        texts = ("".join(f"{line}\n" for line in lines(one, known)) for one in whole.findings)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(new)
        yield from (f"== {name}\n", *new) if new else ()


def lines(finding: Finding, known: set[str]) -> Iterator[str]:
    yield f"{finding.code}: {finding.cause}"
    yield from (f"  {text}" for text in finding.evidence)
    yield from (f"  $ {text}" for text in finding.commands)
    if finding.nodes:
        yield f"  explains {', '.join(finding.explains)}; of {', '.join(finding.nodes)}"
    about_code = (
        f"  {finding.code} title: {finding.title}",
        f"  {finding.code} remedy: {finding.remedy}",
    )
    yield from (line for line in about_code if line not in known)
    known.update(about_code)


def test_what_the_checks_say(
    request: pytest.FixtureRequest, diagnoses: dict[str, Diagnosis]
) -> None:
    text = "".join(words(diagnoses))
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(text, encoding="utf-8")
    known = GOLDEN.read_text(encoding="utf-8")
    assert text == known, "pytest tests/checks --update-golden writes it again: read the difference"
