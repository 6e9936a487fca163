"""``disable``: undo exactly what ``enable`` has changed."""

from __future__ import annotations

import argparse

from msgspec import structs

from kubectl_routes.cli import changing
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.reading import INCOMPLETE
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.transaction import Transaction
from kubectl_routes.model.command import quoted
from kubectl_routes.model.controller import Controller, ControllerKind
from kubectl_routes.model.errors import ClusterError, RoutesError, UsageError
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.plan import disable_impact, managed_plan
from kubectl_routes.plan.disable_plan import plan_back
from kubectl_routes.plan.preflight import preflight_back

# The check that says whether CCM will start afterwards.
STARTS = "RT112"


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
    with changing.session(args, terminal) as session:
        return DisableCommand(args, terminal, session).run()


class DisableCommand(Transaction):
    """What is particular to disabling: how its draft is made, and that the list is gone."""

    action = "disabled"
    nothing = message("nothing to undo: multi-table mode is not enabled")

    def plan(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        snapshot = self.read()
        controller, stalled = snapshot.controller, ""
        notes: tuple[str, ...] = ()
        if controller.kind is ControllerKind.MANAGED:
            setting, manifests = self.read_setting(snapshot)
            plan = managed_plan.plan_back(setting, manifests.config_map, controller.image)
            if plan.changes:
                notes = disable_impact.remaining_entries(snapshot, plan, frozenset())
        elif controller.editable:
            manifests = changing.read_manifests(self.session, snapshot)
            plan = self._plan_back(controller, manifests)
            if plan.changes:
                stalled, notes = disable_impact.impact(snapshot, plan, manifests.config_map)
        else:
            raise ClusterError(message("no workload of CCM is in the cluster: nothing to undo"))
        checks = preflight_back(
            self.permissions(controller, plan),
            stalled,
            runs=controller.ready > 0,
            skip=frozenset(self.args.skip_preflight),
        )
        plan = structs.replace(plan, notes=(*plan.notes, *notes))
        return Draft(snapshot, manifests, plan, checks, stalled)

    def _plan_back(self, controller: Controller, manifests: Manifests) -> Plan:
        restart, list_only = disable_impact.has_read(controller), self.args.list_only
        plan = plan_back(controller, manifests, restart=restart, list_only=list_only)
        if isinstance(plan, Refusal):
            raise ClusterError(
                message("{code}: {reason}", code=plan.code, reason=plan.reason), plan.hint
            )
        return plan

    def present(self, draft: Draft) -> tuple[str, bool]:
        """A list that is there although nothing is to be undone was there before enable."""
        return joined("; ", (self.nothing, _rest(draft))), True

    def leave(self, draft: Draft) -> int:
        """Without waiting for the pods, the list is read again."""
        return self.prove(draft, self.session.clock.monotonic())

    def check(self, draft: Draft) -> int:
        """The list is what the plan says."""
        there = self.plan().plan.was
        if there and there != draft.plan.now:
            self.fail(
                message(
                    "not disabled: routeTableIDs is {was} again: another client has set it",
                    was=quoted(there),
                ),
                message("find out which, then run kubectl routes disable again"),
            )
            return INCOMPLETE
        if not self.args.wait:
            return self.say(self.not_waited)
        if draft.stalled:
            return self.say(
                message(
                    "disabled: CCM does not start, as before enable: {reason}", reason=draft.stalled
                )
            )
        done = message("disabled: the previous CCM configuration is restored")
        return self.say(joined("; ", (done, _rest(draft))))

    def unverified(self, draft: Draft, error: RoutesError) -> int:  # noqa: ARG002
        """What is there now could not be read."""
        self.fail(
            message("not known to be disabled: {reason}", reason=error.message),
            *filter(None, error.hint.split("\n")),
            message("run kubectl routes disable again: it reads what is there"),
        )
        return INCOMPLETE


def _rest(draft: Draft) -> str:
    """A clause about the list that stays."""
    now = draft.plan.now
    return message("routeTableIDs is {now}, as before enable", now=quoted(now)) if now else ""
