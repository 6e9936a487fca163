"""At which port a CCM answers its health check, and which probes therefore end it."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes.ccm.releases import HEALTH_PORTS, behavior_of
from kubectl_routes.ccm.version import Version
from kubectl_routes.model.controller import Probe


def health_ports(version: Version, flags: Mapping[str, str]) -> tuple[int, ...]:
    """The ports at which a probe of this release succeeds, the usual one first. ``flags`` are the
    values of its flags by name; a release that does not exit on --port answers there.
    """
    behavior, given = behavior_of(version), flags.get("port", "")
    moved = given.isdigit() and len(behavior.health_ports) > 1
    return (int(given),) if moved else behavior.health_ports


def failing_probes(
    version: Version, flags: Mapping[str, str], probes: tuple[Probe, ...]
) -> tuple[Probe, ...]:
    """The probes that ask a port where another release, but not this one, answers: the kubelet
    restarts CCM, or never calls it ready. A probe of any other port may be meant for a sidecar.
    """
    answers = health_ports(version, flags)
    return tuple(
        probe for probe in probes if probe.port in HEALTH_PORTS and probe.port not in answers
    )
