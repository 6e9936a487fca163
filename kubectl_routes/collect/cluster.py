"""The cluster's part of a reading: nodes, CCM and what the cluster says about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes.collect.background import Reading, start
from kubectl_routes.collect.cloudconfig import read_cloud_config
from kubectl_routes.collect.controller import (
    NAMESPACE,
    Workloads,
    find_bare_pods,
    find_controller,
    others_than,
    read_workloads,
    settle_kind,
)
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.evidence import read_route_events, read_signals
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.network_plugin import NetworkPlugin, cilium_mode, network_plugin
from kubectl_routes.collect.nodes import read_nodes
from kubectl_routes.collect.pods import read_asked
from kubectl_routes.collect.profile import USUAL, Profile, read_profile, with_plugin
from kubectl_routes.model.controller import (
    CloudConfig,
    Controller,
    ControllerKind,
)
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.nodes import Node
from kubectl_routes.model.pods import Pod
from kubectl_routes.model.snapshot import (
    PART_ASKED_PODS,
    PART_CLOUD_CONFIG,
    PART_CONTROLLER,
    PART_EVENTS,
    PART_NODES,
    PART_PODS,
    Gap,
)

T = TypeVar("T")

# A static pod of the control plane is on every master; each costs a call.
_MOST_MASTERS = 5
_MASTER_LABELS = ("node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane")

Part = tuple[T, tuple[Gap, ...]]


def _part(reading: Reading[Part[T]] | None, part: str, otherwise: T) -> Part[T]:
    """What was read, with its gaps; ``otherwise`` where there was nothing to read, or where that
    cannot be read, which is a gap.
    """
    try:
        return reading.result() if reading is not None else (otherwise, ())
    except ClusterError as error:
        return otherwise, (Gap(part, error.message, error.hint),)


class _Installed(Struct, frozen=True):
    """CCM's workload, and the readings that could begin once it was known."""

    workloads: Workloads
    controller: Controller | None = None
    plugin: NetworkPlugin = NetworkPlugin()
    of_plugin: Reading[Profile] | None = None
    cloud_config: Reading[Part[CloudConfig | None]] | None = None
    signals: Reading[Part[Controller]] | None = None
    everywhere: Reading[Workloads] | None = None


class ClusterReading:
    """All readings of one cluster, begun when this is made, each waited for when asked."""

    def __init__(
        self,
        client: KubeClient,
        deadline: Deadline,
        notify: Callable[[str], None],
        *,
        pods: Iterable[str] = (),
        logs: bool = False,
        everywhere: bool = False,
    ) -> None:
        self._client = client
        self._deadline = deadline
        self._notify = notify
        self._logs = logs
        self._everywhere = everywhere
        self._count = 0
        listing = message("list nodes")
        self._page: Future[list[Node]] = Future()
        self._first_page = Reading(deadline, listing, self._page)
        self._nodes = self._start(listing, self._read_nodes)
        self._found = self._start(message("find CCM"), self._find_controller)
        what = message("read the ConfigMaps of kube-system")
        self._profile = self._start(what, partial(read_profile, client))
        self._events = self._start(message("list Events"), partial(read_route_events, client))
        asking = message("ask for the version")
        self._version = self._start(asking, partial(client.document, asking, "/version"))
        self._asked = {
            name: self._start(
                message("read pod {name}", name=name), partial(read_asked, client, name)
            )
            for name in pods
        }

    def nodes(self) -> Part[tuple[Node, ...] | None]:
        """All nodes; None with a gap when they cannot be read."""
        try:
            return self._nodes.result(), ()
        except ClusterError as error:
            return None, (Gap(PART_NODES, error.message, error.hint),)

    def first_nodes(self) -> list[Node]:
        """The first page of nodes, as soon as it is there; none when it cannot be read."""
        return self._first_page.result_or([])

    def profile(self) -> Profile:
        """What the ConfigMaps of ACK say."""
        try:
            profile = self._profile.result()
            more = self._installed().of_plugin
            return profile if more is None else with_plugin(profile, more.result())
        except ClusterError as error:
            return Profile({}, error)

    def version(self) -> str:
        """The API server's version, or empty: nothing depends on it."""
        return self._version.result_or(Document(None)).text("gitVersion")

    def network_plugin(self) -> NetworkPlugin:
        """What the DaemonSets show of the network plugin, and its own ConfigMap."""
        plugin = self._installed().plugin
        if plugin.name != "cilium":
            return plugin
        held = (self.profile().data.get(name, {}) for name in plugin.config_maps)
        return replace(plugin, mode=next(filter(None, map(cilium_mode, held)), ""))

    def cloud_config(self) -> CloudConfig | None:
        """CCM's cloud-config; None when there is no workload to ask, or it cannot be read."""
        return _part(self._installed().cloud_config, PART_CLOUD_CONFIG, None)[0]

    def controller(self, nodes: tuple[Node, ...] | None) -> Part[Controller]:
        """CCM with everything that belongs to it."""
        found = self._installed()
        masters = [node.name for node in nodes or () if _is_master(node)]
        controller, gaps = settle_kind(
            found.controller,
            found.workloads,
            has_masters=bool(masters) if nodes else None,
            profile=self.profile(),
        )
        events, event_gaps = _part(self._events, PART_EVENTS, ())
        if controller.kind is ControllerKind.ABSENT:
            event_gaps = ()
            try:
                bare, pods = find_bare_pods(self._client, masters[:_MOST_MASTERS])
            except ClusterError as error:
                controller = Controller(kind=ControllerKind.UNKNOWN)
                gaps = (Gap(PART_CONTROLLER, error.message, error.hint),)
            else:
                controller = bare or controller
                if bare is not None:
                    found = self._with_readings(found, replace(bare, pods=pods), None)
        cloud_config, config_gaps = _part(found.cloud_config, PART_CLOUD_CONFIG, None)
        signals, signal_gaps = _part(found.signals, PART_PODS, controller)
        whole = replace(
            self._with_rivals(controller, found),
            cloud_config=cloud_config,
            pods=signals.pods,
            events=events + signals.events,
            logs=signals.logs,
        )
        return whole, gaps + config_gaps + signal_gaps + event_gaps

    def asked_pods(self) -> Part[dict[str, tuple[Pod, ...]]]:
        """The pods that were asked for, by what they were asked for by."""
        found: dict[str, tuple[Pod, ...]] = {}
        gaps: list[Gap] = []
        for name, reading in self._asked.items():
            try:
                found[name] = reading.result()
            except ClusterError as error:
                gaps.append(Gap(f"{PART_ASKED_PODS}{name}", error.message, error.hint))
        return found, tuple(gaps)

    def check(self) -> None:
        """Raise the ClusterError of a cluster that shows nothing at all.

        Where single things are forbidden the rest may still be told, and where all is forbidden
        the VPC may be; a server that is down, speaks no Kubernetes or knows no such user is
        another matter.
        """
        try:
            self._first_page.result()
        except ClusterError as error:
            if error.status == 403:
                return
            workloads = self._installed().workloads
            empty = not workloads.daemon_sets and not workloads.deployments
            if empty and workloads.error is not None and not self.profile().data:
                raise

    def _start(self, what: str, work: Callable[[], T]) -> Reading[T]:
        return Reading(self._deadline, what, start(work))

    def _read_nodes(self) -> tuple[Node, ...]:
        try:
            return read_nodes(self._client, self._page_read)
        except BaseException as error:
            with suppress(InvalidStateError):
                self._page.set_exception(error)
            raise

    def _page_read(self, nodes: list[Node]) -> None:
        with suppress(InvalidStateError):
            self._page.set_result(nodes)
        self._count += len(nodes)
        self._notify(message("nodes: {count}", count=self._count))

    def _installed(self) -> _Installed:
        try:
            return self._found.result()
        except ClusterError as error:
            return _Installed(Workloads(error=error))

    def _find_controller(self) -> _Installed:
        workloads = read_workloads(self._client, NAMESPACE)
        controller, workload = find_controller(workloads)
        scope, rivals = NAMESPACE, None
        if controller is None or not controller.desired:
            # Not here, or nothing more than what a CCM that moved has left behind.
            everywhere = read_workloads(self._client)
            elsewhere, object_elsewhere = find_controller(everywhere)
            if elsewhere is not None and (controller is None or elsewhere.desired):
                controller, workload = elsewhere, object_elsewhere
            scope = "" if everywhere.error is None else NAMESPACE
            workloads = replace(
                everywhere if everywhere.error is None else workloads,
                error=everywhere.error or workloads.error,
            )
        elif self._everywhere:
            rivals = self._start(message("find CCM"), partial(read_workloads, self._client))
        plugin = network_plugin(workloads.daemon_sets)
        more = set(plugin.config_maps).difference(USUAL)
        what = message("read the ConfigMap of the network plugin")
        of_plugin = self._start(what, partial(read_profile, self._client, more)) if more else None
        found = _Installed(workloads, None, plugin, of_plugin, everywhere=rivals)
        if controller is None:
            return found
        return self._with_readings(found, replace(controller, scope=scope), workload)

    def _with_readings(
        self, found: _Installed, controller: Controller, workload: Document | None
    ) -> _Installed:
        """With what can be read once CCM is known; without a ``workload`` its pods are known."""
        reading = partial(read_signals, self._client, controller, workload, logs=self._logs)
        return replace(
            found,
            controller=controller,
            cloud_config=self._start(
                message("read the cloud-config"),
                partial(read_cloud_config, self._client, controller),
            ),
            signals=self._start(message("list the pods of CCM"), reading),
        )

    def _with_rivals(self, controller: Controller, found: _Installed) -> Controller:
        """With the CCMs of all namespaces beside it, where these can be searched."""
        if found.everywhere is None:
            return controller
        workloads = found.everywhere.result_or(Workloads(error=ClusterError("")))
        if workloads.error is not None:
            return controller
        another, _ = find_controller(workloads)
        return replace(controller, others=others_than(controller, another), scope="")


def _is_master(node: Node) -> bool:
    return any(label in node.labels for label in _MASTER_LABELS)
