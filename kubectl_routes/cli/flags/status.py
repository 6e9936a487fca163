"""The flags of ``status``."""

from __future__ import annotations

from kubectl_routes.cli.options import (
    DOCUMENTS,
    add_contexts,
    add_output,
    add_watch,
    duration,
    node_name,
    switch,
    table_ids,
    value,
    values,
)
from kubectl_routes.cli.parser import Parser

GROUP = "routes"
SUMMARY = "show the route of every node in every route table: desired and actual"
USAGE = ("[NODE ...] [flags]",)
EXAMPLES = {
    "{prog} status": "the routes of all nodes",
    "{prog} status --problems -o wide": "only nodes with a problem, with every detail",
    "{prog} status --check": "in a script: exit 1 if routing is broken",
    "{prog} status --wait-until-ok": "in a pipeline: wait until routing works",
    "{prog} status --all-contexts": "the clusters of all contexts, one line each",
    "{prog} status -o html > routes.html": "a report to share",
}

OUTPUTS = {
    "table": "cli.commands.status.page",
    "wide": "cli.commands.status.page",
    **DOCUMENTS,
    "name": "cli.commands.status.only_names",
    "html": "cli.report.of_status",
}
SORTS = ("state", "name", "instance", "podcidr", "table")


def declare(parser: Parser) -> None:
    """Add the flags of ``status``."""
    parser.add_argument(
        "nodes", metavar="NODE", type=node_name, nargs="*", help="show these nodes only"
    )
    tables = "route tables that every route is expected in (default: those that CCM manages)"
    values(parser, "--tables", "ID,ID", tables, table_ids)
    value(parser, "-l --selector", "SELECTOR", "show only nodes with these labels")
    switch(parser, "--problems", "show only nodes with a current or expected problem")
    switch(parser, "--all", "show every node (default: a terminal shows few of those alike)")
    add_output(parser, OUTPUTS)
    switch(parser, "--no-headers", "print only the rows")
    parser.add_argument(
        "--sort-by", choices=SORTS, default="state", help="order of the rows; state: problems first"
    )
    add_watch(parser)
    add_contexts(parser)
    wait = "wait until every route that is needed is ok; exit 4 after --timeout"
    switch(parser, "--wait-until-ok", wait)
    value(parser, "--timeout", "TIME", "how long --wait-until-ok waits (default 5m)", duration)
    check = "exit 1 if diagnose reports an error, or a route of the nodes shown is not ok"
    switch(parser, "--check", check)
