"""The installed commands as processes. With KUBECTL_ROUTES_SCRIPTS the same tests run other ones:
the folder of a frozen program, installed as krew does (``make dist-test``).
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
    """The plugin as a process that does not outlive the test, its stdout and its stderr; nothing
    can be asked.
    """
    process = subprocess.Popen(
        [ROUTES, *words],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        try:
            yield process, process.stdout, process.stderr
        finally:
            process.kill()


def typed(
    env: Mapping[str, str], keys: str, *words: str, folder: Path | None = None, until: bytes = b""
) -> tuple[int, str]:
    """The exit code of a program in a terminal of its own, where these keys are typed, and all that
    is shown there. A program that does not end is ended once it shows ``until``.
    """
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        words,
        env=env,
        cwd=folder,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    os.write(leader, keys.encode())
    shown = b""
    try:
        with suppress(OSError):  # what Linux says at the end of a terminal
            while part := os.read(leader, 4096):
                shown += part
                if until and until in shown:
                    process.terminate()
        return process.wait(), shown.decode()
    finally:
        os.close(leader)
        process.kill()
        process.wait()
