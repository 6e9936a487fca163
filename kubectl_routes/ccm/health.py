"""At which port a CCM answers its health check, and which probes therefore end it.

Source: Alibaba Cloud's release notes of CCM: v1.9.3.316 moves the health check from port 10252 to
10258. Older releases take their port from --port, with 10253 as default, and on a master
kube-controller-manager of that time answers at 10252; the vendor's manifests probe either.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes.ccm.version import HEALTH_MOVED, OLD_HEALTH_PORTS, Version
from kubectl_routes.model.controller import Probe

PORT = 10258


def health_ports(version: Version, flags: Mapping[str, str]) -> tuple[int, ...]:
    """The ports at which a probe of this release succeeds, the usual one first. ``flags`` are the
    values of its flags by name.
    """
    if version >= HEALTH_MOVED:
        return (PORT,)
    given = flags.get("port", "")
    return (int(given),) if given.isdigit() else OLD_HEALTH_PORTS


def failing_probes(
    version: Version, flags: Mapping[str, str], probes: tuple[Probe, ...]
) -> tuple[Probe, ...]:
    """The probes that ask a port where another release, but not this one, answers: the kubelet
    restarts CCM, or never calls it ready. A probe of any other port may be meant for a sidecar.
    """
    answers = health_ports(version, flags)
    known = {PORT, *OLD_HEALTH_PORTS}
    return tuple(probe for probe in probes if probe.port in known and probe.port not in answers)
