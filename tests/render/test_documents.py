"""The answers for programs: JSON, YAML, SARIF and JUnit."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree as Xml

import pytest
import yaml
from hypothesis import given, strategies as st
from msgspec.structs import replace

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.finding import ObjectRef, Severity
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import Cluster, Gap
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.render import changes, documents, plan
from kubectl_routes.render.diagnosis_document import diagnosis_document
from kubectl_routes.render.junit import junit
from kubectl_routes.render.sarif import sarif
from tests.render.diagnoses import CLEAN, EVERYTHING as DIAGNOSIS
from tests.render.examples import BLOCKED, HEALTHY, MATRICES
from tests.render.plans import CHECKS, DEEDS, HIDES, MASK, PLANS, TARGET
from tests.render.traces import TRACES

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
DOCUMENTS: dict[str, documents.Document] = {
    **{f"status-{name}": matrix for name, matrix in MATRICES.items()},
    **{f"tables-{name}": documents.route_tables(matrix) for name, matrix in MATRICES.items()},
    **{f"trace-{name}": trace for name, trace in TRACES.items()},
    "diagnose-everything": diagnosis_document(DIAGNOSIS),
}
TEXTS = {
    **{f"{name}.json": documents.json(document) for name, document in DOCUMENTS.items()},
    "status-blocked.yaml": documents.yaml(BLOCKED),
    "diagnose-everything.sarif": sarif(DIAGNOSIS, all_codes(), "1.2.3"),
    "diagnose-everything.xml": junit(DIAGNOSIS, Severity.WARNING),
    "plan-fresh.json": plan.document(PLANS["fresh"], CHECKS, MASK, TARGET),
    "plan-back.json": plan.document(PLANS["back"], CHECKS, MASK, TARGET),
    "plan-fresh.yaml": changes.manifests(PLANS["fresh"], MASK, HIDES),
    "plan-credentials.yaml": changes.manifests(PLANS["credentials"], MASK, HIDES),
    "history.json": plan.history_document(DEEDS, TARGET),
}
# Documents that show nothing that these do not.
OTHERS = "status-healthy status-nothing tables-healthy tables-blocked tables-nothing"
OTHERS += " trace-same-node trace-outside"


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - {f"{name}.json" for name in OTHERS.split()}))
def test_a_document_is_as_the_golden_file_shows(
    golden: Callable[[str, str], None], name: str
) -> None:
    golden(name, TEXTS[name])


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_yaml_says_the_same_as_json_in_the_same_order(document: documents.Document) -> None:
    read = json.loads(documents.json(document))
    assert json.dumps(yaml.safe_load(documents.yaml(document))) == json.dumps(read)


def test_what_is_absent_or_not_known_is_null() -> None:
    status = json.loads(documents.json(BLOCKED))
    assert status["cluster"]["region"] is None
    assert status["nodes"][0]["podCIDR"] is None
    assert status["tables"][0]["quota"] is None
    assert set(status["nodes"][0]["routes"][" vtb-nope"].values()) == {"skipped", "none", None}


@given(st.sampled_from(['":""', ':""', '"hint":""', '"was": ""', ":", '\\":""']) | st.text())
def test_text_is_itself_or_null_where_it_is_empty(text: str) -> None:
    gap = Gap(f"entries/{text}", "x", text)
    document = replace(HEALTHY, cluster=Cluster(context=text), gaps=(gap,), notices=(text,))
    for read in (json.loads(documents.json(document)), yaml.safe_load(documents.yaml(document))):
        assert read["cluster"]["context"] == (text or None)
        assert read["gaps"] == [{"part": f"entries/{text}", "reason": "x", "hint": text}]
        assert read["notices"] == [text]


def test_an_empty_list_of_tables_is_not_taken_for_none() -> None:
    deeds = (
        HistoryEntry("t", "enabled", "me", "", None),
        HistoryEntry("t", "disabled", "me", None, ""),
    )
    shown = json.loads(plan.history_document(deeds, TARGET))["deeds"]
    assert [(deed["was"], deed["now"]) for deed in shown] == [("", None), (None, "")]


def test_version_names_the_libraries_and_which_are_absent() -> None:
    document = documents.Version("0.1.0", "3.12.1", {"kubernetes": "36.0", "x": None})
    assert json.loads(documents.json(document)) == {
        "apiVersion": "kubectl-routes/v1",
        "kind": "Version",
        "version": "0.1.0",
        "python": "3.12.1",
        "libraries": {"kubernetes": "36.0", "x": None},
    }


@pytest.mark.parametrize("char", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2028", "\u200b", "\ufeff"])
def test_no_character_that_a_terminal_could_obey_reaches_a_document(char: str) -> None:
    name = f"节点{char}x"
    document = replace(HEALTHY, nodes=(replace(HEALTHY.nodes[0], name=name),))
    for text in (documents.json(document), documents.yaml(document)):
        assert char not in text
        assert "节点" in text
        assert yaml.safe_load(text)["nodes"][0]["name"] == name


@pytest.mark.parametrize(("fail_on", "failing"), [(ERROR, 1), (WARNING, 2), (INFO, 3), (None, 0)])
def test_a_check_fails_in_junit_from_the_given_severity_on(
    fail_on: Severity | None, failing: int
) -> None:
    suite = Xml.fromstring(junit(DIAGNOSIS, fail_on))
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
    quiet = replace(DIAGNOSIS, least=ERROR)
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
    finding = replace(DIAGNOSIS.findings[0], objects=())
    named = replace(finding, objects=(ObjectRef("RouteEntry", "vtb-a 10.0.0.0/8 ü"),))
    shown = replace(DIAGNOSIS, findings=(finding, named), suppressed=())
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
