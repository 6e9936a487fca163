"""A Diagnosis as JUnit XML: one test case for each check, as CI systems show them."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from kubectl_routes.model.finding import CheckResult, Diagnosis, Finding, Outcome, Severity
from kubectl_routes.render.text import plain


def junit(diagnosis: Diagnosis, fail_on: Severity | None) -> str:
    """The document. A check fails when it has a finding at or above ``fail_on``; what is below is
    its output, and a check that could not be made is skipped, with the reason.
    """
    suite = Xml.Element("testsuite", {"name": "kubectl-routes diagnose"})
    failures = skipped = 0
    for result in diagnosis.results:
        found = [one for one in diagnosis.findings if one.code == result.code]
        case = Xml.SubElement(
            suite,
            "testcase",
            {
                "classname": f"kubectl-routes.{result.theme}",
                "name": f"{result.code} {result.title}",
            },
        )
        failures += _failures(case, found, fail_on)
        skipped += _skipped(case, result)
        rest = [
            one for one in found if one in diagnosis.shown and not one.severity.reaches(fail_on)
        ]
        if rest:
            Xml.SubElement(case, "system-out").text = "\n\n".join(map(_text, rest))
    if diagnosis.time:
        suite.set("timestamp", diagnosis.time)
    suite.set("tests", str(len(diagnosis.results)))
    suite.set("failures", str(failures))
    suite.set("errors", "0")
    suite.set("skipped", str(skipped))
    Xml.indent(suite)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(suite, encoding="unicode")}\n'


def _failures(case: Xml.Element, found: list[Finding], fail_on: Severity | None) -> int:
    """One failure element a check, as the format has it, however many findings it made."""
    failing = [one for one in found if one.severity.reaches(fail_on)]
    if not failing:
        return 0
    attributes = {"type": failing[0].severity.value, "message": plain(failing[0].cause)}
    Xml.SubElement(case, "failure", attributes).text = "\n\n".join(map(_text, failing))
    return 1


def _skipped(case: Xml.Element, result: CheckResult) -> int:
    if result.outcome not in (Outcome.UNKNOWN, Outcome.SKIPPED):
        return 0
    lacking = ", ".join(result.lacking)
    reason = f"{result.outcome.value}: {lacking}" if lacking else result.outcome.value
    Xml.SubElement(case, "skipped", {"message": plain(reason)})
    return 1


def _text(finding: Finding) -> str:
    """A finding in lines: cause, evidence, remedy, commands."""
    lines = [
        finding.cause,
        *(f"{one.kind} {one.name}" for one in finding.objects),
        *(f"- {one}" for one in finding.evidence),
        finding.remedy,
        *(f"$ {one}" for one in finding.commands),
    ]
    return "\n".join(plain(line) for line in lines if line)
