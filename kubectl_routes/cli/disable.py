"""``disable``: take back exactly what ``enable`` has changed."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from kubectl_routes.cli import changing
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.procedure import Procedure
from kubectl_routes.cli.scheme import Scheme
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.errors import UsageError

if TYPE_CHECKING:
    from kubectl_routes.model.plan import Manifests
    from kubectl_routes.model.plan import Plan
    from kubectl_routes.model.snapshot import Snapshot


def declare(parser: Parser) -> None:
    """Add the flags of ``disable``."""
    parser.usage = "%(prog)s [flags]"
    changing.declare(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Do it and return the exit code."""
    if args.skip_preflight:
        raise UsageError("disable has no preflight check that could be skipped")
    with (
        changing.session(args, terminal) as session,
        closing(Disabling(args, terminal, session)) as disabling,
    ):
        procedure = Procedure(args, terminal, session, disabling)
        return procedure.run("disabled", "nothing to take back: it is not enabled")


class Disabling(Scheme):
    """What is particular to disabling."""

    def draw(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        from kubectl_routes.model.controller import ControllerKind  # noqa: PLC0415

        snapshot = self.read()
        if snapshot.controller.kind is ControllerKind.MANAGED:
            return self._draw_managed(snapshot)
        if not snapshot.controller.visible:
            raise ClusterError("no workload of CCM is in the cluster: nothing to take back")
        return self._draw(snapshot)

    def _draw(self, snapshot: Snapshot) -> Draft:
        from kubectl_routes.model.plan import Refusal  # noqa: PLC0415
        from kubectl_routes.plan import aftermath  # noqa: PLC0415
        from kubectl_routes.plan.disabling import plan_back  # noqa: PLC0415

        manifests = changing.read_manifests(self.session, snapshot)
        restart = aftermath.has_read(snapshot.controller)
        plan = plan_back(snapshot.controller, manifests, restart=restart)
        if isinstance(plan, Refusal):
            raise ClusterError(f"{plan.code}: {plan.reason}", plan.hint)
        notes = aftermath.notes(snapshot, plan, manifests.config_map) if plan.changes else ()
        return self._draft(snapshot, manifests, plan, notes)

    def _draw_managed(self, snapshot: Snapshot) -> Draft:
        from kubectl_routes.plan import aftermath  # noqa: PLC0415
        from kubectl_routes.plan.managing import plan_back  # noqa: PLC0415

        setting, manifests = self.read_setting(snapshot)
        plan = plan_back(setting, manifests.config_map, snapshot.controller.image)
        notes = aftermath.kept(snapshot, plan, frozenset()) if plan.changes else ()
        return self._draft(snapshot, manifests, plan, notes)

    def _draft(
        self, snapshot: Snapshot, manifests: Manifests, plan: Plan, notes: tuple[str, ...]
    ) -> Draft:
        from msgspec import structs  # noqa: PLC0415

        from kubectl_routes.plan.preflight import preflight_back  # noqa: PLC0415

        whole = structs.replace(plan, notes=(*plan.notes, *notes))
        permissions = self.permissions(snapshot.controller, plan)
        return Draft(snapshot, manifests, whole, preflight_back(permissions))

    def prove(self, draft: Draft, until: float) -> int:  # noqa: ARG002 - the rollout was the proof
        """Nothing more is to be waited for: CCM runs with what it had before."""
        return self.say("disabled: CCM runs with what it had before")
