"""The installed commands as processes: streams, signals and exit codes as a shell sees them."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from kubectl_routes.render.text import columns
from tests.analyze.cluster import SIX, controller, listing, node, routes, snapshot
from tests.cli.asking import kubeconfig, saved
from tests.cli.programs import BESIDE_PYTHON, PATH, ROUTES, SCRIPTS, finished, redirected, started

CCM = controller("v2.14.0", listing("vtb-a,vtb-b"))
BROKEN = snapshot(CCM, entries={"vtb-a": routes(*SIX), "vtb-b": routes(*SIX[1:])})


@pytest.fixture
def env() -> dict[str, str]:
    return {"PATH": PATH, "LANG": "C.UTF-8"}


@pytest.fixture
def broken(tmp_path: Path) -> str:
    return saved(tmp_path, BROKEN)


def test_kubectl_starts_it_and_passes_its_exit_code_on(env: dict[str, str], broken: str) -> None:
    words = ("kubectl", "routes", "status", "--check", "-o", "name", "--snapshot", broken)
    code, stdout, stderr = finished(env, *words)
    said = "note: the snapshot was taken at 2026-11-23T08:00:00Z\n"
    assert (code, stdout.split()[0], stderr) == (1, "node/n1", said)
    code, stdout, stderr = finished(env, "kubectl", "routes", "status", "-h")
    assert (code, stderr) == (0, "")
    assert stdout.startswith("usage: kubectl routes status ")


def test_kubectl_completes_its_words(env: dict[str, str]) -> None:
    code, stdout, _ = finished(env, "kubectl", "__complete", "routes", "status", "-o", "j")
    assert (code, stdout) == (0, "json\n:4\n")


@pytest.mark.skipif(
    SCRIPTS != BESIDE_PYTHON, reason="a frozen Python takes its encoding from the locale alone"
)
def test_a_stream_of_ascii_gets_ascii(env: dict[str, str], broken: str) -> None:
    words = (ROUTES, "status", "--snapshot", broken)
    code, stdout, stderr = finished({**env, "PYTHONIOENCODING": "ascii"}, *words)
    assert (code, stderr) == (0, "")
    assert "x missing -> create" in stdout
    assert stdout.isascii()


def test_a_reader_that_has_seen_enough_ends_it_as_it_ends_kubectl(
    env: dict[str, str], tmp_path: Path
) -> None:
    many = [node(1, name=f"n{n}") for n in range(3000)]
    path = saved(tmp_path, snapshot(CCM, nodes=tuple(many)))
    words = ("status", "--snapshot", path, "-o", "json")
    with started(env, *words) as (process, stdout, stderr):
        assert stdout.readline() == "{\n"
        stdout.close()
        assert (stderr.read(), process.wait(30)) == ("", -signal.SIGPIPE)


def test_a_terminal_gets_colour_and_its_own_width(env: dict[str, str], broken: str) -> None:
    ours, theirs = pty.openpty()
    os.set_inheritable(theirs, True)
    try:
        # Rows, columns and two unused sizes in pixels.
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        done = subprocess.run(
            [ROUTES, "status", "--snapshot", broken],
            env={**env, "TERM": "xterm"},
            stdout=theirs,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        text = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "\x1b[31m✗ missing" in text
    assert all(columns(line) <= 60 for line in text.splitlines())


@pytest.mark.parametrize(
    ("streams", "code", "stderr"),
    [
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        (">/dev/full", 3, "error: cannot write the result: No space left on device\n"),
    ],
)
def test_a_stdout_that_cannot_be_written_is_no_traceback(
    env: dict[str, str], broken: str, streams: str, code: int, stderr: str
) -> None:
    found = redirected(env, streams, "status", "--snapshot", broken)
    assert (found.code, found.stderr) == (code, stderr)


def test_an_interrupt_ends_a_reading_that_gets_no_answer(
    env: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"http://127.0.0.1:{silent.getsockname()[1]}"
        path = kubeconfig(tmp_path, server, token="t")
        with started(env, "status", "--kubeconfig", path) as (process, stdout, stderr):
            silent.accept()[0].close()
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
            connection.close()
            assert stdout.read() == ""
            assert stderr.read() in ("", "reading the cluster and its VPC ...\n")
