"""Measure the HTML report: how large it is, how long it takes to write, to open and to filter.

Writes a table in Markdown to standard output, the one of docs/performance.md. ``make bench-report``
runs it; it needs Chromium. Times are of the processor, which other work on the machine lengthens
little, but for the first paint, of which the shortest is taken.
"""

from __future__ import annotations

import gzip
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.browser.chromium import Chromium, Page, program

SIZES = ((500, 4), (5_000, 4), (5_000, 8), (15_000, 8))
RUNS = 9
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SEARCH = """(field => {
  field.value = field.value ? '' : '.7';
  field.dispatchEvent(new Event('input'));
})(document.getElementById('search'))"""
STATE = "document.querySelector('#states button:not([hidden])').click()"
SORT = "document.querySelector('#grid thead button').click()"


def busy(page: Page) -> float:
    """Milliseconds of processor that the page's main thread has taken."""
    metrics = page.call("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration")) * 1000


def opened(browser: Chromium, file: Path) -> tuple[Page, float, float]:
    """A page, milliseconds to its first paint, and those of the main thread until all is shown."""
    page = browser.page()
    page.call("Performance.enable", timeDomain="threadTicks")
    start = busy(page)
    page.open(file)
    page.wait(lambda: page.run(PAINT))
    page.run(FRAMES)
    return page, page.run(PAINT), busy(page) - start


def changed(page: Page, change: str) -> float:
    """Milliseconds of the main thread until a change is shown."""
    start = busy(page)
    page.run(change)
    page.run(FRAMES)
    return busy(page) - start


def written(command: list[str]) -> tuple[bytes, float]:
    """What a command prints, and the seconds of processor that it takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return text, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(browser: Chromium, nodes: int, tables: int, folder: Path) -> str:
    """One row of the table."""
    snapshot, file = folder / f"{nodes}-{tables}.json", folder / "report.html"
    with SimulatedCluster("large", nodes=nodes, tables=tables) as cluster:
        env = cluster.environment(os.environ)
        subprocess.run(["kubectl-routes", "snapshot", "-o", snapshot], env=env, check=True)
    text, seconds = written(
        ["kubectl-routes", "diagnose", "-o", "html", "--snapshot", str(snapshot)]
    )
    file.write_bytes(text)
    pages = [opened(browser, file) for _ in range(RUNS)]
    page = pages[-1][0]
    changes = (
        statistics.median(changed(page, change) for _ in range(RUNS))
        for change in (SEARCH, STATE, SORT)
    )
    return " | ".join(
        (
            f"| {nodes:,} × {tables}",
            f"{len(text) / 1000:.0f} kB",
            f"{len(gzip.compress(text)) / 1000:.0f} kB",
            f"{seconds:.2f} s",
            f"{min(paint for _, paint, _ in pages):.0f} ms",
            f"{statistics.median(ready for _, _, ready in pages):.0f} ms",
            *(f"{one:.0f} ms" for one in changes),
        )
    )


def main() -> None:
    """Print the table row by row."""
    path = program()
    if path is None:
        sys.exit("no Chromium here")
    heads = "nodes × tables | file | gzip | written | first paint | ready | search | state | sort"
    print(f"| {heads} |\n|{'---|' * len(heads.split(' | '))}")
    with tempfile.TemporaryDirectory() as folder, Chromium(path) as browser:
        for nodes, tables in SIZES:
            print(f"{measured(browser, nodes, tables, Path(folder))} |", flush=True)


if __name__ == "__main__":
    main()
