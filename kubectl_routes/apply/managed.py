"""Carrying out a plan on a managed cluster: the record in the cluster, the list in the add-on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import structs

from kubectl_routes.apply.ack_api import NAME, AckApi, ack_route
from kubectl_routes.apply.addon import AddonChange, modify, read_addon, wait_for_change
from kubectl_routes.apply.addon_config import Addon, tables_of, with_list
from kubectl_routes.apply.events import record
from kubectl_routes.apply.executor import Executor
from kubectl_routes.apply.session import Session
from kubectl_routes.collect.credentials import load_key
from kubectl_routes.model.command import quoted
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import ChangedMeanwhile
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Plan
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.plan.managed_plan import ADDON, Setting

Object = dict[str, Any]


class ManagedApplier:
    """The applier of a managed cluster; ``close`` ends the connections to the ACK API.

    The ACK API has no dry run and no precondition: what it was read as is compared right before the
    write, and the remaining window is described in docs/managed-clusters.md.
    """

    def __init__(
        self,
        session: Session,
        api: AckApi,
        cluster_id: str,
        tell: Callable[[str], None],
        show: Callable[[str], None],
    ) -> None:
        self._session = session
        self._api = api
        self._cluster_id = cluster_id
        self._tell = tell
        self._show = show
        self._inside = Executor(session, tell, show)
        self._read: Addon | None = None
        self._pending: AddonChange | None = None
        self._begun: Addon | None = None

    def setting(self) -> Setting:
        """The add-on as it is now. Raises CloudError."""
        self._read = read_addon(self._api, self._cluster_id)
        addon = self._read
        return Setting(self._cluster_id, NAME, addon.version, addon.property, tables_of(addon))

    @property
    def has_written(self) -> bool:
        """Whether there may be something to roll back."""
        return self._inside.has_written or self._begun is not None

    def dry_run(self, plan: Plan) -> None:
        """The record only: the ACK API has no dry run."""
        self._inside.dry_run(_inner(plan))

    def apply(self, plan: Plan) -> None:
        """The record before the list is set, so that it can always be undone; after it is
        removed. Raises ChangedMeanwhile, ClusterError and CloudError.
        """
        for change in plan.changes:
            if change.kind == ADDON:
                self._set(change)
            else:
                self._inside.apply(_only(plan, change))

    def wait(self, controller: Controller, plan: Plan, until: float) -> None:  # noqa: ARG002
        """Wait until the add-on has taken the configuration. Raises CloudError, WaitTimeout."""
        if self._pending is not None:
            wait_for_change(self._api, self._pending, until, self._show)

    def roll_back(self, entry: HistoryEntry) -> tuple[str, ...]:
        """The list first, then the record. Raises CloudError and ClusterError."""
        left: tuple[str, ...] = ()
        if self._begun is not None:
            before, now = self._begun, read_addon(self._api, self._cluster_id)
            text = with_list(now, tables_of(before))
            self._pending = modify(self._api, self._cluster_id, now, text)
            self._begun = None
            self._tell(message("add-on {name} rolled back", name=NAME))
        return left + self._inside.roll_back(entry)

    def recover(self, controller: Controller, plan: Plan, until: float) -> str:
        """Wait until the add-on is as before. Raises CloudError and WaitTimeout."""
        self.wait(controller, plan, until)
        return message("and the add-on is as before")

    def record(self, subject: Object, entry: HistoryEntry) -> None:
        """An Event on the ConfigMap that keeps the record, if there is one. Raises ClusterError."""
        if subject:
            record(self._session.client(), subject, entry)

    def manual_commands(self, controller: Controller, plan: Plan) -> list[str]:  # noqa: ARG002
        """What to set in the console."""
        back = message("empty") if plan.was is None else quoted(plan.was)
        return [
            message(
                "  ACK console, {cluster_id}, Add-ons, {name}: set routeTableIDs to {back}",
                cluster_id=self._cluster_id,
                name=NAME,
                back=back,
            )
        ]

    def close(self) -> None:
        """End all connections to the ACK API."""
        self._api.close()

    def _set(self, change: Change) -> None:
        """Write the list that the change names into the add-on that the plan was made from."""
        addon = self._read
        if addon is None or change.after is None or change.before is None:
            raise AssertionError
        wanted: str | None = next(iter(change.after["config"].values()), None)
        self._begun = addon
        try:
            text = with_list(addon, wanted)
            self._pending = modify(self._api, self._cluster_id, addon, text)
        except ChangedMeanwhile:
            self._begun = None
            raise
        self._tell(message("add-on {name} changed", name=NAME))


def open_api(session: Session, region: str, profile: str | None) -> AckApi:
    """The ACK API of a region. Raises RoutesError."""
    key, route = load_key(profile, session.env), ack_route(None, region, session.env)
    return AckApi(key, region, route, session.clock, session.options.request_timeout)


def _inner(plan: Plan) -> Plan:
    changes = tuple(one for one in plan.changes if one.kind != ADDON)
    return structs.replace(plan, changes=changes)


def _only(plan: Plan, change: Change) -> Plan:
    return structs.replace(plan, changes=(change,))
