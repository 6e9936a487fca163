"""The installed commands as processes. With KUBECTL_ROUTES_SCRIPTS the same tests run other ones:
the folder of a frozen program, installed as krew does (``make dist-test``).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.cli.asking import Answer

BESIDE_PYTHON = Path(sys.executable).parent
SCRIPTS = Path(os.environ.get("KUBECTL_ROUTES_SCRIPTS") or BESIDE_PYTHON).absolute()
ROUTES = str(SCRIPTS / "kubectl-routes")
# The commands first, then what belongs to the tests: kubectl is beside Python.
PATH = os.pathsep.join(dict.fromkeys((str(SCRIPTS), str(BESIDE_PYTHON), os.environ["PATH"])))


def finished(env: Mapping[str, str], *words: str) -> Answer:
    """A program run to its end; nothing can be asked."""
    done = subprocess.run(
        words,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def redirected(env: Mapping[str, str], streams: str, *words: str) -> Answer:
    """The plugin with its streams as a shell redirects them."""
    return finished(env, "sh", "-c", f'exec "$0" "$@" {streams}', ROUTES, *words)


@contextmanager
def started(
    env: Mapping[str, str], *words: str
) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    """The plugin as a process that does not outlive the test, its stdout and its stderr."""
    process = subprocess.Popen(
        [ROUTES, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        try:
            yield process, process.stdout, process.stderr
        finally:
            process.kill()
