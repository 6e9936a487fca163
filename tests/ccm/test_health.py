"""At which port a release answers, and which probes end it."""

from __future__ import annotations

import pytest

from kubectl_routes.ccm.releases import failing_probes, health_ports
from kubectl_routes.ccm.version import Version
from kubectl_routes.model.controller import Probe

OLD, NEW = Version(1, 9, 3, 105), Version(2, 11, 2)


def test_ports_of_a_release() -> None:
    assert health_ports(OLD, {}) == (10252, 10253)
    assert health_ports(OLD, {"port": "9000"}) == (9000,)
    assert health_ports(NEW, {"port": "9000"}) == (10258,)


@pytest.mark.parametrize(
    ("version", "port", "fails"),
    [
        (OLD, 10252, False),
        (OLD, 10253, False),
        (OLD, 10258, True),
        (NEW, 10258, False),
        (NEW, 10252, True),
        (NEW, 10253, True),
        (NEW, 8081, False),
    ],
)
def test_probe_at_the_port_of_another_release(version: Version, port: int, fails: bool) -> None:
    probe = Probe("livenessProbe", "httpGet", port)
    assert failing_probes(version, {}, (probe,)) == ((probe,) if fails else ())
