"""``diff`` as text and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kubectl_routes.model.diff import (
    Change,
    ChangeType,
    DiffPart,
    DiffResult,
    DiffSide,
    NotCompared,
    RouteDiff,
    Side,
)
from kubectl_routes.model.matrix import HealthVerdict
from kubectl_routes.model.message import Language
from kubectl_routes.model.snapshot import Cluster
from kubectl_routes.render.diff import diff_page, escaped, markdown
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import columns

A, R, C = ChangeType.ADDED, ChangeType.REMOVED, ChangeType.CHANGED
OLD = DiffSide(
    "old.json",
    "kubectl-routes 0.1.0",
    "2026-11-23T08:00:00Z",
    Cluster(context="prod", server="https://a", cluster_id="c1", vpc_id="vpc-1"),
    HealthVerdict(True, "all routes are in place"),
)
NEW = DiffSide(
    "",
    "kubectl-routes 0.2.0",
    "2026-11-23T09:00:00Z",
    Cluster(context="prod|x", server="https://b", cluster_id="c2", vpc_id="vpc-2"),
    HealthVerdict(False, "routes are missing"),
)
CHANGES = (
    *(Change(DiffPart.ROUTES, C, "Node", f"n{n}", "vtb-a", "ok", "missing") for n in range(300)),
    Change(DiffPart.ROUTES, A, "Node", "n999", "vtb-a", "", "missing"),
    Change(DiffPart.FINDINGS, A, "Cluster", "", "RT101", "", "error"),
    Change(DiffPart.FINDINGS, R, "Node", "n1\x1b[31m", "RT301", "warning", ""),
    Change(DiffPart.FINDINGS, C, "ConfigMap", "kube-system/x", "RT103", "info", "error"),
    Change(DiffPart.CONTROLLER, C, "Controller", "", "--a", "", "1|2"),
    Change(DiffPart.CONTROLLER, C, "Controller", "", "--b", "1", ""),
    Change(DiffPart.CONTROLLER, A, "Pod", "ccm-2", after="n2"),
    Change(DiffPart.TABLES, C, "RouteTable", "vtb-a", "quota", "200", "400"),
    Change(DiffPart.NODES, R, "Node", "n7", "", "172.16.7.0/24"),
    Change(DiffPart.NODES, C, "Node", "n8", "table", "vtb-a", "vtb-b"),
    Change(DiffPart.NODES, C, "Node", "n9", "table", "vtb-a", "vtb-b"),
    *(
        Change(DiffPart.ENTRIES, C, "RouteEntry", f"10.0.{n}.0/24", "vtb-a", f"i-{n}", f"j-{n}")
        for n in range(6)
    ),
    Change(DiffPart.ENTRIES, R, "RouteEntry", "10.1.0.0/24", "vtb-b", "i-1 (Custom)"),
    Change(DiffPart.CLUSTER, C, "Cluster", "", "region", "cn-a", "cn-b"),
)
LACKING = (
    NotCompared("entries/vtb-c", Side.NEW, "403 Forbidden", True),
    NotCompared("quota", Side.BOTH, "", False),
    NotCompared("controller-flags", Side.OLD, "a", False),
    NotCompared("check/RT112", Side.BOTH, "controller", False),
    NotCompared("check/RT115", Side.BOTH, "controller", False),
)
COUNTS = {part: sum(one.part is part for one in CHANGES) for part in DiffPart}
EVERYTHING = RouteDiff(
    OLD, NEW, DiffResult.DIFFERENT, ("clusterId", "server", "vpcId"), CHANGES, LACKING, COUNTS
)
NOTHING = RouteDiff(
    OLD, replace(OLD, verdict=None), DiffResult.SAME, (), (), (), dict.fromkeys(DiffPart, 0)
)


@pytest.mark.parametrize("language", Language)
def test_the_page_is_laid_out_as_the_golden_file_shows(
    golden: Callable[[str, str], None], language: Language
) -> None:
    text = diff_page(EVERYTHING, Page(100, language=language))
    golden(f"diff-{language.value}.txt", text)
    assert max(map(columns, text.splitlines())) <= 100


@pytest.mark.parametrize("language", Language)
def test_markdown_is_as_the_golden_file_shows(
    golden: Callable[[str, str], None], language: Language
) -> None:
    golden(f"diff-{language.value}.md", markdown(EVERYTHING, Page(60, language=language)))


@pytest.mark.parametrize("change", [diff_page, markdown])
def test_the_same_and_what_could_not_be_compared_are_told_apart(
    change: Callable[[RouteDiff, Page], str],
) -> None:
    said = change(NOTHING, Page())
    assert "✓ no differences\n" in said.replace("**", "")
    part = replace(NOTHING, not_compared=LACKING[:1], result=DiffResult.UNKNOWN)
    said = change(part, Page())
    assert "? no differences in what was read on both sides" in said
    moved = replace(EVERYTHING, mismatches=("vpcId",))
    assert "different clusters" not in change(moved, Page())


def test_a_page_is_painted_and_may_be_ascii() -> None:
    said = diff_page(EVERYTHING, Page(80, colour=True, unicode=False))
    assert said.startswith("\x1b[33m! the snapshots are of different clusters")
    assert "\x1b[31mx different: 301 routes, 3 findings, 3 changes in CCM" in said
    assert "ok -> missing" in said
    assert diff_page(NOTHING, Page(colour=True)).startswith("\x1b[32m✓")


def test_what_others_wrote_is_no_markup_in_a_ticket() -> None:
    hostile = "a|b\n# c\x07 [x](http://e) *y* `z` <img> \\"
    change = Change(DiffPart.NODES, A, "Node", hostile, after=hostile)
    text = markdown(replace(EVERYTHING, changes=(change,)), Page())
    row = next(line for line in text.splitlines() if "img" in line)
    assert len(re.split(r"(?<!\\)\|", row)) == 6
    assert "\x07" not in text
    assert "\n# c" not in text
    assert escaped(hostile) == (r"a\|b\\n\# c\\x07 \[x\](http://e) \*y\* \`z\` \<img\> \\")
