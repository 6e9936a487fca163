"""``-o html`` of ``status`` and ``diagnose``: what is on the page, and the exit code with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_routes.model.controller import ControllerPod
from kubectl_routes.model.snapshot import Snapshot
from tests.analyze.cluster import controller, listing, snapshot
from tests.cli.asking import replay
from tests.cli.test_status import BROKEN, GAPPED, HEALTHY, NO_NODES, NODES_UNREAD
from tests.render.reports import data_of, parsed, text

# The list has a space behind its comma, and n3 has no route in vtb-b.
BLANK = snapshot(controller("v2.14.0", listing("vtb-a, vtb-b")), entries=BROKEN.entries)


def shown(page: str) -> list[str]:
    """The names of the nodes on a page."""
    return [row[0] for row in data_of(page)["nodes"]]


def verdict(page: str) -> str:
    return text(parsed(page).find(".//div[@id='verdict']"))


@pytest.mark.parametrize("command", ["status", "diagnose"])
def test_both_commands_write_both_answers(tmp_path: Path, command: str) -> None:
    _, page, stderr = replay(tmp_path, BLANK, command, "-o", "html")
    assert "error" not in stderr
    assert verdict(page).startswith("✗ routeTableIDs is malformed (RT103)")
    assert text(parsed(page).find(".//article/h3//code")) == "RT103"
    found = data_of(page)["findings"][0]
    assert (found["code"], shown(page).index("n3") in found["nodes"]) == ("RT103", True)


def test_a_route_that_will_come_is_not_well_yet(tmp_path: Path) -> None:
    pod = ControllerPod("ccm-1", phase="Running", ready=True, started="2026-11-23T07:59:30Z")
    ccm = controller("v2.14.0", listing("vtb-a,vtb-b"), pods=(pod,), desired=1, updated=1, ready=1)
    young = snapshot(ccm, entries=BROKEN.entries)
    page = replay(tmp_path, young, "diagnose", "-o", "html").stdout
    assert verdict(page).startswith("! ")


def test_what_could_not_be_read_is_unknown_on_the_page(tmp_path: Path) -> None:
    code, page, stderr = replay(tmp_path, GAPPED, "diagnose", "-o", "html")
    assert (code, stderr) == (3, "error: incomplete result: could not read entries/vtb-b\n")
    data = data_of(page)
    states = {data["looks"][row[-1][1]][1] for row in data["nodes"]}
    assert states == {"unknown"}
    assert "Forbidden.RAM" in text(parsed(page).find(".//section[@id='gaps']"))


@pytest.mark.parametrize("command", ["status", "diagnose"])
def test_only_the_nodes_that_were_named_are_on_the_page(tmp_path: Path, command: str) -> None:
    page = replay(tmp_path, BROKEN, command, "n1", "n3", "-o", "html").stdout
    assert shown(page) == ["n3", "n1"]
    page = replay(tmp_path, BROKEN, command, "n1", "-o", "html").stdout
    assert (shown(page), parsed(page).findall(".//article")) == (["n1"], [])


def test_a_page_of_problems_alone_keeps_the_counts_of_all(tmp_path: Path) -> None:
    page = replay(tmp_path, BROKEN, "status", "--problems", "-o", "html").stdout
    assert shown(page) == ["n3"]
    assert "1 missing, 11 ok" in text(parsed(page).find(".//header/dl"))
    page = replay(tmp_path, HEALTHY, "status", "--problems", "-o", "html").stdout
    assert text(parsed(page).find(".//section[@id='matrix']/p")) == "No node has a problem."


@pytest.mark.parametrize("command", ["status", "diagnose"])
@pytest.mark.parametrize(
    ("taken", "sentence"),
    [(NO_NODES, "The cluster has no nodes."), (NODES_UNREAD, "The nodes could not be read.")],
)
def test_a_page_without_rows_says_why(
    tmp_path: Path, command: str, taken: Snapshot, sentence: str
) -> None:
    page = replay(tmp_path, taken, command, "-o", "html").stdout
    assert text(parsed(page).find(".//section[@id='matrix']/p")) == sentence


def test_findings_below_the_severity_asked_for_are_left_out_of_the_page(tmp_path: Path) -> None:
    page = replay(tmp_path, BROKEN, "diagnose", "--min-severity", "error", "-o", "html").stdout
    assert parsed(page).findall(".//article") == []
    checks = text(parsed(page).find(".//section[@id='checks']"))
    assert "found, below what is shown" in checks


def test_the_language_of_the_findings_is_that_of_the_page(tmp_path: Path) -> None:
    page = replay(tmp_path, BROKEN, "diagnose", "--lang", "zh", "-o", "html").stdout
    assert parsed(page).get("lang") == "zh-CN"
