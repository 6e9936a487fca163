"""A Diagnosis for machines: JSON, YAML, JUnit, SARIF."""

from __future__ import annotations

import json
from xml.etree import ElementTree as Xml

import pytest
from msgspec.structs import replace

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.message import Language
from kubectl_routes.render import documents
from kubectl_routes.render.diagnosis_document import diagnosis_document
from kubectl_routes.render.junit import junit
from kubectl_routes.render.sarif import sarif
from tests.render.diagnoses import CLEAN, EVERYTHING

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


@pytest.mark.parametrize(("fail_on", "failing"), [(ERROR, 1), (WARNING, 2), (INFO, 3), (None, 0)])
def test_a_check_fails_in_junit_from_the_given_severity_on(
    fail_on: Severity | None, failing: int
) -> None:
    suite = Xml.fromstring(junit(EVERYTHING, fail_on))
    assert suite.attrib == {
        "name": "kubectl-routes diagnose",
        "tests": "11",
        "failures": str(failing),
        "errors": "0",
        "skipped": "5",
    }
    assert len(suite.findall("testcase/failure")) == failing
    assert len(suite.findall("testcase/system-out")) == 3 - failing


def test_what_is_not_shown_counts_all_the_same() -> None:
    quiet = replace(EVERYTHING, least=ERROR)
    document = json.loads(documents.json(diagnosis_document(quiet)))
    assert [one["code"] for one in document["findings"]] == ["RT103"]
    assert document["summary"]["warning"] == 1
    suite = Xml.fromstring(junit(quiet, WARNING))
    assert len(suite.findall("testcase/failure")) == 2
    assert suite.findall("testcase/system-out") == []
    results = json.loads(sarif(quiet, all_codes(), "1"))["runs"][0]["results"]
    assert [one["ruleId"] for one in results if "suppressions" not in one] == ["RT103"]


def test_sarif_of_a_cluster_without_a_finding_or_a_gap_is_successful() -> None:
    (run,) = json.loads(sarif(CLEAN, all_codes(), "1.2.3"))["runs"]
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_sarif_gives_every_result_a_path_since_code_scanning_refuses_a_document_without() -> None:
    finding = replace(EVERYTHING.findings[0], objects=())
    named = replace(finding, objects=(ObjectRef("RouteEntry", "vtb-a 10.0.0.0/8 ü"),))
    shown = replace(EVERYTHING, findings=(finding, named), suppressed=())
    results = json.loads(sarif(shown, all_codes(), "1"))["runs"][0]["results"]
    assert [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in results
        for place in result["locations"]
    ] == ["cluster", "RouteEntry/vtb-a%2010.0.0.0/8%20%C3%BC"]


def test_every_rule_has_a_page_and_a_document_says_when_the_cluster_was_read() -> None:
    read = replace(CLEAN, time="2026-11-23T12:00:00Z", language=Language.CHINESE)
    (run,) = json.loads(sarif(read, all_codes(), "1"))["runs"]
    assert [one["helpUri"].partition("/docs/")[2] for one in run["tool"]["driver"]["rules"]] == [
        "codes.zh-CN.md#rt101", "codes.zh-CN.md#rt103", "codes.zh-CN.md#rt201",
    ]  # fmt: skip
    assert run["invocations"][0]["endTimeUtc"] == read.time
    assert Xml.fromstring(junit(read, ERROR)).attrib["timestamp"] == read.time
