"""The monitor in a real Prometheus: it is scraped, alerts fire, and they resolve."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_access import Access
from kubectl_routes_simulator.kube_store import Object
from tests.cli.programs import PATH, ROUTES
from tests.qa.prometheus.server import ALERTS, Prometheus, monitoring, programs, wait

MONITOR = ALERTS.parent
pytestmark = [
    pytest.mark.skipif(programs() is None, reason="no prometheus and promtool here"),
    pytest.mark.timeout(180),
]


def promtool(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    paths = programs()
    assert paths
    return subprocess.run(
        [paths[1], *words], input=text, capture_output=True, text=True, check=False
    )


def test_promtool_finds_no_fault_in_metrics_and_rules() -> None:
    with SimulatedCluster("blocked") as cluster:
        env = {**cluster.environment(os.environ), "PATH": PATH}
        command = [ROUTES, "monitor", "--once"]
        made = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    done = promtool("check", "metrics", text=made.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", str(ALERTS))
    assert done.returncode == 0, done.stderr


def test_the_alerts_pass_their_own_tests() -> None:
    done = promtool("test", "rules", str(MONITOR / "alerts_test.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def cluster() -> Iterator[SimulatedCluster]:
    with SimulatedCluster() as started:
        yield started


@pytest.fixture(scope="module")
def prometheus(
    cluster: SimulatedCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """One Prometheus for all tests; each leaves the cluster as it was, and no alert firing."""
    with monitoring(cluster, tmp_path_factory.mktemp("prometheus")) as server:
        wait(lambda: server.query("kubectl_routes_routes"), "no route is measured")
        yield server


def fires(prometheus: Prometheus, name: str) -> None:
    wait(lambda: prometheus.firing() == {name}, f"{name} does not fire alone")


def resolves(prometheus: Prometheus) -> None:
    wait(lambda: not prometheus.firing(), "an alert does not resolve")


def test_every_question_of_the_dashboard_has_an_answer(prometheus: Prometheus) -> None:
    dashboard = json.loads((MONITOR / "dashboard.json").read_text())
    asked = [one["expr"] for panel in dashboard["panels"] for one in panel["targets"]]
    for question in asked:
        # In a healthy cluster there is nothing to be seen of these.
        if "findings" not in question and "gaps" not in question:
            answer = partial(prometheus.query, question.replace("$job", ".*"))
            wait(answer, f"{question} has no answer")


def test_a_route_that_is_lost_and_comes_back(
    cluster: SimulatedCluster, prometheus: Prometheus
) -> None:
    table = cluster.infra.table_ids[0]
    question = f'kubectl_routes_routes{{table="{table}", state="missing"}}'
    wait(lambda: prometheus.value(question) == 0, "no route is measured")
    _lose(cluster, table)
    wait(lambda: prometheus.value(question) == 1, "the loss is not measured")
    fires(prometheus, "KubectlRoutesRouteMissing")
    cluster.reconcile()
    wait(lambda: prometheus.value(question) == 0, "the return is not measured")
    resolves(prometheus)


def _lose(cluster: SimulatedCluster, table_id: str) -> None:
    store = cluster.infra.vpc
    with store.lock:
        table = store.table(table_id)
        entry = table.at_cidr(cluster.infra.nodes[0].pod_cidr)
        assert entry is not None
        table.remove(entry)


def test_a_list_that_ccm_cannot_use(cluster: SimulatedCluster, prometheus: Prometheus) -> None:
    def spoil(config: Object) -> None:
        text = config["data"]["cloud-config.conf"]
        config["data"]["cloud-config.conf"] = text.replace(",vtb", ", vtb")

    def repair(config: Object) -> None:
        text = config["data"]["cloud-config.conf"]
        config["data"]["cloud-config.conf"] = text.replace(", vtb", ",vtb")

    cluster.edit_config_map(spoil)
    fires(prometheus, "KubectlRoutesListUnusable")
    assert prometheus.value('kubectl_routes_findings{code="RT103",severity="error"}') == 1
    cluster.edit_config_map(repair)
    resolves(prometheus)


def test_a_table_that_is_nearly_full(cluster: SimulatedCluster, prometheus: Prometheus) -> None:
    tables = [cluster.infra.vpc.table(one) for one in cluster.infra.table_ids]
    before = [one.record for one in tables]
    for one in tables:
        one.record = replace(one.record, quota=one.custom)
    fires(prometheus, "KubectlRoutesTableNearlyFull")
    assert prometheus.value("min(kubectl_routes_table_room_nodes)") == 0
    for one, record in zip(tables, before, strict=True):
        one.record = record
    resolves(prometheus)


def test_a_ccm_that_is_gone(cluster: SimulatedCluster, prometheus: Prometheus) -> None:
    store, place = cluster.kube.store, ("DaemonSet", NAMESPACE, NAME)
    workload = store.get(*place)
    store.delete(*place)
    for pod in store.list("Pod", NAMESPACE):
        store.delete("Pod", NAMESPACE, pod["metadata"]["name"])
    fires(prometheus, "KubectlRoutesCCMDown")
    assert prometheus.query('kubectl_routes_ccm_info{mode="off"}')
    store.put(workload)
    cluster.settle()
    resolves(prometheus)


def test_a_monitor_that_cannot_read(
    cluster: SimulatedCluster, prometheus: Prometheus, tmp_path: Path
) -> None:
    question = "sum(kubectl_routes_routes)"
    wait(lambda: prometheus.query(question), "no route is measured")
    before = prometheus.value(question)
    access = cluster.kube.access
    cluster.kube.access = Access({})
    fires(prometheus, "KubectlRoutesMonitorBlind")
    # On a busy machine a scrape may take longer than Prometheus waits, and leave a hole.
    blind = 'kubectl_routes_gaps{part="cluster"}'
    wait(lambda: prometheus.value(blind) == 1, "no gap is measured")
    wait(lambda: prometheus.value(question) == before, "the last values are not kept")
    cluster.kube.access = access
    resolves(prometheus)
    assert prometheus.query("kubectl_routes_gaps") == []
