from __future__ import annotations

from kubectl_routes_simulator.node_runtime import liveness_miss

GET = {"path": "/healthz", "port": 10253, "host": "127.0.0.1", "scheme": "HTTP"}
PROBE = {"httpGet": GET, "initialDelaySeconds": 15, "periodSeconds": 10, "failureThreshold": 8}


def test_probe_at_the_right_port_or_none_at_all_misses_nothing() -> None:
    assert liveness_miss({"livenessProbe": PROBE}, (10253,)) is None
    assert liveness_miss({"livenessProbe": {"httpGet": {"port": "health"}}}, (10253,)) is None
    assert liveness_miss({"livenessProbe": {"exec": {"command": ["x"]}}}, (10253,)) is None
    assert liveness_miss({}, (10253,)) is None


def test_probe_at_another_port_fails_when_it_has_failed_often_enough() -> None:
    missed = liveness_miss({"livenessProbe": PROBE}, (10258,))
    assert missed is not None
    assert missed.seconds == 15 + 8 * 10
    assert 'Get "http://127.0.0.1:10253/healthz"' in missed.message


def test_defaults_of_a_probe() -> None:
    missed = liveness_miss({"livenessProbe": {"httpGet": {"port": 1}}}, (10258,))
    assert missed is not None
    assert missed.seconds == 30


def test_probe_by_the_name_of_a_port_asks_at_that_port() -> None:
    container = {
        "livenessProbe": {"httpGet": {"port": "health"}},
        "ports": [{"name": "health", "containerPort": 10252}],
    }
    assert liveness_miss(container, (10252,)) is None
    missed = liveness_miss(container, (10258,))
    assert missed is not None
    assert "127.0.0.1:10252/" in missed.message
