"""Credential plugins of a kubeconfig (``exec``), by the protocol of client.authentication.k8s.io.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import Any

from kubectl_routes.collect.background import start
from kubectl_routes.model.message import message

# A token and a chain of certificates take some 20 kB.
LARGEST = 1024 * 1024
_PIECE = 64 * 1024

# Those that run: whatever way the process ends, they end with it. By process id; the value says
# whether the plugin has a process group of its own.
_running: dict[int, bool] = {}
# Held while one starts, until it is in _running. How long its start is waited for, in seconds.
_starting = Lock()
_START_SECONDS = 1.0


class PluginError(Exception):
    """Why a plugin gave no credential; without any text of the plugin, which handles secrets."""


def run(
    plugin: Mapping[str, Any],
    cluster: Mapping[str, Any],
    folder: str,
    env: Mapping[str, str],
    seconds: float | None,
    *,
    may_ask: bool = True,
) -> Mapping[str, Any]:
    """The ``status`` that a plugin answers: token, or certificate and key, and when they expire.

    ``folder`` is that of the kubeconfig, ``seconds`` how long it may take: it may wait for a human,
    unless it may not ask: two plugins at once would ask at the same terminal.
    Raises PluginError, and TimeoutError when it takes longer.
    """
    version = plugin["apiVersion"]
    mode = plugin.get("interactiveMode") or "IfAvailable"
    interactive = may_ask and mode != "Never" and sys.stdin is not None and sys.stdin.isatty()
    if mode == "Always" and not may_ask:
        raise PluginError("it needs to ask, and cannot while several clusters are read")
    if mode == "Always" and not interactive:
        raise PluginError(message("it needs a terminal to ask, and there is none"))
    info: dict[str, Any] = {"apiVersion": version, "kind": "ExecCredential"}
    info["spec"] = {"interactive": interactive}
    if plugin.get("provideClusterInfo"):
        info["spec"]["cluster"] = _cluster_info(cluster)
    extra = {item["name"]: item["value"] for item in plugin.get("env") or ()}
    words = [_program(plugin["command"], folder), *(plugin.get("args") or ())]
    body = _output(
        words,
        {**env, **extra, "KUBERNETES_EXEC_INFO": json.dumps(info)},
        folder,
        interactive,
        seconds,
    )
    return _status(body, version)


def end_all() -> None:
    """End every plugin that still runs, with all that it has started; no other starts any more."""
    _starting.acquire(timeout=_START_SECONDS)
    for number, grouped in list(_running.items()):
        _kill(number, grouped)


def _kill(number: int, grouped: bool) -> None:
    with suppress(OSError):
        (os.killpg if grouped else os.kill)(number, signal.SIGKILL)


def _program(command: str, folder: str) -> str:
    """As kubectl has it: a path with a slash is relative to the kubeconfig."""
    return os.path.join(folder, command) if "/" in command else command


def _cluster_info(cluster: Mapping[str, Any]) -> dict[str, Any]:
    info = {name: value for name, value in cluster.items() if name != "extensions"}
    for extension in cluster.get("extensions") or ():
        if extension["name"] == "client.authentication.k8s.io/exec":
            info["config"] = extension["extension"]
    return info


def _output(
    words: list[str], env: Mapping[str, str], folder: str, interactive: bool, seconds: float | None
) -> bytes:
    path = shutil.which(words[0], path=env.get("PATH")) or words[0]
    try:
        # In a thread: a signal would end this one between the start and the note of it.
        process = start(lambda: _start([path, *words[1:]], env, folder, interactive)).result()
    except FileNotFoundError:
        raise PluginError(
            message("it is not there: check that it is installed and in PATH")
        ) from None
    except OSError as error:
        raise PluginError(
            message("it cannot be started: {reason}", reason=str(error.strerror))
        ) from None
    try:
        body = _read(process, seconds)
        code = process.wait()
    finally:
        if process.poll() is None:
            _kill(process.pid, not interactive)
            process.wait()
        del _running[process.pid]
        if process.stdout is not None:
            process.stdout.close()
    if code:
        raise PluginError(message("it ended with code {code}", code=code))
    return body


def _start(
    words: list[str], env: Mapping[str, str], folder: str, interactive: bool
) -> subprocess.Popen[bytes]:
    with _starting:
        process = subprocess.Popen(  # noqa: S603 - the kubeconfig's own program, as by kubectl
            words,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if interactive else subprocess.DEVNULL,
            cwd=folder or None,
            env=env,
            # One that talks with a human stays in the group of the terminal.
            start_new_session=not interactive,
        )
        _running[process.pid] = not interactive
    return process


def _read(process: subprocess.Popen[bytes], seconds: float | None) -> bytes:
    """All that it prints, up to a limit. Raises PluginError and TimeoutError."""
    if process.stdout is None:
        raise AssertionError
    until = None if seconds is None else time.monotonic() + seconds
    pipe = process.stdout.fileno()
    body = bytearray()
    while True:
        left = None if until is None else until - time.monotonic()
        if left is not None and (left <= 0 or not select.select([pipe], [], [], left)[0]):
            raise TimeoutError
        piece = os.read(pipe, _PIECE)
        if not piece:
            return bytes(body)
        body += piece
        if len(body) > LARGEST:
            raise PluginError(message("its output is larger than {count} MiB", count=LARGEST >> 20))


def _status(body: bytes, version: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise PluginError(message("its output is not JSON")) from None
    if not isinstance(answer, dict) or not isinstance(answer.get("status"), dict):
        raise PluginError(message("its output is no ExecCredential"))
    if answer.get("apiVersion") != version:
        raise PluginError(message("its output has another apiVersion than the kubeconfig names"))
    status: Mapping[str, Any] = answer["status"]
    pair = status.get("clientCertificateData") and status.get("clientKeyData")
    if not status.get("token") and not pair:
        raise PluginError(message("its output holds neither token nor certificate"))
    return status
