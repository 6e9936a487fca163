from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kubectl_routes.model.matrix import Cell, HealthVerdict, Matrix, Mode, State
from kubectl_routes.model.snapshot import PART_TABLES, Gap
from kubectl_routes.render.page import Page
from kubectl_routes.render.routetables import table_block, tables_page
from kubectl_routes.render.table import status_page
from kubectl_routes.render.text import columns
from tests.render.examples import BLOCKED, EVERYTHING, HEALTHY, MATRICES

Show = Callable[[Matrix, Page], str]


def status(matrix: Matrix, page: Page) -> str:
    return status_page(matrix, page, "No node.")


@pytest.mark.parametrize("show", [status, tables_page])
@pytest.mark.parametrize("matrix", MATRICES)
def test_a_script_gets_the_rows_of_the_page_and_nothing_else(matrix: str, show: Show) -> None:
    held = MATRICES[matrix]
    rows = [line.split() for line in show(held, Page(160, headers=False)).splitlines()]
    assert len(rows) == len(held.nodes if show is status else held.tables)
    whole = [line.split() for line in show(held, Page(160)).splitlines()]
    assert [line for line in whole if line in rows] == rows


@pytest.mark.parametrize(("nodes", "shown"), [(0, False), (None, True), (1, True)])
def test_a_table_that_no_node_uses_and_ccm_does_not_write_gets_no_column(
    nodes: int | None, shown: bool
) -> None:
    *others, spare = EVERYTHING.tables
    matrix = replace(EVERYTHING, tables=(*others, replace(spare, nodes_behind=nodes)))
    text = status(matrix, Page(160))
    left_out = "1 table left out: not managed, used by no node; -o wide shows them"
    assert ("(spare)" in text, left_out in text) == (shown, not shown)
    assert "(spare)" not in status(matrix, Page(160, wide=True))


_UNMANAGED = replace(HEALTHY, tables=(replace(HEALTHY.tables[0], managed=False),), mode=Mode.OFF)
_WITHOUT = replace(_UNMANAGED, tables=(), nodes=())
_HOLE = replace(EVERYTHING.tables[1], managed=False, nodes_behind=2)


@pytest.mark.parametrize(
    ("matrix", "line"),
    [
        (_UNMANAGED, "Mode:       off: CCM creates no routes"),
        (_UNMANAGED, "Routes:     2 ok; CCM manages no route table"),
        (
            replace(_UNMANAGED, mode=Mode.UNKNOWN),
            "Routes:     2 ok; which tables CCM manages is unknown",
        ),
        (_WITHOUT, "Routes:     none, no route table found"),
        (
            replace(_WITHOUT, gaps=(Gap(PART_TABLES, "no credentials"),)),
            "Routes:     unknown, no route table could be read",
        ),
        (
            replace(HEALTHY, tables=(HEALTHY.tables[0], _HOLE)),
            f"Routes:     2 ok; not managed, but in use by 2 nodes: {_HOLE.id}",
        ),
        (
            replace(HEALTHY, tables=(HEALTHY.tables[0], replace(_HOLE, counts={State.OK: 5}))),
            "Routes:     2 ok",
        ),
    ],
)
def test_the_header_says_what_is_managed(matrix: Matrix, line: str) -> None:
    assert line in status(matrix, Page(160)).splitlines()


@pytest.mark.parametrize(
    ("counts", "share"),
    [({State.SKIPPED: 2}, "none"), (None, "unknown"), ({State.OK: 3}, "3/3 ok")],
)
def test_a_narrow_page_has_the_share_of_routes_that_are_ok(
    counts: dict[State, int] | None, share: str
) -> None:
    table = replace(HEALTHY.tables[0], counts=counts)
    assert table_block([table], Page(40))[1].endswith(f" {share}")


def test_tables_that_do_not_fit_beside_each_other_stand_below_and_no_name_is_cut() -> None:
    text = status(EVERYTHING, Page(64))
    first, second = text.split("\n\n")[2:4]
    assert first.splitlines()[0] == "NODE                      …7k1t7       prod        stage"
    assert second.splitlines()[0] == "NODE                      (spare)"
    rows = len(EVERYTHING.nodes)
    assert len(first.splitlines()) == rows + 1
    assert second.splitlines()[rows + 1] == "* the table of the node's vSwitch"
    narrow = [line for line in status(EVERYTHING, Page(20)).splitlines() if line]
    heads = [line.split()[1] for line in narrow if line.startswith("NODE  ")]
    assert heads == ["…7k1t7", "prod", "stage", "(spare)"]


def test_a_script_gets_one_line_a_node_however_many_tables_there_are() -> None:
    text = status(EVERYTHING, Page(20, headers=False))
    assert len(text.splitlines()) == len(EVERYTHING.nodes)


def test_a_gateway_table_without_cells_gets_no_column() -> None:
    system = BLOCKED.tables[0]
    node = BLOCKED.nodes[0]
    cells = {system.id: node.routes[system.id]}
    rows = (replace(node, routes=cells),)
    lines = status(replace(BLOCKED, nodes=rows), Page(80))
    assert "NODE              PODCIDR  TABLE  (…7k1t7)\n" in lines


def test_rows_without_any_table_are_names_alone() -> None:
    rows = tuple(replace(row, routes={}) for row in HEALTHY.nodes)
    matrix = replace(HEALTHY, nodes=rows, tables=())
    text = status(matrix, Page(80, headers=False))
    assert text == "节点-1    10.240.1.0/26  ?\nworker-2  10.240.2.0/26  ?\n"


@pytest.mark.parametrize("show", [status, tables_page])
def test_long_names_of_tables_are_cut_to_fit_and_ids_are_not(show: Show) -> None:
    names = ("生产环境的路由表" * 8, "x" * 128, "", "开发")
    named = zip(EVERYTHING.tables, names, strict=True)
    tables = tuple(replace(table, name=name) for table, name in named)
    matrix = replace(EVERYTHING, tables=tables)
    block = show(matrix, Page(92)).split("\n\n")[1].splitlines()[:5]
    assert [line for line in block if columns(line) > 92] == []
    assert [line.split()[0] for line in block[1:]] == [table.id for table in tables]
    assert "生产环境的" in block[1]
    assert "x" * 128 in show(matrix, Page(92, wide=True))


def test_auto_names_the_nodes_that_it_would_choose_without() -> None:
    row = HEALTHY.nodes[0]
    lost = replace(row, name="stray", v_switch="", table="", skipped=None)
    hybrid = replace(lost, name="hybrid", skipped="hybrid node")
    found = replace(row, table=HEALTHY.tables[0].id)
    text = tables_page(replace(HEALTHY, nodes=(found, lost, hybrid)), Page(120))
    assert text.split("\n\n")[-1] == (
        "--tables auto would choose: vtb-bp1system000000007k1t7\n"
        "  without regard to 1 node (stray), whose address is in no vSwitch that has a table here\n"
    )


def test_the_verdict_stands_first_and_again_below_a_long_page() -> None:
    ill = HealthVerdict(
        healthy=False,
        text="several tables (RT101)",
        impact="pods on 2 nodes cannot be reached",
        fix="kubectl routes enable --tables auto",
    )
    told = [
        "✗ several tables (RT101)",
        "  pods on 2 nodes cannot be reached",
        "  Fix:      kubectl routes enable --tables auto",
        "  Details:  kubectl routes diagnose",
    ]
    lines = status(replace(BLOCKED, verdict=ill), Page(160)).splitlines()
    assert (lines[:4], lines[-4:] == told) == (told, False)
    many = tuple(replace(BLOCKED.nodes[0], name=f"n{number}") for number in range(60))
    long = replace(BLOCKED, nodes=many, verdict=ill)
    lines = status(long, Page(160)).splitlines()
    assert (lines[:4], lines[-4:]) == (told, told)
    brief = HealthVerdict(healthy=False, text="unknown")
    lines = status(replace(BLOCKED, verdict=brief), Page(160)).splitlines()
    assert lines[:2] == ["✗ unknown", "  Details:  kubectl routes diagnose"]
    well = HealthVerdict(healthy=True, text="all routes are in place")
    lines = status(replace(HEALTHY, verdict=well), Page(160)).splitlines()
    assert lines[:2] == ["✓ all routes are in place", ""]
    for told_of, paint in ((well, "\x1b[32m✓ "), (ill, "\x1b[31m✗ ")):
        assert status(replace(HEALTHY, verdict=told_of), Page(160, colour=True)).startswith(paint)


def test_equal_rows_are_counted_where_the_page_wants_it() -> None:
    well = HEALTHY.nodes[0]
    lost = replace(
        well, routes={table: Cell(State.MISSING) for table in well.routes}, name="lost-0"
    )
    rows = (
        *(replace(lost, name=f"lost-{number}") for number in range(8)),
        *(replace(well, name=f"well-{number}") for number in range(2000)),
    )
    whole = replace(HEALTHY, nodes=rows)
    text = status(whole, Page(160, collapse=True))
    assert (text.count("\nlost-"), text.count("\nwell-")) == (5, 5)
    where = f" in vSwitch {lost.v_switch}"
    assert f"\n… 3 more nodes like lost-0{where}\n… 1,995 more nodes ok; --all shows them\n" in text
    every = status(whole, Page(160))
    assert (every.count("\nlost-"), every.count("\nwell-")) == (8, 2000)
    few = status(HEALTHY, Page(160, collapse=True))
    assert few == status(HEALTHY, Page(160))
    alike = status(replace(whole, nodes=rows[:8] * 3), Page(160, collapse=True))
    assert "more nodes ok" not in alike


def test_a_quota_that_is_assumed_is_said_to_be() -> None:
    told = "The quota of 200 custom entries is the default: the Quota Center did not give another."
    first, *others = HEALTHY.tables
    for source, expected in (("assumed", True), ("quota-center", False), ("", False)):
        table = replace(first, quota=200, quota_source=source, room_for_nodes=187)
        matrix = replace(HEALTHY, tables=(table, *others))
        page = tables_page(matrix, Page(160))
        assert (told in page) is expected
        assert page.split("\n\n")[1].splitlines()[1].endswith(" 187")


def test_people_read_groups_of_three_digits_and_scripts_plain_numbers() -> None:
    large = replace(HEALTHY.tables[0], custom=5001, quota=20000, nodes_behind=1250)
    matrix = replace(HEALTHY, tables=(large,))
    assert " 1,250  5,001/20,000 " in tables_page(matrix, Page(200))
    assert " 1250  5001/20000 " in tables_page(matrix, Page(200, headers=False))


def test_which_vswitches_use_a_table_may_not_be_known() -> None:
    table = replace(HEALTHY.tables[0], name="prod", v_switches=None)
    lines = tables_page(replace(HEALTHY, tables=(table,)), Page(200, headers=False)).splitlines()
    assert lines[0].split()[:5] == [table.id, "prod", "System", "Available", "?"]


@pytest.mark.parametrize(
    ("managed", "head"), [(True, "stage"), (None, "stage"), (False, "(stage)")]
)
def test_a_table_that_ccm_does_not_manage_stands_in_parentheses(
    managed: bool | None, head: str
) -> None:
    system, prod, stage, spare = EVERYTHING.tables
    tables = (system, prod, replace(stage, managed=managed), spare)
    lines = status(replace(EVERYTHING, tables=tables), Page(160)).splitlines()
    heads = next(line for line in lines if line.startswith("NODE  "))
    assert head in heads.split()
