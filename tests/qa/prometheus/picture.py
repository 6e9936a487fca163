"""Makes docs/monitoring.png again: ``python -m tests.qa.prometheus.picture docs/monitoring.png``.

It shows Prometheus' own graph of a simulated cluster in which three routes are lost, and come back.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.browser.chromium import Chromium, program
from tests.qa.prometheus.server import monitoring, programs, wait

EXPRESSION = 'sum by (table, state) (kubectl_routes_routes{state=~"ok|missing"})'
SECONDS = 25
LOST = 3
GRAPH = "document.querySelector('.rickshaw_graph svg')"
WIDTH, HEIGHT, SCALE = 1000, 840, 0.75


def main(file: Path) -> None:
    """Write the picture."""
    path = program()
    if path is None or programs() is None:
        sys.exit("no Chromium or no Prometheus here: the picture stays as it is")
    with (
        tempfile.TemporaryDirectory() as folder,
        SimulatedCluster() as cluster,
        monitoring(cluster, Path(folder)) as prometheus,
        Chromium(path) as browser,
    ):
        wait(lambda: prometheus.query("kubectl_routes_routes"), "no route is measured")
        time.sleep(SECONDS)
        _lose(cluster)
        time.sleep(SECONDS)
        cluster.reconcile()
        time.sleep(SECONDS)
        query = {
            "g0.expr": EXPRESSION,
            "g0.tab": "0",
            "g0.range_input": f"{3 * SECONDS}s",
            "g0.step_input": "1",
        }
        page = browser.page(WIDTH, HEIGHT)
        page.visit(f"{prometheus.url}/classic/graph?{urlencode(query)}")
        page.wait(lambda: page.run(f"{GRAPH} !== null"))
        page.resize(WIDTH, HEIGHT, SCALE)
        time.sleep(1)
        page.picture(file)


def _lose(cluster: SimulatedCluster) -> None:
    """Some entries are deleted from the second table."""
    store = cluster.infra.vpc
    with store.lock:
        table = store.table(cluster.infra.table_ids[1])
        for node in cluster.infra.nodes[:LOST]:
            entry = table.at_cidr(node.pod_cidr)
            assert entry is not None
            table.remove(entry)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
