"""The answers for programs: JSON, YAML, SARIF and JUnit."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given, strategies as st
from msgspec.structs import replace

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.finding import Severity
from kubectl_routes.model.snapshot import Cluster, Gap
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.render import changes, documents, plan
from kubectl_routes.render.diagnosis_document import diagnosis_document
from kubectl_routes.render.junit import junit
from kubectl_routes.render.sarif import sarif
from tests.render.diagnoses import EVERYTHING as DIAGNOSIS
from tests.render.examples import BLOCKED, HEALTHY, MATRICES
from tests.render.plans import CHECKS, DEEDS, HIDES, MASK, PLANS, TARGET
from tests.render.traces import TRACES

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
