"""``disable``: undo exactly what ``enable`` has changed."""

from __future__ import annotations

import argparse
from contextlib import closing

from msgspec import structs

from kubectl_routes.cli import changing
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.transaction import Transaction
from kubectl_routes.model.command import quoted
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.errors import ClusterError, RoutesError, UsageError
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.plan import disable_impact, managed_plan
from kubectl_routes.plan.disable_plan import plan_back
from kubectl_routes.plan.preflight import preflight_back

# The check that says whether CCM will start afterwards.
STARTS = "RT112"
INCOMPLETE = 3
# Seconds between two attempts to read what has come of it.
AGAIN = 1.0


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Do it and return the exit code."""
    for code in args.skip_preflight:
        if code != STARTS:
            raise UsageError(
                message(
                    "--skip-preflight {code}: disable has no such check that can be skipped",
                    code=code,
                ),
                message("the only one is {code}", code=STARTS),
            )
    with (
        changing.session(args, terminal) as session,
        closing(DisableCommand(args, terminal, session)) as disabling,
    ):
        return disabling.run()


class DisableCommand(Transaction):
    """What is particular to disabling. ``stalled`` is why CCM will not start afterwards."""

    action = "disabled"
    nothing = message("nothing to undo: multi-table mode is not enabled")
    stalled = ""

    def plan(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        snapshot = self.read()
        if snapshot.controller.kind is ControllerKind.MANAGED:
            return self._draw_managed(snapshot)
        if not snapshot.controller.editable:
            raise ClusterError(message("no workload of CCM is in the cluster: nothing to undo"))
        return self._draw(snapshot)

    def _draw(self, snapshot: Snapshot) -> Draft:
        manifests = changing.read_manifests(self.session, snapshot)
        restart = disable_impact.has_read(snapshot.controller)
        plan = plan_back(
            snapshot.controller, manifests, restart=restart, list_only=self.args.list_only
        )
        if isinstance(plan, Refusal):
            raise ClusterError(
                message("{code}: {reason}", code=plan.code, reason=plan.reason), plan.hint
            )
        if not plan.changes:
            return self._draft(snapshot, manifests, plan, ())
        self.stalled = disable_impact.stalled(snapshot, plan, manifests.config_map)
        return self._draft(
            snapshot, manifests, plan, disable_impact.notes(snapshot, plan, manifests.config_map)
        )

    def _draw_managed(self, snapshot: Snapshot) -> Draft:
        setting, manifests = self.read_setting(snapshot)
        plan = managed_plan.plan_back(setting, manifests.config_map, snapshot.controller.image)
        notes = (
            disable_impact.remaining_entries(snapshot, plan, frozenset()) if plan.changes else ()
        )
        return self._draft(snapshot, manifests, plan, notes)

    def _draft(
        self, snapshot: Snapshot, manifests: Manifests, plan: Plan, notes: tuple[str, ...]
    ) -> Draft:
        whole = structs.replace(plan, notes=(*plan.notes, *notes))
        checks = preflight_back(
            self.permissions(snapshot.controller, plan),
            self.stalled if plan.changes else "",
            runs=snapshot.controller.ready > 0,
            skip=frozenset(self.args.skip_preflight),
            language=self.terminal.language,
        )
        return Draft(snapshot, manifests, whole, checks)

    def present(self, draft: Draft) -> tuple[str, bool]:
        """A list that is there although nothing is to be undone was there before enable."""
        return joined("; ", (self.nothing, self._rest(draft))), True

    def _rest(self, draft: Draft) -> str:
        """A clause about the list that stays."""
        if not draft.plan.now:
            return ""
        return message("routeTableIDs is {now}, as before enable", now=quoted(draft.plan.now))

    def wait(self, draft: Draft, until: float) -> None:
        """Wait for CCM's pods, unless it is known that they will not start. Raises RoutesError."""
        if not self.stalled:
            super().wait(draft, until)

    def leave(self, draft: Draft) -> int:
        """Without waiting for the pods, the list is read again."""
        code = self._unproven(draft, self.session.clock.monotonic())
        return code or super().leave(draft)

    def prove(self, draft: Draft, until: float) -> int:
        """Read again: the list is what the plan says, and no record is left."""
        code = self._unproven(draft, until)
        if code:
            return code
        if self.stalled:
            return self.say(
                message(
                    "disabled: CCM does not start, as before enable: {reason}", reason=self.stalled
                )
            )
        done = message("disabled: the previous CCM configuration is restored")
        return self.say(joined("; ", (done, self._rest(draft))))

    def _unproven(self, draft: Draft, until: float) -> int:
        """The exit code where the end is not as planned, which is reported; else 0."""
        stalled = self.stalled
        while True:
            try:
                now = self.plan().plan
                break
            except RoutesError as error:
                if self.session.clock.monotonic() + AGAIN >= until:
                    self.fail(
                        message("not known to be disabled: {reason}", reason=error.message),
                        *filter(None, error.hint.split("\n")),
                        message("run kubectl routes disable again: it reads what is there"),
                    )
                    return INCOMPLETE
            self.session.clock.sleep(AGAIN)
        self.stalled = stalled
        if now.was == draft.plan.now or not now.was:
            return 0
        self.fail(
            message(
                "not disabled: routeTableIDs is {was} again: another client has set it",
                was=quoted(now.was),
            ),
            message("find out which, then run kubectl routes disable again"),
        )
        return INCOMPLETE
