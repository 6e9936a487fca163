"""What ``enable`` and ``disable`` ask of a cluster, dedicated or managed."""

from __future__ import annotations

import argparse
from abc import ABC, abstractmethod

from kubectl_routes.apply.ack_api import AckApi, ack_route, checked_cluster_id
from kubectl_routes.apply.applier import Applier
from kubectl_routes.apply.executor import Executor
from kubectl_routes.apply.managed import ManagedApplier
from kubectl_routes.apply.session import Session
from kubectl_routes.cli import changing
from kubectl_routes.cli.changing import Draft
from kubectl_routes.cli.progress import Progress
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect.credentials import load_key
from kubectl_routes.collect.manifests import read_object
from kubectl_routes.collect.permissions import ask
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.plan import Manifests, Permission, Plan
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.undo import RECORD
from kubectl_routes.plan.managed_plan import NAMESPACE, Setting


class ChangeCommand(ABC):
    """What is particular to a command, and what both begin with. ``hands`` do the writing; on a
    managed cluster they are known once a draft has been made. ``told`` is the last line about the
    result, ``counted`` the routes found and wanted, None where they were not counted.
    """

    hands: Applier
    counted: tuple[int | None, int | None] = (None, None)
    told = ""

    @abstractmethod
    def draw(self) -> Draft:
        """Read everything and plan. Raises RoutesError."""

    @abstractmethod
    def verify(self, draft: Draft, until: float) -> int:
        """Show that it worked until the deadline, in seconds of the session's clock; the
        exit code. Raises RoutesError.
        """

    def __init__(self, args: argparse.Namespace, terminal: Terminal, session: Session) -> None:
        self.args = args
        self.terminal = terminal
        self.session = session
        self.hands = Executor(session, terminal.tell, terminal.show)
        self._managed: ManagedApplier | None = None

    def close(self) -> None:
        """End what was opened beside the session."""
        if self._managed is not None:
            self._managed.close()

    def read(self) -> Snapshot:
        """Everything, with a sign of life. Raises RoutesError."""
        with Progress(self.terminal.stderr, "reading the cluster and its VPC") as sign:
            return self.session.take(sign.tell)

    def read_setting(self, snapshot: Snapshot) -> tuple[Setting, Manifests]:
        """The add-on of a managed cluster, and our record beside it. Raises RoutesError."""
        if self._managed is None:
            self._managed = self._open(snapshot)
            self.hands = self._managed
        record = read_object(self.session.client(), "ConfigMap", NAMESPACE, RECORD)
        return self._managed.setting(), Manifests({}, record)

    def _open(self, snapshot: Snapshot) -> ManagedApplier:
        cluster_id = checked_cluster_id(self.args.cluster_id or snapshot.cluster.cluster_id)
        region = snapshot.cluster.region
        key = load_key(self.args.profile, self.terminal.env)
        api = AckApi(
            key,
            region,
            ack_route(None, region, self.terminal.env),
            self.session.clock,
            self.args.request_timeout,
        )
        return ManagedApplier(self.session, api, cluster_id, self.terminal.tell, self.terminal.show)

    def permissions(self, controller: Controller, plan: Plan) -> tuple[Permission, ...]:
        """The server's word on every right that the plan takes. Raises RoutesError."""
        if not plan.changes:
            return ()
        return ask(self.session.client(), changing.needed(controller, plan))

    def present(self, draft: Draft, nothing: str) -> tuple[str, bool]:  # noqa: ARG002
        """A line about a cluster that needs no write, and whether that is verified already."""
        return nothing, True

    def wait(self, draft: Draft, until: float) -> None:
        """Wait until CCM works with what was written. Raises RoutesError."""
        self.hands.wait(draft.controller, draft.plan, until)

    def leave(self, draft: Draft, action: str) -> int:  # noqa: ARG002
        """End without waiting; the exit code. Raises RoutesError."""
        return self.say(f"{action}; not waited for: kubectl routes status shows the rest")

    def fail(self, line: str, *more: str) -> None:
        """What the result is not, and what to do."""
        self.told = line
        self.terminal.tell(f"error: {line}")
        for each in more:
            self.terminal.tell(each)

    def say(self, line: str) -> int:
        """The result in one line: on stdout, unless a document has that to itself; exit code 0."""
        self.told = line
        if self.args.output == "text":
            self.terminal.write(f"{line}\n")
        else:
            self.terminal.tell(line)
        return 0
