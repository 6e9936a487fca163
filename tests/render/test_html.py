from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kubectl_routes.cli.report import read_assets
from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.message import Language
from kubectl_routes.render.html.contents import Assets, Contents
from kubectl_routes.render.html.markup import sealed
from kubectl_routes.render.html.matrix import STATIC_ROWS
from kubectl_routes.render.html.picture import BOXES_A_TABLE
from kubectl_routes.render.html.report import report
from kubectl_routes.render.text import plain
from tests.render.diagnoses import TABLE
from tests.render.examples import BLOCKED, EVERYTHING, HEALTHY, NOTHING
from tests.render.reports import (
    CLEAN,
    DIAGNOSIS,
    FULL,
    HOSTILE_TEXTS,
    MALFORMED,
    NAMES,
    WELL,
    contents,
    data_of,
    hostile,
    large,
    parsed,
    text,
)

ASSETS = Assets(read_assets().frame, "p { color: red }", "const here = 1;")
CHINESE_FULL = replace(FULL, diagnosis=replace(DIAGNOSIS, language=Language.CHINESE))
REPORTS = {
    "everything": FULL,
    "chinese": CHINESE_FULL,
    "healthy": WELL,
    "blocked": contents(BLOCKED, CLEAN),
    "nothing": contents(NOTHING, replace(CLEAN, gaps=NOTHING.gaps)),
}
Compare = Callable[[str, str], None]


def page(some: Contents) -> str:
    return report(some, ASSETS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_what_the_golden_file_holds(golden: Compare, name: str) -> None:
    golden(f"report-{name}.html", page(REPORTS[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_is_whole_and_asks_nobody_for_anything(name: str) -> None:
    tree = parsed(report(REPORTS[name], read_assets()))
    links = [one.get(key, "") for one in tree.iter() for key in ("href", "src") if one.get(key)]
    pages = {one.get("href") for one in tree.findall(".//h3/a[@rel='noreferrer']")}
    assert {link for link in links if not link.startswith("#")} - pages == {"data:,"}
    ids = [one.get("id") for one in tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert [link for link in links if link.startswith("#") and link[1:] not in ids] == []
    assert "url(" not in read_assets().style
    assert "@import" not in read_assets().style


def test_the_policy_allows_this_script_and_this_style_and_nothing_else() -> None:
    assets = read_assets()
    tree = parsed(report(FULL, assets))
    policy = tree.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None

    def named(inline: str) -> str:
        digest = hashlib.sha256(inline.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    assert policy.get("content") == (
        f"default-src 'none'; script-src {named(assets.script)}; style-src {named(assets.style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    scripts = [(one.get("type"), one.text) for one in tree.iter("script")]
    assert scripts[1:] == [("module", assets.script)]
    assert [one.text for one in tree.iter("style")] == [assets.style]
    attributes = {name for one in tree.iter() for name in one.keys()}  # noqa: SIM118
    assert not {name for name in attributes if name.startswith("on") or name == "style"}


def test_what_others_wrote_is_text_and_nothing_else() -> None:
    written = report(hostile(), read_assets())
    tree = parsed(written)
    assert len(list(tree.iter("script"))) == 2
    assert list(tree.iter("img")) == []
    found = [one.tag for one in tree.iter()]
    assert set(found) == {one.tag for one in parsed(page(FULL)).iter()} - {"small"}
    shown = text(tree.find(".//main"))
    for one in HOSTILE_TEXTS:
        assert plain(one) in shown
    assert [row[0] for row in data_of(written)["nodes"]][:4] == list(map(plain, HOSTILE_TEXTS))
    assert (
        re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", written)
        == []
    )
    written.encode()  # no lone surrogate


def test_a_finding_stands_there_with_proof_and_commands() -> None:
    card = parsed(page(FULL)).find(".//article")
    assert text(card) == (
        "✗ error RT103 routeTableIDs is malformed"
        " ' vtb-b' is not the id of a route table."
        " Impact: causes 38 missing routes, 1 conflicting route:"
        " pods on 1 node cannot be reached from any other node"
        " Affects: ConfigMap kube-system/cloud-config"
        " Fix: Rewrite the list."
        f" kubectl routes enable --tables vtb-a,{TABLE}Copy"
        " Or: kubectl routes repair RT103Copy"
        " Evidence: routeTableIDs is 'vtb-a, vtb-b' Event SyncRouteFailed, 4 times"
        " Also: 9 nodes look fine to Kubernetes. (RT207)"
        " Show the 2 nodes in the matrix"
    )
    assert card is not None
    assert card.find("h3/a").get("href") == MALFORMED.link  # type: ignore[union-attr]


def test_the_banner_says_what_is_wrong_for_whom_and_what_fixes_it() -> None:
    tree = parsed(page(FULL))
    assert text(tree.find(".//div[@id='verdict']")) == (
        "✗ routeTableIDs is malformed (RT103), and 1 more error"
        " ' vtb-b' is not the id of a route table."
        " Impact: pods on 3 nodes cannot be reached"
        " Fix: Rewrite the list. kubectl routes enable --tables vtb-a,vtb-bCopy"
        " 1 error, 1 warning, 2 info, 3 checks could not run"
    )
    (link,) = tree.findall(".//div[@id='verdict']//a")
    assert (link.text, link.get("href")) == ("RT103", "#finding-0")


def test_the_banner_of_a_finding_that_is_not_shown_has_the_command_at_least() -> None:
    hidden = replace(DIAGNOSIS, findings=DIAGNOSIS.findings[1:2])
    tree = parsed(page(contents(HEALTHY, hidden)))
    found = text(tree.find(".//div[@id='verdict']"))
    assert "Fix: kubectl routes enable --tables vtb-a,vtb-b" in found
    assert tree.findall(".//div[@id='verdict']//a") == []
    assert "Fix:" not in text(parsed(page(WELL)).find(".//div[@id='verdict']"))


def test_pictures_have_a_text_and_signs_stand_beside_words() -> None:
    tree = parsed(page(FULL))
    for picture in tree.iter("svg"):
        assert picture.get("aria-label") or picture.get("aria-hidden") == "true"
    for box in tree.findall(".//svg/g"):
        assert (box.get("role"), box[0].tag) == ("img", "title")
    signs = [one for one in tree.iter("span") if "sign" in one.get("class", "").split()]
    assert signs
    assert {one.get("aria-hidden") for one in signs} == {"true"}


@pytest.mark.parametrize(
    ("diagnosis", "look"),
    [
        (DIAGNOSIS, "verdict error"),
        (replace(DIAGNOSIS, findings=DIAGNOSIS.findings[1:]), "verdict warning"),
        (replace(CLEAN, gaps=EVERYTHING.gaps), "verdict unsure"),
        (replace(CLEAN, results=DIAGNOSIS.results[2:3]), "verdict unsure"),
        (CLEAN, "verdict good"),
    ],
)
def test_the_verdict_looks_like_the_gravest_thing_it_tells(diagnosis: Diagnosis, look: str) -> None:
    found = parsed(page(contents(HEALTHY, diagnosis))).find(".//header/div")
    assert found is not None
    assert found.get("class") == look


def test_cells_that_look_alike_are_written_once() -> None:
    data = data_of(page(large(500, 8)))
    assert len(data["nodes"]) == 500
    assert len(data["looks"]) < 10
    assert data["tables"][0] == {"id": EVERYTHING.tables[0].id, "label": "…7k1t7", "managed": True}


def test_a_route_by_another_way_tells_its_next_hop() -> None:
    data = data_of(page(FULL))
    name, *_, cells = data["nodes"][0]
    # The literal row goes to another instance than its own.
    assert name == NAMES[0]
    assert data["looks"][cells[0]] == [5, "ok", "", "", "i-bp1a", "rte-bp1a", ""]
    own = replace(EVERYTHING.nodes[0], instance_id="i-bp1a")
    plainly = data_of(page(contents(replace(EVERYTHING, nodes=(own,)), CLEAN)))
    assert plainly["looks"][plainly["nodes"][0][-1][0]] == [5, "ok", "", "", "", "", ""]


def test_without_a_script_the_first_rows_can_be_read() -> None:
    tree = parsed(page(large(STATIC_ROWS + 20, 2)))
    assert len(tree.findall(".//tbody[1]/tr/th")) == STATIC_ROWS
    assert "only the first 100 of 120 nodes are shown" in text(tree.find(".//noscript"))
    assert parsed(page(FULL)).find(".//noscript") is None


@pytest.mark.parametrize(("tables", "look"), [(3, "words"), (4, "short"), (5, "signs")])
def test_the_more_tables_there_are_the_less_a_cell_says(tables: int, look: str) -> None:
    section = parsed(page(large(10, tables))).find(".//section[@id='matrix']")
    assert section is not None
    assert section.get("class") == look
    row = section.findall(".//tbody/tr")[0]
    assert text(row[3]) == ("✗ missing → create 5m" if look == "words" else "✗ missing 5m")


def test_vswitches_beyond_those_with_most_nodes_share_a_box() -> None:
    many = tuple(f"vsw-{n:02}" for n in range(BOXES_A_TABLE + 5))
    table = replace(HEALTHY.tables[0], v_switches=many)
    rows = tuple(replace(row, v_switch="vsw-03") for row in HEALTHY.nodes)
    matrix = replace(HEALTHY, tables=(table,), nodes=rows)
    tree = parsed(page(contents(matrix, CLEAN)))
    titles = [text(one) for one in tree.findall(".//section[@id='picture']//g/title")]
    assert len(titles) == BOXES_A_TABLE + 1
    assert (titles[0], titles[-2]) == ("vsw-03: 2 nodes", "6 more vSwitches: 0 nodes")


def test_a_finding_about_one_node_and_a_table_that_may_be_managed() -> None:
    unsure = replace(HEALTHY.tables[0], managed=None)
    finding = replace(MALFORMED, nodes=(HEALTHY.nodes[0].name,))
    diagnosis = replace(DIAGNOSIS, findings=(finding,))
    matrix = replace(HEALTHY, tables=(unsure,))
    tree = parsed(page(contents(matrix, diagnosis)))
    assert text(tree.find(".//article/button")) == "Show the node in the matrix"
    head = tree.find(".//table[@id='grid']//th[@title]")
    assert head is not None
    assert head.get("title") == f"{unsure.id} (?)"


def test_a_style_that_would_end_its_element_is_refused() -> None:
    with pytest.raises(ValueError, match="text of <style> would end it"):
        sealed("style", "</style>")
