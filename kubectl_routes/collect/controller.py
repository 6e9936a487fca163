"""How CCM is installed: its workload, or the pods that run without one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from kubectl_routes.ccm.flags import parse
from kubectl_routes.ccm.managers import field_managers
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.environment import expand
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.pods import controller_pod
from kubectl_routes.collect.profile import Profile
from kubectl_routes.collect.redact_text import scrub_words
from kubectl_routes.model.controller import (
    Controller,
    ControllerKind,
    ControllerPod,
    Probe,
    Volume,
    VolumeMount,
)
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.snapshot import PART_CONTROLLER, Gap

NAMESPACE = "kube-system"
NAME = "cloud-controller-manager"
ENDED = ("Succeeded", "Failed")

_IMAGE = re.compile(r"(?:^|/)cloud-controller-manager(?:-amd64|-arm64)?(?:[:@]|$)")
_PROGRAM = re.compile(r"(?:^|/)cloud-controller-manager$")
_LABELS = ("app", "k8s-app", "component", "app.kubernetes.io/name")
# What --cloud-provider of v1 must be, and what v2 has for a default.
_PROVIDERS = ("alicloud", "alibabacloud")


class Workloads(msgspec.Struct, frozen=True):
    """DaemonSets and Deployments, of kube-system or of all namespaces; the error is set when a list
    was refused.
    """

    daemon_sets: tuple[Document, ...] = ()
    deployments: tuple[Document, ...] = ()
    error: ClusterError | None = None


def read_workloads(client: KubeClient, namespace: str = "") -> Workloads:
    """Both lists, of one namespace or of all; one that cannot be read leaves the other."""
    lists: dict[str, tuple[Document, ...]] = {}
    error = None
    where = (
        message("in {namespace}", namespace=namespace)
        if namespace
        else message("in all namespaces")
    )
    path = f"/apis/apps/v1/namespaces/{namespace}" if namespace else "/apis/apps/v1"
    for kind in ("daemonsets", "deployments"):
        try:
            what = message("list {kind} {where}", kind=kind, where=where)
            lists[kind] = client.documents(what, f"{path}/{kind}")
        except ClusterError as refused:
            error = error or refused
    return Workloads(lists.get("daemonsets", ()), lists.get("deployments", ()), error)


def find_controller(workloads: Workloads) -> tuple[Controller | None, Document]:
    """CCM's workload and its object: by name, by label, by image, by what it runs, by a name that
    holds CCM's. One that asks for no pod, or whose flags switch routes off, as where one CCM is for
    Services alone, is taken where no other is found.

    None when no list holds it; whether that means managed, absent or unknown depends on the
    nodes and on what could be read.
    """
    candidates = [(ControllerKind.DAEMON_SET, each) for each in workloads.daemon_sets]
    candidates += [(ControllerKind.DEPLOYMENT, each) for each in workloads.deployments]
    own = [each for each in candidates if not _is_of_another_provider(each[1])]
    signs: tuple[Callable[[Document], bool], ...] = (
        lambda one: one.text("metadata", "name") == NAME,
        _by_label,
        _by_image,
        _by_program,
        lambda one: NAME in one.text("metadata", "name"),
    )
    found = [(_controller(*one), one[1]) for fits in signs for one in own if fits(one[1])]
    wanting = [pair for pair in found if pair[0].desired]
    routing = [pair for pair in wanting if not _routes_off(pair[0])]
    chosen, workload = [*routing, *wanting, *found, (None, Document(None))][0]
    if chosen is None:
        return None, workload
    # A name alone does not show that CCM runs there.
    running = [one for one, each in routing if _by_image(each) or _by_program(each)]
    others = {_label(one) for one in running}.difference([_label(chosen)])
    return replace(chosen, others=tuple(sorted(others))), workload


def others_than(controller: Controller, found: Controller | None) -> tuple[str, ...]:
    """The further CCMs, where ``found`` is what a search of all namespaces has found."""
    known = {_label(found), *found.others} if found is not None else set()
    return tuple(sorted(known.difference([_label(controller)])))


def _label(controller: Controller) -> str:
    return f"{controller.kind.value} {controller.namespace}/{controller.name}"


def _routes_off(controller: Controller) -> bool:
    behavior = behavior_of(parse_image(controller.image))
    flags = parse(controller.command + controller.args, behavior, controller.unexpanded)
    return flags.routes_known and not flags.routes_on


def _containers(workload: Document) -> tuple[Document, ...]:
    return workload.items("spec", "template", "spec", "containers")


def _by_label(workload: Document) -> bool:
    labels = workload.mapping("metadata", "labels")
    return any(labels.get(label) == NAME for label in _LABELS)


def _by_image(workload: Document) -> bool:
    return any(_IMAGE.search(each.text("image")) for each in _containers(workload))


def _by_program(workload: Document) -> bool:
    return any(_runs_ccm(each) for each in _containers(workload))


def _provider(container: Document) -> str:
    """The value of --cloud-provider; empty where a variable hides it."""
    given = expand(container.texts("command") + container.texts("args"), container)
    return parse(given.words, behavior_of(None)).values.get("cloud-provider", "")


def _runs_ccm(container: Document) -> bool:
    """Whether a container's command is CCM's program, or has the provider that only CCM takes."""
    given = expand(container.texts("command") + container.texts("args"), container)
    program = any(_PROGRAM.search(word) for text in given.words for word in text.split())
    return program or _provider(container) in _PROVIDERS


def _is_of_another_provider(workload: Document) -> bool:
    """Whether it is the controller manager of another cloud, or Kubernetes' own."""
    named = [*filter(None, map(_provider, _containers(workload)))]
    return bool(named) and not any(provider in _PROVIDERS for provider in named)


def _controller(kind: ControllerKind, workload: Document) -> Controller:
    metadata, spec, status = (workload.under(part) for part in ("metadata", "spec", "status"))
    pod = spec.under("template", "spec")
    index, container = ccm_container(pod)
    command, args = container.texts("command"), container.texts("args")
    expanded = expand(command + args, container)
    words, written = scrub_words(expanded.words), scrub_words(command + args)
    daemon = kind is ControllerKind.DAEMON_SET
    strategy = "updateStrategy" if daemon else "strategy"
    return Controller(
        kind=kind,
        namespace=metadata.text("namespace") or NAMESPACE,
        name=metadata.text("name"),
        container=container.text("name"),
        image=container.text("image"),
        command=tuple(words[: len(command)]),
        args=tuple(words[len(command) :]),
        unexpanded=expanded.unknown,
        written=tuple(written) if expanded.words != command + args else (),
        volumes=tuple(_volume(each) for each in pod.items("volumes")),
        mounts=tuple(_mount(each) for each in container.items("volumeMounts")),
        container_index=index,
        env=tuple(each.text("name") for each in container.items("env")),
        probes=tuple(_probes(container)),
        update_strategy=spec.text(strategy, "type"),
        resource_version=metadata.text("resourceVersion"),
        generation=metadata.number("generation"),
        observed_generation=status.number("observedGeneration"),
        desired=status.number("desiredNumberScheduled") if daemon else _replicas(spec),
        updated=status.number("updatedNumberScheduled" if daemon else "updatedReplicas"),
        ready=status.number("numberReady" if daemon else "readyReplicas"),
        available=status.number("numberAvailable" if daemon else "availableReplicas"),
        managers=field_managers(metadata.value),
    )


def _replicas(spec: Document) -> int:
    """A Deployment that does not say wants one."""
    return 1 if spec.under("replicas").value is None else spec.number("replicas")


def ccm_container(pod: Document) -> tuple[int, Document]:
    """CCM among sidecars, and its place: by image, by what it runs, by name, else the first."""
    containers = list(enumerate(pod.items("containers")))
    by_image = [each for each in containers if _IMAGE.search(each[1].text("image"))]
    by_program = [each for each in containers if _runs_ccm(each[1])]
    by_name = [each for each in containers if NAME in each[1].text("name")]
    return [*by_image, *by_program, *by_name, *containers, (0, Document(None))][0]


def _probes(container: Document) -> Iterator[Probe]:
    named = {each.text("name"): each.number("containerPort") for each in container.items("ports")}
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        for action in ("httpGet", "tcpSocket"):
            asked = container.under(kind, action)
            port = asked.number("port") or named.get(asked.text("port"), 0)
            if port:
                yield Probe(kind, action, port)


def _volume(volume: Document) -> Volume:
    fields = volume.value if isinstance(volume.value, dict) else {}
    kind = next((str(name) for name in fields if name != "name"), "")
    source = volume.under(kind)
    named = {"configMap": "name", "secret": "secretName", "hostPath": "path"}
    return Volume(
        name=volume.text("name"),
        kind=kind,
        source=source.text(named[kind]) if kind in named else "",
        items={each.text("key"): each.text("path") for each in source.items("items")},
        optional=source.flag("optional"),
    )


def _mount(mount: Document) -> VolumeMount:
    return VolumeMount(
        name=mount.text("name"),
        mount_path=mount.text("mountPath"),
        sub_path=mount.text("subPath"),
        read_only=mount.flag("readOnly"),
    )


def find_bare_pods(
    client: KubeClient, nodes: Sequence[str]
) -> tuple[Controller | None, tuple[ControllerPod, ...]]:
    """The CCM that pods on the nodes run though no workload does, as static pods do: from the
    pods' own spec, as the kubelet shows it. Raises ClusterError.
    """
    found: list[Document] = []
    for node in nodes:
        what = message("list the pods on {node}", node=node)
        pods = client.documents(what, "/api/v1/pods", {"fieldSelector": f"spec.nodeName={node}"})
        running = (pod for pod in pods if pod.text("status", "phase") not in ENDED)
        found += (pod for pod in running if any(map(_is_ccm, pod.items("spec", "containers"))))
    if not found:
        return None, ()
    workload = {"metadata": found[0].under("metadata").value, "spec": {"template": found[0].value}}
    controller = _controller(ControllerKind.BARE_POD, Document(workload))
    shown = tuple(controller_pod(pod, controller.container) for pod in found)
    owners = found[0].items("metadata", "ownerReferences")
    return replace(
        controller,
        owner=next((f"{one.text('kind')} {one.text('name')}" for one in owners), ""),
        desired=len(shown),
        updated=len(shown),
        ready=sum(pod.ready for pod in shown),
        available=sum(pod.ready for pod in shown),
        managers=(),
    ), shown


def _is_ccm(container: Document) -> bool:
    """By its image or by what it runs, unless that is another cloud's."""
    return _provider(container) in ("", *_PROVIDERS) and (
        bool(_IMAGE.search(container.text("image"))) or _runs_ccm(container)
    )


def settle_kind(
    controller: Controller | None,
    workloads: Workloads,
    *,
    has_masters: bool | None,
    profile: Profile,
) -> tuple[Controller, tuple[Gap, ...]]:
    """What it means that no workload was found in ``workloads``, those of all namespaces.

    With master nodes CCM should be inside, so it is absent; without, ACK runs it where objects of
    ACK are in ``profile``. ``has_masters`` is None when there is no node to tell by, or none could
    be read.
    """
    if controller is not None:
        return controller, ()
    if workloads.error is not None:
        gap = Gap(PART_CONTROLLER, workloads.error.message, workloads.error.hint)
        return Controller(kind=ControllerKind.UNKNOWN), (gap,)
    if has_masters:
        return Controller(kind=ControllerKind.ABSENT), ()
    if has_masters is not None and profile.is_of_ack():
        return Controller(kind=ControllerKind.MANAGED), ()
    reason: str = message("no CCM in any namespace; without nodes, it may be managed or absent")
    if has_masters is not None:
        reason = message(
            "no CCM and no master node is visible: the control plane is perhaps managed"
        )
    error = profile.error
    why = message("({reason})", reason=error.message) if error else ""
    gap = Gap(PART_CONTROLLER, joined(" ", (reason, why)), error.hint if error else "")
    return Controller(kind=ControllerKind.UNKNOWN), (gap,)
