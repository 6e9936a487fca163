"""CCM's pods, and the few others that were asked for."""

from __future__ import annotations

from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.redact_text import scrub
from kubectl_routes.model.controller import Controller, ControllerPod
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.pods import Pod
from kubectl_routes.model.snapshot import PART_PODS, Gap


def read_pods(
    client: KubeClient, controller: Controller, workload: Document
) -> tuple[tuple[ControllerPod, ...], tuple[Gap, ...]]:
    """CCM's pods by the workload's own selector, and a gap when they cannot be listed."""
    selector = selector_of(workload.under("spec", "selector"))
    if not selector:
        return (), (
            Gap(PART_PODS, message("{controller} has no selector", controller=controller.name)),
        )
    try:
        pods = client.documents(
            message("list the pods of {controller}", controller=controller.name),
            f"/api/v1/namespaces/{controller.namespace}/pods",
            {"labelSelector": selector},
        )
    except ClusterError as error:
        return (), (Gap(PART_PODS, error.message, error.hint),)
    read = (controller_pod(pod, controller.container) for pod in pods)
    return tuple(sorted(read, key=lambda pod: pod.name)), ()


def selector_of(selector: Document) -> str:
    """A selector of the API as the text of a labelSelector parameter."""
    terms = [f"{name}={value}" for name, value in selector.mapping("matchLabels").items()]
    for expression in selector.items("matchExpressions"):
        key, values = expression.text("key"), ",".join(expression.texts("values"))
        forms = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        terms += [forms[each] for each in (expression.text("operator"),) if each in forms]
    return ",".join(terms)


def controller_pod(pod: Document, container: str) -> ControllerPod:
    """A pod of CCM's; ``container`` is the name of CCM's own."""
    statuses = pod.items("status", "containerStatuses")
    own = [each for each in statuses if each.text("name") == container]
    status = [*own, *statuses, Document(None)][0]
    state = status.under("state")
    stopped = state.under("terminated")
    waiting = state.under("waiting")
    before = status.under("lastState", "terminated")
    message = waiting.text("message") or stopped.text("message") or pod.text("status", "message")
    return ControllerPod(
        name=pod.text("metadata", "name"),
        node=pod.text("spec", "nodeName"),
        phase=pod.text("status", "phase"),
        ready=status.flag("ready"),
        waiting=waiting.text("reason"),
        message=scrub(message or before.text("message")),
        restarts=status.number("restartCount"),
        started=state.text("running", "startedAt") or pod.text("status", "startTime"),
    )


def read_asked(client: KubeClient, name: str) -> tuple[Pod, ...]:
    """The pod ``namespace/name``, or all pods with the address ``name``.

    Nothing when there is none. Raises ClusterError.
    """
    namespace, slash, pod = name.partition("/")
    return _named(client, namespace, pod) if slash else _with_address(client, name)


def _named(client: KubeClient, namespace: str, name: str) -> tuple[Pod, ...]:
    path = f"/api/v1/namespaces/{namespace}/pods/{name}"
    try:
        return (
            _pod(
                client.document(
                    message("read pod {namespace}/{name}", namespace=namespace, name=name), path
                )
            ),
        )
    except ClusterError as error:
        if error.status == 404:
            return ()
        raise


def _with_address(client: KubeClient, address: str) -> tuple[Pod, ...]:
    selector = {"fieldSelector": f"status.podIP={address}"}
    what = message("look for a pod with the address {address}", address=address)
    return tuple(map(_pod, client.documents(what, "/api/v1/pods", selector)))


def _pod(pod: Document) -> Pod:
    metadata, spec, status = (pod.under(part) for part in ("metadata", "spec", "status"))
    listed = tuple(each.text("ip") for each in status.items("podIPs"))
    return Pod(
        namespace=metadata.text("namespace"),
        name=metadata.text("name"),
        node=spec.text("nodeName"),
        ips=tuple(filter(None, listed or (status.text("podIP"),))),
        phase=status.text("phase"),
        host_network=spec.flag("hostNetwork"),
    )
