"""One command measured from outside: time, memory, and the processor time of it and of the server.

A command is started by a small process of its own: a child starts with the peak of the process that
it was forked from, and the one with the simulated cluster is large.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import kubectl_routes

MEASURE = """
import os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
taken = time.perf_counter() - started
print(taken, usage.ru_maxrss, usage.ru_utime + usage.ru_stime, flush=True)
os._exit(os.waitstatus_to_exitcode(status))
"""


class Cost(NamedTuple):
    """Wall time in seconds, peak resident memory in MB, processor time in seconds of the command
    and of this process, which serves it.
    """

    seconds: float
    memory: float
    processor: float
    server: float


@cache
def compile_modules() -> None:
    """As pip does when it installs: where PYTHONDONTWRITEBYTECODE is set, every run of a checkout
    would compile every module, a third of the time of a small ``status``.
    """
    compileall.compile_dir(Path(kubectl_routes.__file__).parent, quiet=1)


def measure(command: list[str], env: Mapping[str, str]) -> Cost:
    """The cost of one run. Raises CalledProcessError when it fails."""
    compile_modules()
    before = time.process_time()
    measured = subprocess.run(
        [sys.executable, "-S", "-c", MEASURE, *command],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    server = time.process_time() - before
    seconds, kilobytes, processor = map(float, measured.stdout.split())
    return Cost(seconds, kilobytes / 1024, processor, server)
