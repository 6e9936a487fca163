"""How a process ends: by its own exit code, whatever its threads are doing, and by signals."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from kubectl_routes.cli.interrupts import Interrupts
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.cli.asking import kubeconfig
from tests.cli.programs import PATH, ROUTES, finished, redirected, started

# What ends a process while its threads are at work does so in a few of many runs: of 120 runs of a
# release that ended as Python does, 12 were ended by SIGABRT.
RUNS = (9, pytest.param(60, marks=pytest.mark.qa))
AT_ONCE = 14
REFUSAL = (
    b'{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden",'
    b'"code":403}'
)

COMMANDS = {
    "status": ["status"],
    "status of some": ["status", "-l", "a=b"],
    "status of a VPC": ["status", "--region", "cn-a", "--vpc-id", "vpc-a"],
    "tables": ["tables"],
    "diagnose": ["diagnose"],
    "trace": ["trace", "10.0.0.1", "10.0.0.2"],
    "snapshot": ["snapshot", "-o", "-"],
    "enable": ["enable", "--tables", "auto", "--yes"],
    "disable": ["disable", "--yes"],
}


def refuse(_: Request) -> Reply:
    """At another moment each time: the readers of the VPC are then still loading libraries."""
    time.sleep(random.uniform(0.05, 0.4))
    return Reply(403, REFUSAL, {"Content-Type": "application/json"})


def never(request: Request) -> Reply:
    time.sleep(5)
    return refuse(request)


@contextmanager
def refusing(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a user without any right in a cluster whose VPC answers slowly."""
    with LoopbackServer(refuse) as kube, LoopbackServer(never) as vpc:
        yield {
            "PATH": PATH,
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "KUBECONFIG": kubeconfig(folder, kube.url),
            "VPC_ENDPOINT": vpc.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("runs", RUNS)
def test_who_gives_up_early_ends_with_the_exit_code(runs: int, tmp_path: Path) -> None:
    commands = list(COMMANDS.values())
    with refusing(tmp_path) as env, ThreadPoolExecutor(AT_ONCE) as pool:
        redirections = ("", ">&-", ">/dev/full")
        running = [
            pool.submit(redirected, env, redirections[n % 3], *commands[n % len(commands)])
            for n in range(runs)
        ]
        found = [one.result() for one in running]
    assert Counter(answer.code for answer in found) == {3: runs}
    told = "".join(answer.stderr for answer in found)
    assert "FATAL" not in told
    assert "Traceback" not in told


LOADER = """
import sys


class Gone:
    # What the loader of a frozen program does once its files are replaced.
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            {what}


sys.meta_path.insert(0, Gone())
"""


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (
            "raise SystemExit('ERROR: /opt/x appears to have been moved or deleted')",
            "error: /opt/x appears to have been moved or deleted\n",
        ),
        (
            "raise ImportError('No module named x')",
            "error: a part of kubectl-routes cannot be loaded: No module named x\n",
        ),
    ],
)
@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("kubectl_routes.analyze.matrix", ["status", "--check"]),
        ("kubectl_routes.collect.snapshot_reader", ["status", "-w"]),
        ("kubectl_routes.collect.snapshot_reader", ["enable", "--tables", "auto", "--yes"]),
    ],
)
def test_a_program_whose_files_are_gone_says_so(
    tmp_path: Path, module: str, words: list[str], what: str, told: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(LOADER.format(module=module, what=what))
    with refusing(tmp_path) as env:
        answer = finished({**env, "PYTHONPATH": str(tmp_path)}, ROUTES, *words)
    hint = (
        "if kubectl-routes was upgraded or removed while it ran, run it again; else reinstall it\n"
    )
    assert (answer.code, answer.stderr) == (3, told + hint)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_ends_a_watch_alike(tmp_path: Path, number: int) -> None:
    with refusing(tmp_path) as env, started(env, "status", "-w") as (process, stdout, _):
        assert stdout.read(1)
        process.send_signal(number)
        process.send_signal(number)
        assert process.wait(20) == 130


def test_a_signal_that_meets_a_finalizer_is_not_lost() -> None:
    class Slow:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    seen = []
    with Interrupts():
        try:
            Slow()
            seen.append("lost in the finalizer")
            time.sleep(20)
        except KeyboardInterrupt:
            seen.append("came again")
    assert seen == ["lost in the finalizer", "came again"]


def test_of_two_signals_the_second_is_recorded() -> None:
    with Interrupts() as interrupts, interrupts.held():
        signal.raise_signal(signal.SIGHUP)
        with pytest.raises(KeyboardInterrupt), interrupts.admitted():
            raise AssertionError("a signal that came before counts at once")
        signal.raise_signal(signal.SIGINT)
        with interrupts.admitted():
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), interrupts.admitted(again=True):
            signal.raise_signal(signal.SIGTERM)


def test_a_process_that_ends_waits_for_no_thread_of_signals() -> None:
    before = set(threading.enumerate())
    with Interrupts() as interrupts:
        watching = set(threading.enumerate()) - before
        assert len(watching) == 1
        interrupts.unwatch()
        for thread in watching:
            thread.join(20)
            assert not thread.is_alive()


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
