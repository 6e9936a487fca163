"""Literal contents of HTML reports that tests share, and a reader for the pages made of them."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as Xml

from msgspec.structs import replace

from kubectl_routes.model.finding import Diagnosis, ObjectRef, Outcome
from kubectl_routes.model.matrix import HealthVerdict, Matrix, NodeRow, State
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.model.vpc import VSwitch
from kubectl_routes.render.html.contents import Contents
from tests.render import diagnoses
from tests.render.examples import CLUSTER, EVERYTHING, HEALTHY, PROD, SYSTEM, cell

NAMES = tuple(row.name for row in EVERYTHING.nodes)
MALFORMED = replace(
    diagnoses.BLANK,
    evidence=("routeTableIDs is 'vtb-a, vtb-b'", "Event SyncRouteFailed, 4 times"),
    cause="' vtb-b' is not the id of a route table.",
    nodes=(NAMES[3], NAMES[4], "node-that-is-not-shown"),
    repair="kubectl routes repair RT103",
)
DIAGNOSIS = replace(
    diagnoses.EVERYTHING,
    findings=(MALFORMED, diagnoses.ORPHANS, diagnoses.SYMPTOM, diagnoses.OUT_OF_SIGHT),
    results=(*diagnoses.RESULTS, diagnoses.result("RT206", Outcome.FOUND)),
    gaps=EVERYTHING.gaps,
    verdict=HealthVerdict(
        healthy=False,
        text="routeTableIDs is malformed (RT103), and 1 more error",
        impact="pods on 3 nodes cannot be reached",
        fix="kubectl routes enable --tables vtb-a,vtb-b",
        code="RT103",
    ),
)
CLEAN = replace(
    diagnoses.CLEAN,
    verdict=HealthVerdict(True, "all routes are in place: 2 nodes, 2 route tables"),
)
SWITCHES = (
    VSwitch("vsw-bp10", "192.168.0.0/24", "cn-hangzhou-h", SYSTEM),
    VSwitch("vsw-bp11", "192.168.1.0/24", "cn-hangzhou-i", PROD),
)


def contents(matrix: Matrix, diagnosis: Diagnosis, no_rows: str = "No node.") -> Contents:
    """A report on literal answers."""
    time, tool = "2026-11-24T12:00:00Z", "kubectl-routes 0.1.0"
    return Contents(matrix, diagnosis, SWITCHES, time, tool, no_rows)


FULL = contents(EVERYTHING, DIAGNOSIS)
WELL = contents(HEALTHY, CLEAN)

# Names and texts of an attacker who wants the report to do something.
SCRIPT = "</script><script>document.title='owned'</script>"
IMAGE = "\"'><img src=x onerror=\"document.title='owned'\">"
TURNED = "safe\u202egnp.exe\u2066"
LINES = "one\u2028two\x00\x1b[31m\ud800"
HOSTILE_TEXTS = (SCRIPT, IMAGE, TURNED, LINES)


def hostile() -> Contents:
    """Every text that others write is hostile."""
    every = " ".join(HOSTILE_TEXTS)
    finding = replace(
        MALFORMED,
        title=every,
        objects=(ObjectRef("Node", every),),
        evidence=HOSTILE_TEXTS,
        cause=every,
        remedy=every,
        commands=HOSTILE_TEXTS,
        nodes=HOSTILE_TEXTS,
        repair="",
    )
    row = HEALTHY.nodes[0]
    told = replace(cell("taken"), detail=every, next_hop=every, entry_id=every)
    rows = tuple(
        NodeRow(text, text, text, text, SYSTEM, text, {SYSTEM: told}) for text in HOSTILE_TEXTS
    )
    table = replace(HEALTHY.tables[0], name=every, v_switches=HOSTILE_TEXTS)
    gap = Gap(every, every, every)
    matrix = replace(
        HEALTHY,
        cluster=replace(CLUSTER, context=every, server=every),
        tables=(table,),
        nodes=(*rows, row),
        notices=(every,),
        gaps=(gap,),
    )
    diagnosis = replace(DIAGNOSIS, findings=(finding,), gaps=(gap,))
    return contents(matrix, diagnosis)


def large(nodes: int, tables: int) -> Contents:
    """A report of that size, with some of every trouble."""
    ids = [SYSTEM, *(f"vtb-bp1custom{n:014}" for n in range(1, tables))]
    columns = tuple(
        replace(
            EVERYTHING.tables[0],
            id=one,
            name="" if one == SYSTEM else f"workers-{place}",
            v_switches=(f"vsw-bp1{place:018}",),
            nodes_behind=nodes // tables,
            counts={State.OK: nodes},
        )
        for place, one in enumerate(ids)
    )
    looks = ("later", "never", "taken", "unknown", "skipped")
    rows = tuple(
        NodeRow(
            name=f"cn-hangzhou.10.0.{n // 250}.{n % 250}",
            instance_id=f"i-bp1{n:017}",
            pod_cidr=f"10.{n // 250}.{n % 250}.0/24",
            v_switch=f"vsw-bp1{n % tables:018}",
            table=ids[n % tables],
            skipped=None,
            routes={
                one: cell("ok" if (n + place) % 50 > 4 else looks[(n + place) % 50])
                for place, one in enumerate(ids)
            },
        )
        for n in range(nodes)
    )
    matrix = replace(EVERYTHING, tables=columns, nodes=rows)
    return contents(matrix, DIAGNOSIS)


class _Reader(HTMLParser):
    """HTML as a tree; void elements have no end."""

    VOID = frozenset({"col", "input", "link", "meta"})

    def __init__(self) -> None:
        super().__init__()
        self._builder = Xml.TreeBuilder()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in self.VOID:
            self._builder.end(tag)

    def handle_endtag(self, tag: str) -> None:
        self._builder.end(tag)

    def handle_data(self, data: str) -> None:
        self._builder.data(data)

    def tree(self) -> Xml.Element:
        return self._builder.close()


def parsed(page: str) -> Xml.Element:
    """The tree of a page, as a browser would read it."""
    assert page.startswith("<!DOCTYPE html>\n")
    reader = _Reader()
    reader.feed(page.removeprefix("<!DOCTYPE html>\n").rstrip("\n"))
    return reader.tree()


def text(element: Xml.Element | None) -> str:
    """All text of an element, white space folded."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def data_of(page: str) -> dict[str, Any]:
    """What the script of a page works on."""
    found = parsed(page).find(".//script[@id='data']")
    assert found is not None
    value: dict[str, Any] = json.loads(found.text or "")
    return value
