"""The VPC's route tables as text: a block of ``status``, and the whole of ``tables``."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_routes.analyze.needs import auto_tables
from kubectl_routes.model.matrix import EntryRef, Matrix, State, TableColumn
from kubectl_routes.render.colour import Paint, painted
from kubectl_routes.render.grid import grid, needed
from kubectl_routes.render.header import counts_text, where_lines
from kubectl_routes.render.labels import LONGEST_NAME
from kubectl_routes.render.page import Page
from kubectl_routes.render.remarks import NAMES_SHOWN, gap_lines, notice_lines
from kubectl_routes.render.text import clipped, columns, plain, quoted, wrapped

ENTRIES_SHOWN = 3
# The column that goes first where a row does not fit.
_TYPE = 2


def table_block(tables: Sequence[TableColumn], page: Page) -> list[str]:
    """Lines of the tables block of ``status``: one row a table, then what CCM will not keep."""
    if not tables:
        return [no_tables(page)]
    full = [
        page.say("TABLE"),
        page.say("NAME"),
        page.say("TYPE"),
        page.say("MANAGED"),
        page.say("NODES"),
        page.say("ENTRIES"),
        page.say("ROUTES"),
    ]
    uncoloured = Page(unicode=page.unicode, language=page.language)
    rows = [_status_row(table, uncoloured) for table in tables]
    if page.wide:
        extra = [page.say("FOREIGN"), page.say("STATUS"), page.say("VSWITCHES")]
        rows = [[*row, *_more(table, page)] for row, table in zip(rows, tables, strict=True)]
        lines = grid([*full, *extra], rows, page)
    else:
        lines = grid(*_fitting(full, rows, tables, page), page)
    for table in tables:
        lines.extend(_leftovers(table, page))
    return lines


def no_tables(page: Page) -> str:
    """The sentence in place of the tables."""
    return page.say("No route table could be read.")


def _status_row(table: TableColumn, page: Page) -> list[str]:
    return [
        quoted(table.id),
        plain(table.name),
        type_text(table, page),
        _yes(table.managed, page),
        number_text(table.nodes_behind),
        _use(table),
        counts_text(table.counts, page),
    ]


def _fitting(
    headers: list[str], rows: list[list[str]], tables: Sequence[TableColumn], page: Page
) -> tuple[list[str], list[list[str]]]:
    """The fullest form that fits: all; without the type; with ``38/40 ok`` for the counts; and
    then with names cut short.
    """
    if needed(headers, list(zip(*rows, strict=True))) <= page.width:
        return headers, rows
    headers = [*headers[:_TYPE], *headers[_TYPE + 1 :]]
    rows = [[*row[:_TYPE], *row[_TYPE + 1 :]] for row in rows]
    if needed(headers, list(zip(*rows, strict=True))) <= page.width:
        return headers, rows
    rows = [[*row[:-1], _share(table, page)] for row, table in zip(rows, tables, strict=True)]
    return headers, _with_short_names(headers, rows, page)


def _with_short_names(headers: list[str], rows: list[list[str]], page: Page) -> list[list[str]]:
    """The rows, their names (the second column) cut as far as it takes to fit, but no further than
    a label above a column of the matrix would be.
    """
    over = needed(headers, list(zip(*rows, strict=True))) - page.width
    longest = max(columns(row[1]) for row in rows)
    most = max(longest - max(over, 0), LONGEST_NAME)
    return [[row[0], clipped(row[1], most, page.ellipsis), *row[2:]] for row in rows]


def _share(table: TableColumn, page: Page) -> str:
    if table.counts is None:
        return page.say("unknown")
    served = sum(table.counts.values()) - table.counts.get(State.SKIPPED, 0)
    if not served:
        return page.say("none")
    return page.say("{count}/{served} ok", count=table.counts.get(State.OK, 0), served=served)


def _more(table: TableColumn, page: Page) -> list[str]:
    return [
        number_text(table.foreign),
        plain(table.status) or "?",
        _switches(table) or page.say("none"),
    ]


def type_text(table: TableColumn, page: Page) -> str:
    """The type of a table, or that there is no such table."""
    if table.exists is False:
        return page.say("not found")
    kind = plain(table.type) or "?"
    gateway = table.associate_type not in ("", "VSwitch")
    return f"{kind} ({plain(table.associate_type)})" if gateway else kind


def switch_count(table: TableColumn) -> str:
    """How many vSwitches use the table."""
    return number_text(None if table.v_switches is None else len(table.v_switches))


def _switches(table: TableColumn) -> str:
    return "?" if table.v_switches is None else ",".join(map(plain, table.v_switches))


def _use(table: TableColumn, *, grouped: bool = True) -> str:
    numbers = (table.custom, table.quota)
    return "/".join(number_text(number, grouped=grouped) for number in numbers)


def _yes(value: bool | None, page: Page) -> str:
    return "?" if value is None else page.say("yes") if value else page.say("no")


def number_text(value: int | None, *, grouped: bool = True) -> str:
    """A number, in groups of three digits for people, or ``?`` where it is not known."""
    return "?" if value is None else f"{value:,}" if grouped else str(value)


def _leftovers(table: TableColumn, page: Page) -> list[str]:
    """What CCM will delete, and what it never will, named entry by entry."""
    name = quoted(table.id) + (f" ({plain(table.name)})" if table.name else "")
    told = []
    if table.will_delete:
        entries = _entries(table.will_delete, page)
        text = page.say("! {table}: CCM will delete {entries}", table=name, entries=entries)
        told.append((text, Paint.BAD))
    if table.orphans:
        entries = _entries(table.orphans, page)
        text = page.say(
            "! {table}: orphaned, CCM never deletes {entries}", table=name, entries=entries
        )
        told.append((text, Paint.WARN))
    return [painted(wrapped(text, page.width, "    "), paint, page.colour) for text, paint in told]


def _entries(entries: Sequence[EntryRef], page: Page) -> str:
    most = len(entries) if page.wide else ENTRIES_SHOWN
    shown = page.listed([f"{entry.cidr} {page.arrow} {entry.next_hop}" for entry in entries], most)
    return page.say("{count:entry|entries}: {entries}", count=len(entries), entries=shown)


def tables_page(matrix: Matrix, page: Page) -> str:
    """The whole output of ``tables``: where, one row a table, what ``auto`` would choose, remarks.

    Without headers there is one line a table and nothing else, as a script wants it.
    """
    status, v_switches = page.say("STATUS"), page.say("VSWITCHES")
    headers = [
        page.say("TABLE"),
        page.say("NAME"),
        page.say("TYPE"),
        status,
        v_switches,
        page.say("NODES"),
        page.say("ENTRIES"),
        page.say("MANAGED"),
        page.say("AUTO"),
        page.say("ROOM"),
    ]
    rows = [_table_row(table, page) for table in matrix.tables]
    for least in (status, v_switches):
        if rows and not page.wide and needed(headers, list(zip(*rows, strict=True))) > page.width:
            at = headers.index(least)
            headers = [*headers[:at], *headers[at + 1 :]]
            rows = [[*row[:at], *row[at + 1 :]] for row in rows]
            rows = _with_short_names(headers, rows, page)
    lines = grid(headers, rows, page)
    if not page.headers:
        return "".join(f"{line}\n" for line in lines)
    blocks = [
        where_lines(matrix.cluster, page),
        lines if rows else [no_tables(page)],
        _chosen(matrix, page),
        _assumed(matrix, page),
        notice_lines(matrix.notices, page),
        gap_lines(matrix.gaps, page),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _table_row(table: TableColumn, page: Page) -> list[str]:
    # Without headers it is for a script, which counts in plain digits.
    grouped = page.headers
    return [
        quoted(table.id),
        plain(table.name),
        type_text(table, page),
        plain(table.status) or "?",
        _switches(table) if page.wide else switch_count(table),
        number_text(table.nodes_behind, grouped=grouped),
        _use(table, grouped=grouped),
        _yes(table.managed, page),
        _yes(table.auto, page),
        number_text(table.room_for_nodes, grouped=grouped),
    ]


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
    told = [wrapped(left, page.width, "  ", "  ")] if lost else []
    return [page.say("--tables auto would choose: {tables}", tables=ids), *told]


def _assumed(matrix: Matrix, page: Page) -> list[str]:
    """That the quota, and with it the room, is no more than assumed."""
    assumed = {table.quota for table in matrix.tables if table.quota_source == "assumed"}
    return [
        wrapped(
            page.say(
                "The quota of {quota} custom entries is the default: the Quota Center did not give"
                " another.",
                quota=number_text(quota),
            ),
            page.width,
            "  ",
        )
        for quota in assumed
    ]
