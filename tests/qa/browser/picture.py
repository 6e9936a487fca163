"""Makes docs/report.png again: ``python -m tests.qa.browser.picture docs/report.png``.

What it shows is the report of a simulated cluster, down to the picture of its vSwitches.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.browser.chromium import Chromium, program

COMMAND = ("kubectl-routes", "diagnose", "-o", "html")
WIDTH = 1200
SCALE = 0.7
# Where the picture ends, in pixels from the top of the page.
END = "document.getElementById('picture').getBoundingClientRect().bottom + scrollY + 16"


def main(file: Path) -> None:
    """Write the picture."""
    path = program()
    if path is None:
        sys.exit("no Chromium here: the picture stays as it is")
    with tempfile.TemporaryDirectory() as folder, Chromium(path) as browser:
        page_file = Path(folder, "report.html")
        with SimulatedCluster("space-in-list") as cluster:
            env = cluster.environment(os.environ)
            made = subprocess.run(COMMAND, env=env, stdout=subprocess.PIPE, check=False)
        page_file.write_bytes(made.stdout)
        page = browser.page(WIDTH, 800)
        page.open(page_file)
        page.resize(WIDTH, int(page.run(END)), SCALE)
        page.picture(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
