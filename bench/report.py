"""Measure the HTML report: how large it is, how long it takes to write, to open and to filter.

Writes a table in Markdown to standard output, the one of docs/performance.md. ``make bench-report``
runs it; it needs Chromium. Each figure of the browser is the median of several.
"""

from __future__ import annotations

import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kubectl_routes.simulator.practice import PracticeCluster
from tests.browser.chromium import Chromium
from tests.browser.chromium import Page
from tests.browser.chromium import program

SIZES = ((500, 4), (5_000, 4), (5_000, 8), (15_000, 8))
RUNS = 9
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
READY = "performance.getEntriesByType('navigation')[0].domComplete"
# Milliseconds from a change to the frame that shows it.
AFTER = """new Promise((done) => {
  const start = performance.now();
  %s;
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""
SEARCH = """(field => {
  field.value = field.value ? '' : '.7';
  field.dispatchEvent(new Event('input'));
})(document.getElementById('search'))"""
STATE = "document.querySelector('#states button:not([hidden])').click()"
SORT = "document.querySelector('#grid thead button').click()"


def opened(browser: Chromium, file: Path) -> tuple[float, float]:
    """Milliseconds to the first paint, and until the script has done its work."""
    page = browser.page()
    page.open(file)
    page.wait(lambda: page.run(PAINT))
    return page.run(PAINT), page.run(READY)


def median_of(page: Page, change: str) -> float:
    """Milliseconds of a change, the median."""
    return statistics.median(page.run(AFTER % change) for _ in range(RUNS))


def measured(browser: Chromium, nodes: int, tables: int, folder: Path) -> str:
    """One row of the table."""
    snapshot, file = folder / f"{nodes}-{tables}.json", folder / "report.html"
    with PracticeCluster("large", nodes=nodes, tables=tables) as cluster:
        env = cluster.environment(os.environ)
        subprocess.run(["kubectl-routes", "snapshot", "-o", snapshot], env=env, check=True)
    command = ["kubectl-routes", "diagnose", "-o", "html", "--snapshot", str(snapshot)]
    start = time.perf_counter()
    text = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    wrote = time.perf_counter() - start
    file.write_bytes(text)
    paints, dones = zip(*(opened(browser, file) for _ in range(RUNS)), strict=True)
    page = browser.page()
    page.open(file)
    return " | ".join(
        (
            f"| {nodes:,} × {tables}",
            f"{len(text) / 1000:.0f} kB",
            f"{len(gzip.compress(text)) / 1000:.0f} kB",
            f"{wrote:.2f} s",
            f"{statistics.median(paints):.0f} ms",
            f"{statistics.median(dones):.0f} ms",
            f"{median_of(page, SEARCH):.0f} ms",
            f"{median_of(page, STATE):.0f} ms",
            f"{median_of(page, SORT):.0f} ms |",
        )
    )


def main() -> None:
    """Print the table row by row."""
    path = program()
    if path is None:
        sys.exit("no Chromium here")
    print(
        "| nodes × tables | file | gzip | written | first paint | ready | search | state | sort |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, Chromium(path) as browser:
        for nodes, tables in SIZES:
            print(measured(browser, nodes, tables, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
