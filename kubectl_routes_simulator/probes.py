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


def liveness_miss(container: Object, port: int) -> Miss | None:
    """What an HTTP liveness probe comes to when the process answers on ``port`` of the node only;
    None when it succeeds, or there is none, or it goes by the name of a port.
    """
    probe = container.get("livenessProbe", {})
    get = probe.get("httpGet")
    if get is None or get["port"] == port or not isinstance(get["port"], int):
        return None
    delay, period, times = (probe.get(name, default) for name, default in _DEFAULTS.items())
    where = f"{get.get('host') or '127.0.0.1'}:{get['port']}"
    url = f"{get.get('scheme', 'HTTP').lower()}://{where}{get.get('path', '/')}"
    refused = f"dial tcp {where}: connect: connection refused"
    return Miss(
        seconds=delay + period * times, message=f'Liveness probe failed: Get "{url}": {refused}'
    )
