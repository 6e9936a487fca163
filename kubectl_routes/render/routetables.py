"""The VPC's route tables as text: a block of ``status``, and the whole of ``tables``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import structs

from kubectl_routes.analyze.needs import auto_tables
from kubectl_routes.model.matrix import EntryRef, Matrix, State, TableColumn
from kubectl_routes.model.message import message
from kubectl_routes.render.colour import Mark
from kubectl_routes.render.header import counts_text, where
from kubectl_routes.render.page import Page, blocks, needed
from kubectl_routes.render.remarks import NAMES_SHOWN, gap_lines, notice_lines
from kubectl_routes.render.rows import LONGEST_NAME
from kubectl_routes.render.text import clipped, columns, plain, quoted

ENTRIES_SHOWN = 3
# The names of where stand in one column.
_NAME_WIDTH = 10

# The texts of a column by its header.
_Columns = dict[str, list[str]]

TABLE, NAME, TYPE = message("TABLE"), message("NAME"), message("TYPE")
STATUS, V_SWITCHES, FOREIGN = message("STATUS"), message("VSWITCHES"), message("FOREIGN")
NODES, ENTRIES, ROUTES = message("NODES"), message("ENTRIES"), message("ROUTES")
MANAGED, AUTO, ROOM = message("MANAGED"), message("AUTO"), message("ROOM")

_IN_STATUS = (TABLE, NAME, TYPE, MANAGED, NODES, ENTRIES, ROUTES)
_IN_WIDE_STATUS = (*_IN_STATUS, FOREIGN, STATUS, V_SWITCHES)
_IN_TABLES = (TABLE, NAME, TYPE, STATUS, V_SWITCHES, NODES, ENTRIES, MANAGED, AUTO, ROOM)


def table_block(tables: Sequence[TableColumn], page: Page) -> list[str]:
    """Lines of the tables block of ``status``: one row a table, then what CCM will not keep.

    The fullest form that fits: all; without the type; with ``38/40 ok`` for the counts; and then
    with names cut short.
    """
    if not tables:
        return [no_tables(page)]
    shown = _columns(_IN_WIDE_STATUS if page.wide else _IN_STATUS, tables, page)
    if page.wide:
        shown[V_SWITCHES] = [text or page.say("none") for text in shown[V_SWITCHES]]
    elif _excess(shown, page) > 0:
        del shown[TYPE]
        if _excess(shown, page) > 0:
            shown[ROUTES] = [_share(table, page) for table in tables]
            _cut_names(shown, page)
    return [*_lines(shown, page), *(line for table in tables for line in _leftovers(table, page))]


def no_tables(page: Page) -> str:
    """The sentence in place of the tables."""
    return page.say("No route table could be read.")


def _type(table: TableColumn, page: Page) -> str:
    if table.exists is False:
        return page.say("not found")
    kind = plain(table.type) or "?"
    return f"{kind} ({plain(table.associate_type)})" if table.is_gateway else kind


def _number(value: int | None, page: Page) -> str:
    """In groups of three digits for people; without headers it is for a script."""
    return "?" if value is None else f"{value:,}" if page.headers else str(value)


def _use(table: TableColumn, page: Page) -> str:
    return "/".join(_number(number, page) for number in (table.custom, table.quota))


def _yes(value: bool | None, page: Page) -> str:
    return "?" if value is None else page.say("yes") if value else page.say("no")


def _switches(table: TableColumn, page: Page) -> str:
    """How many vSwitches use the table, on a wide page which."""
    if table.v_switches is None:
        return "?"
    every = ",".join(map(plain, table.v_switches))
    return every if page.wide else _number(len(table.v_switches), page)


# What a table's row says in a column.
TEXTS: dict[str, Callable[[TableColumn, Page], str]] = {
    TABLE: lambda table, _: quoted(table.id),
    NAME: lambda table, _: plain(table.name),
    TYPE: _type,
    STATUS: lambda table, _: plain(table.status) or "?",
    V_SWITCHES: _switches,
    NODES: lambda table, page: _number(table.nodes_behind, page),
    ENTRIES: _use,
    ROUTES: lambda table, page: counts_text(table.counts, page),
    MANAGED: lambda table, page: _yes(table.managed, page),
    AUTO: lambda table, page: _yes(table.auto, page),
    ROOM: lambda table, page: _number(table.room_for_nodes, page),
    FOREIGN: lambda table, page: _number(table.foreign, page),
}


def _columns(names: Iterable[str], tables: Sequence[TableColumn], page: Page) -> _Columns:
    uncoloured = structs.replace(page, colour=False)
    return {name: [TEXTS[name](table, uncoloured) for table in tables] for name in names}


def _lines(shown: _Columns, page: Page) -> list[str]:
    headers = [page.said(name) for name in shown]
    return page.table(headers, list(zip(*shown.values(), strict=True)))


def _excess(shown: _Columns, page: Page) -> int:
    """By how many terminal columns the table is wider than the page."""
    headers = [page.said(name) for name in shown]
    return needed(headers, list(shown.values())) - page.width


def _cut_names(shown: _Columns, page: Page) -> None:
    """Cut the names as far as it takes to fit, but no further than a label above a column of the
    matrix would be.
    """
    longest = max(map(columns, shown[NAME]))
    most = max(longest - max(_excess(shown, page), 0), LONGEST_NAME)
    shown[NAME] = [clipped(name, most, page.ellipsis) for name in shown[NAME]]


def _share(table: TableColumn, page: Page) -> str:
    if table.counts is None:
        return page.say("unknown")
    served = sum(table.counts.values()) - table.counts.get(State.SKIPPED, 0)
    if not served:
        return page.say("none")
    return page.say("{count}/{served} ok", count=table.counts.get(State.OK, 0), served=served)


def _leftovers(table: TableColumn, page: Page) -> list[str]:
    """What CCM will delete, and what it never will, named entry by entry."""
    name = quoted(table.id) + (f" ({plain(table.name)})" if table.name else "")
    lines = []
    if table.will_delete:
        entries = _entries(table.will_delete, page)
        text = page.say("{table}: CCM will delete {entries}", table=name, entries=entries)
        lines.append(page.line(f"! {text}", "    ", "", Mark.BAD.paint))
    if table.orphans:
        entries = _entries(table.orphans, page)
        text = page.say(
            "{table}: orphaned, CCM never deletes {entries}", table=name, entries=entries
        )
        lines.append(page.marked(Mark.WARN, text, 4))
    return lines


def _entries(entries: Sequence[EntryRef], page: Page) -> str:
    most = len(entries) if page.wide else ENTRIES_SHOWN
    shown = page.listed([f"{entry.cidr} {page.arrow} {entry.next_hop}" for entry in entries], most)
    return page.say("{count:entry|entries}: {entries}", count=len(entries), entries=shown)


def tables_page(matrix: Matrix, page: Page) -> str:
    """The whole output of ``tables``: where, one row a table, what ``auto`` would choose, remarks.

    Without headers there is one line a table and nothing else, as a script wants it.
    """
    shown = _columns(_IN_TABLES, matrix.tables, page)
    for least in (STATUS, V_SWITCHES):
        if matrix.tables and not page.wide and _excess(shown, page) > 0:
            del shown[least]
            _cut_names(shown, page)
    lines = _lines(shown, page)
    if not page.headers:
        return "".join(f"{line}\n" for line in lines)
    return blocks(
        (
            [page.fact(*fact, _NAME_WIDTH) for fact in where(matrix.cluster, page)],
            lines if matrix.tables else [no_tables(page)],
            _chosen(matrix, page),
            _assumed(matrix, page),
            notice_lines(matrix.notices, page),
            gap_lines(matrix.gaps, page),
        )
    )


def _chosen(matrix: Matrix, page: Page) -> list[str]:
    """What ``auto`` would choose, and which nodes it would choose without."""
    auto = auto_tables(matrix.tables)
    if auto is None:
        return [page.say("--tables auto cannot choose: it is not known which tables the nodes use")]
    ids = ",".join(map(quoted, auto))
    if not ids:
        return []
    lost = [row.name for row in matrix.nodes if row.skipped is None and not row.table]
    left = page.say(
        "without regard to {count:node|nodes} ({names}), whose address is in no vSwitch that has a"
        " table here",
        count=len(lost),
        names=page.listed(lost, NAMES_SHOWN),
    )
    lines = [page.line(left, "  ", "  ")] if lost else []
    return [page.say("--tables auto would choose: {tables}", tables=ids), *lines]


def _assumed(matrix: Matrix, page: Page) -> list[str]:
    """That the quota, and with it the room, is no more than assumed."""
    texts = (
        page.say(
            "The quota of {quota} custom entries is the default: the Quota Center did not give"
            " another.",
            quota=_number(quota, page),
        )
        for quota in {table.quota for table in matrix.tables if table.quota_source == "assumed"}
    )
    return [page.line(text, "  ") for text in texts]
