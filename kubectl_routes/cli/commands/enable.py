"""``enable``: multi-table mode: plan, confirm, write, wait, verify."""

from __future__ import annotations

import argparse
from typing import Any

from msgspec import structs

from kubectl_routes.analyze.matrix import build
from kubectl_routes.analyze.needs import auto_tables
from kubectl_routes.apply.session import Session
from kubectl_routes.catalog.translation import translated
from kubectl_routes.cli import changing
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.flags.enable import AUTO
from kubectl_routes.cli.progress import Bar
from kubectl_routes.cli.reading import INCOMPLETE
from kubectl_routes.cli.route_count import NO_ROUTES, routes_in
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.transaction import Transaction
from kubectl_routes.collect.manifests import read_object
from kubectl_routes.model.command import quoted
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.errors import ClusterError, RoutesError, UsageError, WaitTimeout
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.undo import RECORD
from kubectl_routes.plan import managed_plan, preflight
from kubectl_routes.plan.config_map import list_in
from kubectl_routes.plan.disable_impact import remaining_entries
from kubectl_routes.plan.history import history_of
from kubectl_routes.plan.managed_plan import NAMESPACE
from kubectl_routes.plan.planner import plan, unplanned
from kubectl_routes.plan.preflight import SKIPPABLE
from kubectl_routes.plan.projection import project, project_list
from kubectl_routes.render import plan as render
from kubectl_routes.render.remarks import explanations, gap_lines

NOT_PROVEN = 4
# When CCM will create nothing that is missing, according to the analysis, and this many seconds
# have shown nothing else, there is nothing to wait for.
GIVE_UP_AFTER = 60.0


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Do it and return the exit code."""
    _validate(args)
    named = () if args.tables in (None, AUTO) else tuple(args.tables)
    with changing.session(args, terminal, named) as session:
        if args.history:
            return _history(args, terminal, session)
        return EnableCommand(args, terminal, session).run()


def _validate(args: argparse.Namespace) -> None:
    if not args.tables and not args.history:
        raise UsageError(
            message("--tables is required: --tables ID,ID or --tables auto"),
            message("kubectl routes tables lists them, and marks those that auto would take"),
        )
    for code in args.skip_preflight:
        if code not in SKIPPABLE:
            raise UsageError(
                message("--skip-preflight {code}: that check cannot be skipped", code=code),
                message("those that can be are {codes}", codes=", ".join(SKIPPABLE)),
            )


def _history(args: argparse.Namespace, terminal: Terminal, session: Session) -> int:
    snapshot = session.take()
    if snapshot.controller.editable:
        carrier: dict[str, Any] | None = changing.read_manifests(session, snapshot).workload
    else:
        carrier = read_object(session.client(), "ConfigMap", NAMESPACE, RECORD)
    entries = history_of(carrier)
    target = render.Target(snapshot.cluster.context, snapshot.cluster.server)
    if args.output == "json":
        terminal.write(render.history_document(entries, target))
        return 0
    if not entries:
        never = message("It was never enabled or disabled with this tool.")
        terminal.write(f"{terminal.said(never)}\n")
        return 0
    page = terminal.page(args.color, wide=False, headers=True)
    terminal.write(render.history_page(entries, page, target))
    return 0


class EnableCommand(Transaction):
    """What is particular to enabling: how its draft is made, and how the routes are verified."""

    action = "enabled"
    nothing = message("already enabled")

    def __init__(self, args: argparse.Namespace, terminal: Terminal, session: Session) -> None:
        super().__init__(args, terminal, session)
        self._bar = Bar(terminal, session.clock, message("routes ready"))
        self._matrix: Matrix | None = None
        self._routes = NO_ROUTES
        self._stuck_since: float | None = None

    def plan(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        snapshot = self.read()
        tables, controller = self._chosen(snapshot), snapshot.controller
        manifests, projection = Manifests({}, None), None
        outcome: Plan | Refusal | None = None
        if controller.kind is ControllerKind.MANAGED:
            setting, manifests = self._managed(snapshot)
            outcome = managed_plan.check_version(setting) or managed_plan.plan(
                setting, manifests.config_map, tables, controller.image
            )
            projection = project_list(snapshot, tables, setting.version)
        elif controller.editable:
            manifests = changing.read_manifests(self.session, snapshot)
            restart, rolling = changing.replacement(self.session, snapshot, manifests)
            version = self.args.ccm_version
            outcome = plan(controller, manifests, tables, version, restart=restart, rolling=rolling)
            if isinstance(outcome, Plan):
                projection = project(snapshot, outcome, manifests.config_map)
        elif controller.kind is ControllerKind.BARE_POD:
            outcome = unplanned(controller, tables)
        planned = Plan(tables, (), (), None, None, controller.image)
        if isinstance(outcome, Plan):
            left = remaining_entries(snapshot, outcome, frozenset(tables))
            planned = structs.replace(outcome, notes=(*outcome.notes, *left))
        given = preflight.PreflightInput(
            tables=tables,
            outcome=outcome,
            projection=projection,
            permissions=self.permissions(controller, planned),
            skip=frozenset(self.args.skip_preflight),
        )
        return Draft(snapshot, manifests, planned, preflight.preflight(snapshot, given))

    def _managed(self, snapshot: Snapshot) -> tuple[managed_plan.Setting, Manifests]:
        if self.args.ccm_version:
            raise UsageError(
                message("--ccm-version is for a CCM in the cluster, and this one is managed"),
                message("update the add-on Cloud Controller Manager in the ACK console"),
            )
        return self.read_setting(snapshot)

    def _chosen(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The ids that were given, or those that auto stands for. Raises RoutesError."""
        if self.args.tables != AUTO:
            return tuple(self.args.tables)
        tables = auto_tables(build(snapshot).tables)
        if not tables:
            raise ClusterError(
                message(
                    "--tables auto needs to know the route tables and the vSwitches of the nodes,"
                    " which could not be read"
                ),
                message("kubectl routes tables says why; or name the tables"),
            )
        return tables

    def present(self, draft: Draft) -> tuple[str, bool]:
        """How many of the routes are in place, as they have just been read."""
        self._count(draft.snapshot, draft)
        return joined("; ", (self.nothing, self._routes.in_place)), self._routes.complete

    def _count(self, snapshot: Snapshot, draft: Draft) -> None:
        self._matrix = build(snapshot, draft.plan.tables)
        self._routes = routes = routes_in(self._matrix, draft.plan.tables)
        self.counted = (routes.found, routes.wanted)

    def check(self, draft: Draft) -> int:
        """Every served node has its route in each of the tables, or will never have. Raises
        RoutesError.
        """
        self._count(self.session.take(), draft)
        routes, now = self._routes, self.session.clock.monotonic()
        self._stuck_since = (self._stuck_since or now) if routes.all_stuck else None
        given_up = self._stuck_since is not None and now - self._stuck_since >= GIVE_UP_AFTER
        if not routes.complete and not given_up:
            raise WaitTimeout(message("{count} stuck", count=routes.stuck) if routes.stuck else "")
        self._bar.show(routes.found, routes.wanted)
        if given_up:
            return self._conclude(draft, message("CCM will not create the rest"))
        return self._conclude(draft, "")

    def show_lacking(self, error: RoutesError) -> None:
        """The bar, with what was read last, and why there is no more."""
        self._bar.show(self._routes.found, self._routes.wanted, error.message)

    def unverified(self, draft: Draft, error: RoutesError) -> int:  # noqa: ARG002
        """What is there, and what is missing: nothing, where only the list could not be read."""
        return self._conclude(draft, "" if self._routes.complete else message("the time is up"))

    def _conclude(self, draft: Draft, why: str) -> int:
        """The last line; ``why`` routes are missing, empty where none is. Raises RoutesError."""
        there = self._list_now(draft)
        if _ids(there) != _ids(draft.plan.now):
            return self._beaten(draft, there)
        if why:
            self._tell_missing(draft.plan.tables, why)
            return NOT_PROVEN
        return self.say(
            message(
                "enabled: all routes verified, {count} in {tables:table|tables}",
                count=self._routes.wanted,
                tables=len(draft.plan.tables),
            )
        )

    def _list_now(self, draft: Draft) -> str | None:
        """The list as it is now. Raises RoutesError."""
        if not draft.controller.visible:
            return self.read_setting(draft.snapshot)[0].tables
        name, key = draft.source
        client = self.session.client()
        return list_in(read_object(client, "ConfigMap", draft.controller.namespace, name), key)

    def _beaten(self, draft: Draft, there: str | None) -> int:
        """Another client has written another list since: the last word is about that."""
        now = (
            message("no list is set")
            if there is None
            else message("routeTableIDs is {there}", there=quoted(there))
        )
        self.fail(
            message(
                "not enabled: another client has changed the list since, {now}, not {wanted}",
                now=now,
                wanted=quoted(draft.plan.now or ""),
            ),
            message(
                "kubectl routes enable --history shows who changed it with this tool;"
                " run enable again to set it, or kubectl routes disable to undo what is"
                " left"
            ),
        )
        return INCOMPLETE

    def _tell_missing(self, tables: tuple[str, ...], why: str) -> None:
        """What is missing, by table, node and cause."""
        self.fail(
            message(
                "enabled, but only {found} of {wanted} routes are in place, and {why}",
                found=self._routes.found,
                wanted=self._routes.wanted,
                why=why,
            )
        )
        if self._matrix is not None:
            page = self.terminal.page("never", wide=True, headers=True)
            names = {table: table for table in tables}
            matrix = translated(self._matrix, page.language)
            rows = [row for row in matrix.nodes if row.skipped is None]
            for line in (
                *explanations(rows, names, matrix.controller.period_seconds, page),
                *gap_lines(matrix.gaps, page),
            ):
                self.terminal.tell(line)
        self.terminal.tell(
            message(
                "the list is set: run kubectl routes status -w to watch, kubectl routes"
                " diagnose for the cause, or kubectl routes disable to undo"
            )
        )


def _ids(listed: str | None) -> frozenset[str]:
    """The ids of a list, in whatever order."""
    return frozenset((listed or "").split(","))
