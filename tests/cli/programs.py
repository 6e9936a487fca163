"""The installed commands. With KUBECTL_ROUTES_SCRIPTS the same tests run other ones: the folder of
a frozen program, installed as krew does (``make dist-test``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

BESIDE_PYTHON = Path(sys.executable).parent
SCRIPTS = Path(os.environ.get("KUBECTL_ROUTES_SCRIPTS") or BESIDE_PYTHON).absolute()
ROUTES = str(SCRIPTS / "kubectl-routes")
# The commands first, then what belongs to the tests: kubectl is beside Python.
PATH = os.pathsep.join(dict.fromkeys((str(SCRIPTS), str(BESIDE_PYTHON), os.environ["PATH"])))
