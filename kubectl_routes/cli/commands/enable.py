"""``enable``: multi-table mode: plan, confirm, write, wait, verify."""

from __future__ import annotations

import argparse
from contextlib import closing
from functools import partial
from typing import Any

from msgspec import structs

from kubectl_routes.analyze.matrix import build
from kubectl_routes.analyze.needs import auto_tables
from kubectl_routes.apply.session import Session
from kubectl_routes.apply.verification import Verification, counted, verify
from kubectl_routes.catalog.translation import translated
from kubectl_routes.cli import changing
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.flags.enable import AUTO
from kubectl_routes.cli.progress import Bar
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.transaction import Transaction
from kubectl_routes.collect.manifests import read_object
from kubectl_routes.model.command import quoted
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.errors import ClusterError, UsageError
from kubectl_routes.model.message import message
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
INCOMPLETE = 3


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Do it and return the exit code."""
    _validate(args)
    named = () if args.tables in (None, AUTO) else tuple(args.tables)
    with changing.session(args, terminal, named) as session:
        if args.history:
            return _history(args, terminal, session)
        with closing(EnableCommand(args, terminal, session)) as enabling:
            return enabling.run()


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
    snapshot = session.take(lambda _: None)
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

    def plan(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        snapshot = self.read()
        tables = self._chosen(snapshot)
        if snapshot.controller.kind is ControllerKind.MANAGED:
            return self._draw_managed(snapshot, tables)
        if snapshot.controller.editable:
            return self._draw(snapshot, tables)
        bare = snapshot.controller.kind is ControllerKind.BARE_POD
        refusal = unplanned(snapshot.controller, tables) if bare else None
        return self._draft(snapshot, Manifests({}, None), refusal, None, tables)

    def _draw(self, snapshot: Snapshot, tables: tuple[str, ...]) -> Draft:
        manifests = changing.read_manifests(self.session, snapshot)
        restart, rolling = changing.replacement(self.session, snapshot, manifests)
        outcome = plan(
            snapshot.controller,
            manifests,
            tables,
            self.args.ccm_version,
            restart=restart,
            rolling=rolling,
        )
        projection = None
        if isinstance(outcome, Plan):
            projection = project(snapshot, outcome, manifests.config_map)
        return self._draft(snapshot, manifests, outcome, projection, tables)

    def _draw_managed(self, snapshot: Snapshot, tables: tuple[str, ...]) -> Draft:
        if self.args.ccm_version:
            raise UsageError(
                message("--ccm-version is for a CCM in the cluster, and this one is managed"),
                message("update the add-on Cloud Controller Manager in the ACK console"),
            )
        setting, manifests = self.read_setting(snapshot)
        outcome = managed_plan.check_version(setting) or managed_plan.plan(
            setting, manifests.config_map, tables, snapshot.controller.image
        )
        projection = project_list(snapshot, tables, setting.version)
        return self._draft(snapshot, manifests, outcome, projection, tables)

    def _draft(
        self,
        snapshot: Snapshot,
        manifests: Manifests,
        outcome: Plan | Refusal | None,
        projection: Snapshot | None,
        tables: tuple[str, ...],
    ) -> Draft:
        planned = outcome if isinstance(outcome, Plan) else None
        given = preflight.PreflightInput(
            tables=tables,
            outcome=outcome,
            projection=projection,
            permissions=self.permissions(snapshot.controller, planned) if planned else (),
            skip=frozenset(self.args.skip_preflight),
            language=self.terminal.language,
        )
        checks = preflight.preflight(snapshot, given)
        if planned is not None:
            planned = structs.replace(
                planned,
                notes=(*planned.notes, *remaining_entries(snapshot, planned, frozenset(tables))),
            )
        nothing = Plan(tables, (), (), None, None, snapshot.controller.image)
        return Draft(snapshot, manifests, planned or nothing, checks)

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
        tables = draft.plan.tables
        verified, _ = counted(build(draft.snapshot, tables), tables)
        self.counted = (verified.found, verified.wanted)
        return (
            message(
                "{done}; {found} of {wanted} routes in place",
                done=self.nothing,
                found=verified.found,
                wanted=verified.wanted,
            ),
            verified.complete,
        )

    def prove(self, draft: Draft, until: float) -> int:
        """Wait for every route; say what is missing in the end. Raises RoutesError."""
        tables = draft.plan.tables
        bar = Bar(self.terminal, self.session.clock, message("routes ready"))
        take = partial(self.session.take, lambda _: None)
        try:
            verified = verify(take, tables, self.session.clock, until, bar.show)
        finally:
            bar.end()
        self.counted = (verified.found, verified.wanted)
        there = self._list_now(draft)
        if _ids(there) != _ids(draft.plan.now):
            return self._beaten(draft, there)
        if verified.complete:
            return self.say(
                message(
                    "enabled: all routes verified, {count} in {tables:table|tables}",
                    count=verified.wanted,
                    tables=len(tables),
                )
            )
        self._tell_missing(verified, tables)
        return NOT_PROVEN

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

    def _tell_missing(self, verified: Verification, tables: tuple[str, ...]) -> None:
        """What is missing, by table, node and cause."""
        why = (
            message("CCM will not create the rest")
            if verified.given_up
            else message("the time is up")
        )
        self.fail(
            message(
                "enabled, but only {found} of {wanted} routes are in place, and {why}",
                found=verified.found,
                wanted=verified.wanted,
                why=why,
            )
        )
        if verified.matrix is not None:
            page = self.terminal.page("never", wide=True, headers=True)
            names = {table: table for table in tables}
            matrix = translated(verified.matrix, page.language)
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
