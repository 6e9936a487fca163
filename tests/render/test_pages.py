"""Every page of text: how it is laid out, and what colour, ASCII and a narrow screen change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace

from kubectl_routes.model.clusters import ClusterAnswer, Health
from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.message import Language
from kubectl_routes.render.clusters import clusters_page
from kubectl_routes.render.diff import diff_page
from kubectl_routes.render.findings import diagnosis_page, short_page
from kubectl_routes.render.page import Page
from kubectl_routes.render.path import trace_page
from kubectl_routes.render.plan import history_page, plan_page
from kubectl_routes.render.routetables import tables_page
from kubectl_routes.render.table import status_page
from kubectl_routes.render.text import columns
from tests.render import diffs
from tests.render.diagnoses import DIAGNOSES
from tests.render.examples import MATRICES
from tests.render.plans import CHECKS, DEEDS, MASK, PLANS, TARGET
from tests.render.traces import BROKEN, TRACES

Show = Callable[[Page], str]


def status(matrix: Matrix, page: Page) -> str:
    return status_page(matrix, page, "No node.")


def in_its_language(
    show: Callable[[Diagnosis, Page], str], diagnosis: Diagnosis, page: Page
) -> str:
    return show(diagnosis, replace(page, language=diagnosis.language))


def plan(name: str, page: Page) -> str:
    return plan_page(PLANS[name], CHECKS, MASK, page, TARGET)


def clusters(page: Page) -> str:
    broken = ClusterAnswer("a", Health.UNHEALTHY, (1,), ("9", "8/9"), "1 route is missing", 1)
    return clusters_page([broken], Counter({Health.UNHEALTHY: 1}), ("NODES", "ROUTES"), "", page)


# These stay within the screen; the rows of tables and the difference of a plan stay whole.
PROSE: dict[str, Show] = {
    **{f"status-{name}": partial(status, matrix) for name, matrix in MATRICES.items()},
    **{
        f"diagnose-{name}": partial(in_its_language, diagnosis_page, diagnosis)
        for name, diagnosis in DIAGNOSES.items()
    },
    **{f"trace-{name}": partial(trace_page, trace) for name, trace in TRACES.items()},
    "diff": partial(diff_page, diffs.EVERYTHING),
    "diff-nothing": partial(diff_page, diffs.NOTHING),
    "clusters": clusters,
}
SHOWS: dict[str, Show] = {
    **PROSE,
    **{f"tables-{name}": partial(tables_page, matrix) for name, matrix in MATRICES.items()},
    **{
        f"short-{name}": partial(in_its_language, short_page, diagnosis)
        for name, diagnosis in DIAGNOSES.items()
    },
    **{f"plan-{name}": partial(plan, name) for name in PLANS},
    "history": lambda page: history_page(DEEDS, page, TARGET),
}
PAGES = {
    "50": Page(50),
    "60": Page(60),
    "80": Page(80),
    "160": Page(160),
    "80-colour": Page(80, colour=True),
    "120-colour": Page(120, colour=True),
    "160-colour": Page(160, colour=True),
    "wide": Page(160, wide=True),
    "no-headers": Page(120, headers=False),
    "en": Page(100),
    "zh": Page(100, language=Language.CHINESE),
}
# What differs: how much fits, with every state; and what stands there, in colour.
LAYOUTS = {
    "status-everything": "80 160-colour wide no-headers",
    "status-healthy": "80-colour",
    "status-blocked": "80-colour",
    "status-nothing": "80-colour",
    "tables-everything": "80 160-colour wide no-headers",
    "tables-healthy": "80-colour",
    "tables-blocked": "80-colour",
    "tables-nothing": "80-colour",
    "diagnose-everything": "60 80-colour wide",
    "diagnose-chinese": "60 wide",
    "diagnose-note": "80-colour",
    "diagnose-clean": "80-colour wide",
    "trace-broken": "80-colour 160",
    "trace-same-node": "80-colour",
    "trace-hostile": "80-colour",
    "trace-outside": "80-colour",
    "plan-fresh": "50 120-colour",
    "plan-credentials": "120-colour",
    "plan-back": "120-colour",
    "history": "120-colour",
    "diff": "en zh",
}
SIGNS = str.maketrans({"✓": "+", "✗": "x", "→": "->", "…": ".."})


@pytest.mark.parametrize(
    ("name", "page"), [(name, page) for name, pages in LAYOUTS.items() for page in pages.split()]
)
def test_a_page_is_laid_out_as_the_golden_file_shows(
    golden: Callable[[str, str], None], name: str, page: str
) -> None:
    golden(f"{name}-{page}.txt", SHOWS[name](PAGES[page]))


@pytest.mark.parametrize("page", [Page(80), Page(160), Page(160, wide=True)])
@pytest.mark.parametrize("show", SHOWS.values(), ids=SHOWS)
def test_colour_and_ascii_change_no_word_and_no_name_can_do_anything(
    show: Show, page: Page
) -> None:
    text = show(page)
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert re.sub(r"\x1b\[[0-9]+m", "", show(replace(page, colour=True))) == text
    # The signs of ASCII may be wider, so that lines may be broken and padded elsewhere.
    assert show(replace(page, unicode=False)).split() == text.translate(SIGNS).split()


@pytest.mark.parametrize(
    "name", [name for name in SHOWS if name.startswith(("status", "tables", "diagnose", "trace"))]
)
def test_a_page_of_a_snapshot_says_when_it_was_taken(name: str) -> None:
    lines = SHOWS[name](Page(taken="2026-11-23T12:00:00Z")).splitlines()
    names = (r"Snapshot: +taken at ", "快照： +采集于 ")
    assert any(re.match(f"({'|'.join(names)})2026-11-23T12:00:00Z$", line) for line in lines)


@pytest.mark.parametrize(
    "name", [name for name in SHOWS if "everything" in name or "-" not in name]
)
def test_an_ascii_stream_gets_ascii(name: str) -> None:
    assert SHOWS[name](Page(80, unicode=False)).isascii()


@pytest.mark.parametrize(
    ("name", "width"),
    [
        (name, width)
        for name in PROSE
        for width in ((80,) if name.startswith(("status", "trace")) else (60, 80, 120))
    ],
)
def test_nothing_but_what_is_to_be_copied_is_wider_than_the_screen(name: str, width: int) -> None:
    wide = [line for line in PROSE[name](Page(width)).splitlines() if columns(line) > width]
    # Commands stay whole, and so does an id that is longer than a line.
    assert [line for line in wide if "$ " not in line and len(line.split()) > 2] == []


def test_no_command_is_printed_for_a_node_whose_name_would_be_a_flag() -> None:
    shown = trace_page(BROKEN, Page(80))
    assert f"kubectl routes status {BROKEN.source.node} shows whether" in " ".join(shown.split())
    flag = replace(BROKEN, source=replace(BROKEN.source, node="-o"))
    assert "kubectl routes status" not in trace_page(flag, Page(80))
