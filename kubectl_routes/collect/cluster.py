"""The cluster's part of a reading: nodes, CCM and what the cluster says about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes.collect import background
from kubectl_routes.collect.cloudconfig import read_cloud_config
from kubectl_routes.collect.controller import (
    NAMESPACE,
    Workloads,
    find_bare_pods,
    find_controller,
    others_than,
    read_pods,
    read_workloads,
    settle_kind,
)
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.events import read_controller_events, read_route_events
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.logs import read_logs
from kubectl_routes.collect.network_plugin import NetworkPlugin, cilium_mode, network_plugin
from kubectl_routes.collect.nodes import read_nodes
from kubectl_routes.collect.pods import read_asked
from kubectl_routes.collect.profile import USUAL, Profile, read_profile, with_plugin
from kubectl_routes.model.controller import (
    CloudConfig,
    Controller,
    ControllerKind,
    ControllerPod,
    Event,
    PodLog,
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
    PART_LOGS,
    PART_NODES,
    PART_PODS,
    Gap,
)

T = TypeVar("T")

# A static pod of the control plane is on every master; each costs a call.
_MOST_MASTERS = 5
_MASTER_LABELS = ("node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane")

Part = tuple[T, tuple[Gap, ...]]


class _ControllerSignals(Struct, frozen=True):
    """What CCM's pods are, and what they and others say of them."""

    pods: tuple[ControllerPod, ...] = ()
    events: tuple[Event, ...] = ()
    logs: tuple[PodLog, ...] | None = None


class _Installed(Struct, frozen=True):
    """CCM's workload, and the readings that could begin once it was known."""

    workloads: Workloads
    controller: Controller | None
    plugin: NetworkPlugin = NetworkPlugin()
    of_plugin: Future[Profile] | None = None
    cloud_config: Future[Part[CloudConfig]] | None = None
    signals: Future[Part[_ControllerSignals]] | None = None
    everywhere: Future[Workloads] | None = None


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
        self._first_page: Future[list[Node]] = Future()
        self._nodes = background.start(self._read_nodes)
        self._installed = background.start(self._find_controller)
        self._profile = background.start(partial(read_profile, client))
        self._route_events = background.start(partial(read_route_events, client))
        self._version = background.start(
            partial(client.document, message("ask for the version"), "/version")
        )
        self._asked = {name: background.start(partial(read_asked, client, name)) for name in pods}

    def nodes(self) -> Part[tuple[Node, ...] | None]:
        """All nodes; None with a gap when they cannot be read."""
        try:
            return self._wait(self._nodes, message("list nodes")), ()
        except ClusterError as error:
            return None, (Gap(PART_NODES, error.message, error.hint),)

    def first_nodes(self) -> list[Node]:
        """The first page of nodes, as soon as it is there; none when it cannot be read."""
        try:
            return self._wait(self._first_page, message("list nodes"))
        except ClusterError:
            return []

    def profile(self) -> Profile:
        """What the ConfigMaps of ACK say."""
        try:
            profile = self._wait(self._profile, message("read the ConfigMaps of kube-system"))
            more = self._found().of_plugin
            if more is not None:
                what = message("read the ConfigMap of the network plugin")
                profile = with_plugin(profile, self._wait(more, what))
        except ClusterError as error:
            return Profile({}, error)
        return profile

    def version(self) -> str:
        """The API server's version, or empty: nothing depends on it."""
        try:
            return self._wait(self._version, message("ask for the version")).text("gitVersion")
        except ClusterError:
            return ""

    def network_plugin(self) -> NetworkPlugin:
        """What the DaemonSets show of the network plugin, and its own ConfigMap."""
        plugin = self._found().plugin
        if plugin.name != "cilium":
            return plugin
        held = (self.profile().data.get(name, {}) for name in plugin.config_maps)
        return replace(plugin, mode=next(filter(None, map(cilium_mode, held)), ""))

    def workloads(self) -> Workloads:
        """The DaemonSets and Deployments: of kube-system, of all where CCM is not there."""
        return self._found().workloads

    def cloud_config(self) -> Part[CloudConfig | None]:
        """CCM's cloud-config; None when there is no workload to ask."""
        return self._config_of(self._found())

    def _config_of(self, found: _Installed) -> Part[CloudConfig | None]:
        future = found.cloud_config
        if future is None:
            return None, ()
        try:
            return self._wait(future, message("read the cloud-config"))
        except ClusterError as error:
            return None, (Gap(PART_CLOUD_CONFIG, error.message, error.hint),)

    def controller(self, nodes: tuple[Node, ...] | None) -> Part[Controller]:
        """CCM with everything that belongs to it."""
        found = self._found()
        masters = [node.name for node in nodes or () if _is_master(node)]
        controller, gaps = settle_kind(
            found.controller,
            found.workloads,
            has_masters=bool(masters) if nodes else None,
            profile=self.profile(),
        )
        if controller.kind is ControllerKind.ABSENT:
            try:
                bare, pods = find_bare_pods(self._client, masters[:_MOST_MASTERS])
            except ClusterError as error:
                controller = Controller(kind=ControllerKind.UNKNOWN)
                gaps = (Gap(PART_CONTROLLER, error.message, error.hint),)
            else:
                controller = bare or controller
                found = self._begin_of_bare(found, bare, pods) if bare is not None else found
        cloud_config, config_gaps = self._config_of(found)
        signals, voice_gaps = self._signals(found)
        events, event_gaps = self._events()
        if controller.kind is ControllerKind.ABSENT:
            event_gaps = ()
        whole = replace(
            self._with_rivals(controller, found),
            cloud_config=cloud_config,
            pods=signals.pods,
            events=events + signals.events,
            logs=signals.logs,
        )
        return whole, gaps + config_gaps + voice_gaps + event_gaps

    def asked_pods(self) -> Part[dict[str, tuple[Pod, ...]]]:
        """The pods that were asked for, by what they were asked for by."""
        found: dict[str, tuple[Pod, ...]] = {}
        gaps: list[Gap] = []
        for name, future in self._asked.items():
            try:
                found[name] = self._wait(future, message("read pod {name}", name=name))
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
            self._wait(self._first_page, message("list nodes"))
        except ClusterError as error:
            if error.status == 403:
                return
            workloads = self.workloads()
            empty = not workloads.daemon_sets and not workloads.deployments
            if empty and workloads.error is not None and not self.profile().data:
                raise

    def _read_nodes(self) -> tuple[Node, ...]:
        try:
            return read_nodes(self._client, self._page_read)
        except BaseException as error:
            with suppress(InvalidStateError):
                self._first_page.set_exception(error)
            raise

    def _page_read(self, nodes: list[Node]) -> None:
        with suppress(InvalidStateError):
            self._first_page.set_result(nodes)
        self._count += len(nodes)
        self._notify(message("nodes: {count}", count=self._count))

    def _find_controller(self) -> _Installed:
        workloads = read_workloads(self._client, NAMESPACE)
        controller, workload = find_controller(workloads)
        scope, everywhere_else = NAMESPACE, None
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
            everywhere_else = background.start(partial(read_workloads, self._client))
        plugin = network_plugin(workloads.daemon_sets)
        more = set(plugin.config_maps).difference(USUAL)
        of_plugin = background.start(partial(read_profile, self._client, more)) if more else None
        if controller is None:
            return _Installed(workloads, None, plugin, of_plugin)
        return _Installed(
            workloads,
            replace(controller, scope=scope),
            plugin,
            of_plugin,
            background.start(partial(read_cloud_config, self._client, controller)),
            background.start(partial(self._read_signals, controller, workload)),
            everywhere_else,
        )

    def _with_rivals(self, controller: Controller, found: _Installed) -> Controller:
        """With the CCMs of all namespaces beside it, where these can be searched."""
        if found.everywhere is None:
            return controller
        try:
            workloads = self._wait(found.everywhere, "search all namespaces for a second CCM")
        except ClusterError:
            return controller
        if workloads.error is not None:
            return controller
        another, _ = find_controller(workloads)
        return replace(controller, others=others_than(controller, another), scope="")

    def _begin_of_bare(
        self, found: _Installed, controller: Controller, pods: tuple[ControllerPod, ...]
    ) -> _Installed:
        return replace(
            found,
            cloud_config=background.start(partial(read_cloud_config, self._client, controller)),
            signals=background.start(
                partial(self._read_signals_of, replace(controller, pods=pods))
            ),
        )

    def _read_signals(self, controller: Controller, workload: Document) -> Part[_ControllerSignals]:
        pods, gaps = read_pods(self._client, controller, workload)
        signals, more = self._read_signals_of(replace(controller, pods=pods))
        return signals, gaps + more

    def _read_signals_of(self, known: Controller) -> Part[_ControllerSignals]:
        reading = background.start(partial(read_logs, self._client, known)) if self._logs else None
        events, event_gaps = read_controller_events(self._client, known)
        logs, log_gaps = (None, ()) if reading is None else self._logs_of(reading)
        return _ControllerSignals(known.pods, events, logs), event_gaps + log_gaps

    def _logs_of(self, reading: Future[Part[tuple[PodLog, ...]]]) -> Part[tuple[PodLog, ...]]:
        try:
            return self._wait(reading, message("read the logs of CCM"))
        except ClusterError as error:
            return (), (Gap(PART_LOGS, error.message, error.hint),)

    def _found(self) -> _Installed:
        try:
            return self._wait(self._installed, message("find CCM"))
        except ClusterError as error:
            return _Installed(Workloads(error=error), None)

    def _signals(self, found: _Installed) -> Part[_ControllerSignals]:
        if found.signals is None:
            return _ControllerSignals(), ()
        try:
            return self._wait(found.signals, message("list the pods of CCM"))
        except ClusterError as error:
            return _ControllerSignals(), (Gap(PART_PODS, error.message, error.hint),)

    def _events(self) -> Part[tuple[Event, ...]]:
        try:
            return self._wait(self._route_events, message("list Events"))
        except ClusterError as error:
            return (), (Gap(PART_EVENTS, error.message, error.hint),)

    def _wait(self, future: Future[T], what: str) -> T:
        try:
            return background.wait_for(future, self._deadline)
        except TimeoutError:
            raise ClusterError(
                message(
                    "cannot {what}: no answer within {seconds} s",
                    what=what,
                    seconds=f"{self._deadline.seconds:g}",
                ),
                message("a longer --request-timeout waits longer"),
            ) from None


def _is_master(node: Node) -> bool:
    return any(label in node.labels for label in _MASTER_LABELS)
