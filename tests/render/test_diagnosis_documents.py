"""A Diagnosis for machines: JSON, YAML, JUnit, SARIF."""

from __future__ import annotations

import json
from xml.etree import ElementTree as Xml

import pytest
import yaml
from msgspec.structs import replace

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.message import Language
from kubectl_routes.render import documents
from kubectl_routes.render.diagnosis_document import diagnosis_document
from kubectl_routes.render.findings import expired_text
from kubectl_routes.render.junit import junit
from kubectl_routes.render.sarif import sarif
from tests.render.diagnoses import BLANK, CLEAN, EVERYTHING, EXPIRED, TABLE

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def test_the_document_has_the_keys_of_the_design() -> None:
    document = json.loads(documents.json(diagnosis_document(EVERYTHING)))
    assert list(document) == [
        "apiVersion", "kind", "cluster", "findings", "suppressed", "summary", "gaps", "tool",
        "time", "verdict", "notices",
    ]  # fmt: skip
    assert (document["apiVersion"], document["kind"]) == ("kubectl-routes/v1", "Diagnosis")
    assert document["findings"][0] == {
        "code": "RT103",
        "severity": "error",
        "title": "routeTableIDs is malformed",
        "objects": [
            {
                "kind": "ConfigMap",
                "name": "kube-system/cloud-config",
                "namespace": "kube-system",
            }
        ],
        "evidence": list(BLANK.evidence),
        "cause": BLANK.cause,
        "remedy": "Rewrite the list.",
        "commands": [f"kubectl routes enable --tables vtb-a,{TABLE}"],
        "explains": ["RT301 × 38", "RT302 × 1"],
        "causes": [{"code": "RT301", "count": 38}, {"code": "RT302", "count": 1}],
        "nodes": ["worker-1"],
        "link": "https://github.com/kubectl-routes/kubectl-routes/blob/main/docs/codes.md#rt103",
        "impact": "pods on 1 node cannot be reached from any other node",
        "symptomOf": None,
        "repair": None,
    }
    assert document["notices"] == [expired_text(EXPIRED)]
    assert document["summary"] == {"error": 1, "warning": 1, "info": 1, "unknown": 3, "checks": 6}
    assert [(one["code"], one["expires"]) for one in document["suppressed"]] == [
        ("RT306", "2030-12-31"),
        ("RT903", None),
    ]


def test_yaml_says_the_same() -> None:
    document = diagnosis_document(EVERYTHING)
    assert yaml.safe_load(documents.yaml(document)) == json.loads(documents.json(document))


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


def test_junit_tells_cause_proof_and_cure() -> None:
    suite = Xml.fromstring(junit(EVERYTHING, ERROR))
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "error", "message": BLANK.cause}
    assert failure.text is not None
    assert failure.text.splitlines()[-1] == f"$ kubectl routes enable --tables vtb-a,{TABLE}"
    assert "\\x1b[31m" in failure.text
    skipped = [one.attrib["message"] for one in suite.findall("testcase/skipped")]
    assert skipped == [
        "unknown: controller",
        "unknown",
        "skipped",
        "skipped",
        "unknown: entries/, cluster-cidr",
    ]


def test_severities_are_ordered() -> None:
    assert [one.reaches(WARNING) for one in Severity] == [True, True, False]
    assert not any(one.reaches(None) for one in Severity)


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


def test_sarif_has_a_rule_for_every_check_and_a_result_for_every_finding() -> None:
    document = json.loads(sarif(EVERYTHING, all_codes(), "1.2.3"))
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert rules[1]["id"] == "RT103"
    assert rules[1]["helpUri"].startswith("https://")
    assert [one["ruleId"] for one in run["results"]] == [
        "RT103", "RT306", "RT903", "RT306", "RT903",
    ]  # fmt: skip
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    assert [one["level"] for one in run["results"][:3]] == ["error", "warning", "note"]
    assert run["results"][0]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "ConfigMap/kube-system/cloud-config"},
                "region": {"startLine": 1},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "ConfigMap/kube-system/cloud-config", "kind": "object"}
            ],
        }
    ]
    assert run["results"][3]["suppressions"] == [
        {"kind": "external", "justification": "they are the test cluster's"}
    ]
    assert run["invocations"][0]["executionSuccessful"] is False
    clean = json.loads(sarif(CLEAN, all_codes(), "1.2.3"))["runs"][0]
    assert clean["results"] == []
    assert clean["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


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
