"""Whether a container's liveness probe finds the process that it looks for."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes_simulator.kube_store import Object

# What the API server fills in.
_DEFAULTS = {"initialDelaySeconds": 0, "periodSeconds": 10, "failureThreshold": 3}


class Miss(Struct, frozen=True):
    """A probe that never succeeds: after so many ``seconds`` the kubelet ends the container."""

    seconds: int
    message: str


def liveness_miss(container: Object, ports: tuple[int, ...]) -> Miss | None:
    """What an HTTP liveness probe comes to when the process answers on ``ports`` of the node only;
    None when it succeeds or there is none. A name stands for the container's port of that name.
    """
    probe = container.get("livenessProbe", {})
    get = probe.get("httpGet")
    if get is None:
        return None
    named = {one.get("name"): one["containerPort"] for one in container.get("ports", ())}
    asked = named.get(get["port"], get["port"])
    if asked in ports or not isinstance(asked, int):
        return None
    delay, period, times = (probe.get(name, default) for name, default in _DEFAULTS.items())
    where = f"{get.get('host') or '127.0.0.1'}:{asked}"
    url = f"{get.get('scheme', 'HTTP').lower()}://{where}{get.get('path', '/')}"
    refused = f"dial tcp {where}: connect: connection refused"
    return Miss(
        seconds=delay + period * times, message=f'Liveness probe failed: Get "{url}": {refused}'
    )
