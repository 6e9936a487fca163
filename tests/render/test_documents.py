from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, strategies as st

from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.snapshot import Cluster, Gap
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.render import documents
from kubectl_routes.render.plan import history_document
from kubectl_routes.render.yaml import yaml as as_yaml
from tests.render.examples import BLOCKED, EVERYTHING, HEALTHY, NOTHING

MATRICES = {
    "everything": EVERYTHING,
    "healthy": HEALTHY,
    "blocked": BLOCKED,
    "nothing": NOTHING,
}
DOCUMENTS: dict[str, Callable[[Matrix], documents.Document]] = {
    "status": lambda matrix: matrix,
    "tables": documents.route_tables,
}


@pytest.mark.parametrize(
    ("kind", "matrix"),
    [("status", "everything"), ("status", "blocked"), ("tables", "everything")],
)
def test_json_is_as_the_golden_file_shows(
    golden: Callable[[str, str], None], matrix: str, kind: str
) -> None:
    golden(f"{kind}-{matrix}.json", documents.json(DOCUMENTS[kind](MATRICES[matrix])))


def test_yaml_is_as_the_golden_file_shows(golden: Callable[[str, str], None]) -> None:
    golden("status-blocked.yaml", documents.yaml(BLOCKED))


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_yaml_says_the_same_as_json_in_the_same_order(matrix: str, kind: str) -> None:
    document = DOCUMENTS[kind](MATRICES[matrix])
    read = json.loads(documents.json(document))
    assert json.dumps(yaml.safe_load(documents.yaml(document))) == json.dumps(read)


def keys(value: Any) -> list[str]:
    return list(value)


def test_the_keys_of_status_are_the_published_ones_in_their_order() -> None:
    status = json.loads(documents.json(EVERYTHING))
    states = ["ok", "pending", "missing", "conflict", "shadowed", "skipped", "unknown"]
    assert keys(status) == [
        "apiVersion",
        "kind",
        "cluster",
        "controller",
        "mode",
        "tables",
        "nodes",
        "summary",
        "gaps",
        "tool",
        "time",
        "verdict",
        "notices",
    ]
    assert (status["apiVersion"], status["kind"]) == ("kubectl-routes/v1", "RouteStatus")
    assert keys(status["cluster"]) == [
        "context",
        "server",
        "serverVersion",
        "region",
        "vpcId",
        "clusterCidr",
        "clusterId",
        "cni",
        "serviceCidr",
        "networkCidr",
        "vpcEvidence",
        "flannelBackend",
        "cniMode",
    ]
    assert keys(status["controller"]) == [
        "kind",
        "version",
        "image",
        "desired",
        "ready",
        "cloudConfig",
        "periodSeconds",
    ]
    table = status["tables"][0]
    assert keys(table) == [
        "id",
        "name",
        "type",
        "managed",
        "vSwitches",
        "nodesBehind",
        "custom",
        "quota",
        "counts",
        "orphans",
        "willDelete",
        "foreign",
        "quotaSource",
        "roomForNodes",
        "associateType",
        "status",
        "exists",
        "usable",
        "auto",
    ]
    assert keys(table["counts"]) == states
    assert table["willDelete"] == [{"cidr": "10.240.1.16/28", "nextHop": "i-bp1byhand"}]
    node = status["nodes"][0]
    assert keys(node) == [
        "name",
        "instanceId",
        "podCIDR",
        "vSwitch",
        "table",
        "skipped",
        "routes",
        "exempt",
    ]
    assert keys(node["routes"]["vtb-bp1system000000007k1t7"]) == [
        "state",
        "nextHop",
        "entryId",
        "detail",
        "next",
        "when",
        "because",
    ]
    assert keys(status["summary"]) == states
    assert keys(status["gaps"][0]) == ["part", "reason", "hint"]


def test_what_is_absent_or_not_known_is_null() -> None:
    status = json.loads(documents.json(BLOCKED))
    assert status["cluster"]["region"] is None
    assert status["nodes"][0]["podCIDR"] is None
    assert status["tables"][0]["quota"] is None
    assert set(status["nodes"][0]["routes"][" vtb-nope"].values()) == {"skipped", "none", None}


@given(st.sampled_from(['":""', ':""', '"hint":""', '"was": ""', ":", '\\":""']) | st.text())
def test_text_is_itself_or_null_where_it_is_empty(text: str) -> None:
    gap = Gap(f"entries/{text}", "x", text)
    document = msgspec.structs.replace(
        HEALTHY, cluster=Cluster(context=text), gaps=(gap,), notices=(text,)
    )
    for read in (json.loads(documents.json(document)), yaml.safe_load(documents.yaml(document))):
        assert read["cluster"]["context"] == (text or None)
        assert read["gaps"] == [{"part": f"entries/{text}", "reason": "x", "hint": text}]
        assert read["notices"] == [text]


def test_an_empty_list_of_tables_is_not_taken_for_none() -> None:
    deeds = (
        HistoryEntry("t", "enabled", "me", "", None),
        HistoryEntry("t", "disabled", "me", None, ""),
    )
    shown = json.loads(history_document(deeds))["deeds"]
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
    node = msgspec.structs.replace(HEALTHY.nodes[0], name=name)
    document = msgspec.structs.replace(HEALTHY, nodes=(node,))
    for text in (documents.json(document), documents.yaml(document)):
        assert char not in text
        assert "节点" in text
        assert yaml.safe_load(text)["nodes"][0]["name"] == name


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet=st.characters(codec="utf-8")),
    lambda values: (
        st.lists(values.filter(lambda value: not isinstance(value, list)), max_size=3)
        | st.dictionaries(st.text(alphabet="ab-:#1 ~", max_size=4), values, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(alphabet="ab:1", min_size=1), VALUES, min_size=1, max_size=4))
def test_any_document_survives_yaml(document: dict[str, Any]) -> None:
    assert yaml.safe_load(as_yaml(document)) == document


@pytest.mark.parametrize("word", ["no", "Yes", "on", "null", "True", "1e3", "0x1", "~", "", "a: b"])
def test_words_that_yaml_reads_as_something_else_are_quoted(word: str) -> None:
    assert yaml.safe_load(as_yaml({"value": word})) == {"value": word}
