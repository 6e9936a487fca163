"""``disable``: take back exactly what ``enable`` has changed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_routes.cli import changing
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.procedure import Procedure
from kubectl_routes.cli.progress import Progress
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.errors import UsageError

if TYPE_CHECKING:
    from kubectl_routes.apply.session import Session
    from kubectl_routes.cli.changing import Draft
    from kubectl_routes.model.plan import Permission


def declare(parser: Parser) -> None:
    """Add the flags of ``disable``."""
    parser.usage = "%(prog)s [flags]"
    changing.declare(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Do it and return the exit code."""
    if args.skip_preflight:
        raise UsageError("disable has no preflight check that could be skipped")
    with changing.session(args, terminal) as session:
        disabling = Disabling(args, terminal, session)
        procedure = Procedure(args, terminal, session, disabling.draw, disabling.prove)
        return procedure.run("disabled", "nothing to take back: no list, and no record of one")


class Disabling:
    """What is particular to disabling."""

    def __init__(self, args: argparse.Namespace, terminal: Terminal, session: Session) -> None:
        self._args = args
        self._terminal = terminal
        self._session = session

    def draw(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""
        from msgspec import structs  # noqa: PLC0415

        from kubectl_routes.analyze.plan import aftermath  # noqa: PLC0415
        from kubectl_routes.analyze.plan.disabling import plan_back  # noqa: PLC0415
        from kubectl_routes.analyze.plan.preflight import preflight_back  # noqa: PLC0415
        from kubectl_routes.collect.permissions import ask  # noqa: PLC0415
        from kubectl_routes.model.plan import Refusal  # noqa: PLC0415

        with Progress(self._terminal.stderr, "reading the cluster and its VPC") as sign:
            snapshot = self._session.take(sign.tell)
        if not changing.is_visible(snapshot.controller):
            raise ClusterError("no workload of CCM is in the cluster: nothing to take back")
        manifests = changing.read_manifests(self._session, snapshot)
        plan = plan_back(
            snapshot.controller,
            manifests,
            restart=aftermath.has_read(snapshot.controller),
        )
        if isinstance(plan, Refusal):
            raise ClusterError(f"{plan.code}: {plan.reason}", plan.hint)
        permissions: tuple[Permission, ...] = ()
        if plan.changes:
            wanted = changing.needed(snapshot.controller, plan)
            permissions = ask(self._session.client(), wanted)
            notes = aftermath.notes(snapshot, plan, manifests.config_map)
            plan = structs.replace(plan, notes=(*plan.notes, *notes))
        return changing.Draft(snapshot, manifests, plan, preflight_back(permissions))

    def prove(self, draft: Draft, until: float) -> int:  # noqa: ARG002 - the rollout was the proof
        """Nothing more is to be waited for: CCM runs with what it had before."""
        line = "disabled: CCM runs with what it had before"
        if self._args.output == "text":
            self._terminal.write(f"{line}\n")
        else:
            self._terminal.tell(line)
        return 0
