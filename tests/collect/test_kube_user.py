"""Credentials of a kubeconfig that do not end, hang, or would be left in a file."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.kube_user import LARGEST, Credential, Login
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import ClusterError, UsageError
from tests.cli.programs import PATH, ROUTES

API = "client.authentication.k8s.io/v1"


def kubeconfig(folder: Path, user: dict[str, Any], **cluster: Any) -> str:
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1", **cluster}}],
        "users": [{"name": "u", "user": user}],
    }
    path = folder / "config"
    path.write_text(json.dumps(content))
    return str(path)


def way(path: str, seconds: float | None = None) -> CollectOptions:
    return CollectOptions(kubeconfig=path, request_timeout=seconds)


def plugin(folder: Path, script: str) -> str:
    path = folder / "plugin"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return kubeconfig(folder, {"exec": {"command": "./plugin", "apiVersion": API}})


def test_a_plugin_gives_the_token(tmp_path: Path) -> None:
    answer = {"apiVersion": API, "kind": "ExecCredential", "status": {"token": "t0ken"}}
    connection = connect(way(plugin(tmp_path, f"echo '{json.dumps(answer)}'")), {})
    assert connection.headers()["Authorization"] == "Bearer t0ken"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_threads_that_find_it_expired_read_a_credential_once() -> None:
    began: list[float] = []

    def read() -> Credential:
        began.append(time.time())
        time.sleep(0.1)
        return Credential("Bearer new", until=time.time() + (60 if began[1:] else 0))

    login = Login(read)
    threads = [threading.Thread(target=login.current) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(began) == 2


@pytest.mark.parametrize("name", ["tokenFile", "client-certificate"])
def test_a_file_without_end_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"it is larger than {LARGEST >> 20} MiB"):
        connect(way(kubeconfig(tmp_path, {name: "/dev/zero"})), {})


def test_a_plugin_that_prints_without_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="its output is larger than 1 MiB"):
        connect(way(plugin(tmp_path, "exec yes")), {"PATH": os.environ["PATH"]})


def is_there(pid: int) -> bool:
    """Whether a process runs; what has ended and was not asked for its code does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: list[int]) -> bool:
    until = time.monotonic() + 10
    while any(map(is_there, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(is_there, pids))


HANGS = "sleep 300 & echo $$ $! > pids.new; mv pids.new pids; wait"


def test_a_plugin_that_hangs_ends_with_its_children(tmp_path: Path) -> None:
    path = plugin(tmp_path, HANGS)
    with pytest.raises(ClusterError, match="no credentials for the cluster within 2 s"):
        connect(way(path, 2.0), {"PATH": os.environ["PATH"]})
    assert gone([int(pid) for pid in (tmp_path / "pids").read_text().split()])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", [["status"], ["status", "-l", "a=b"]])
def test_a_plugin_that_hangs_ends_with_the_command(
    tmp_path: Path, words: list[str], number: int
) -> None:
    command = [ROUTES, *words, "--kubeconfig", plugin(tmp_path, HANGS)]
    with subprocess.Popen(command, env={"PATH": PATH}, stderr=subprocess.DEVNULL) as process:
        while not (tmp_path / "pids").exists():
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(20) == 130
    assert gone([int(pid) for pid in (tmp_path / "pids").read_text().split()])


def test_the_program_of_an_auth_provider_is_not_run(tmp_path: Path) -> None:
    config = {"cmd-path": f"/usr/bin/touch {tmp_path}/run", "cmd-args": f"{tmp_path}/run"}
    user = {"auth-provider": {"name": "gcp", "config": config}}
    with pytest.raises(UsageError, match="auth-provider 'gcp', which kubectl no longer supports"):
        connect(way(kubeconfig(tmp_path, user)), {})
    assert not (tmp_path / "run").exists()


def _expired(issuer: str) -> dict[str, Any]:
    claims = base64.urlsafe_b64encode(b'{"exp":1}').decode().rstrip("=")
    config = {
        "client-id": "id",
        "client-secret": "s",
        "id-token": f"e30.{claims}.x",
        "idp-issuer-url": issuer,
        "refresh-token": "r",
    }
    return {"auth-provider": {"name": "oidc", "config": config}}


def test_an_oidc_issuer_in_the_clear_hears_nothing(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, _expired("http://issuer.example.com"))
    with pytest.raises(UsageError, match="the OIDC issuer of the kubeconfig must be an https"):
        connect(way(path), {})


def test_an_oidc_issuer_that_is_not_there(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, _expired("https://127.0.0.1:1"))
    with pytest.raises(ClusterError, match="the token of user 'u' cannot be renewed by the OIDC"):
        connect(way(path), {})


def test_a_client_key_in_the_kubeconfig_needs_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    settings = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(settings)
    authority.configure_trust(settings)
    settings.verify_mode = ssl.CERT_REQUIRED
    client = authority.issue_cert("me@example.com")
    shown: list[Any] = []

    def serve(listening: Any) -> None:
        with listening.accept()[0] as connection:
            shown.append(connection.getpeercert()["subjectAltName"])
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    user = {
        "client-certificate-data": b64(client.cert_chain_pems[0].bytes()),
        "client-key-data": b64(client.private_key_pem.bytes()),
    }
    with socket.create_server(("127.0.0.1", 0)) as plain:
        listening = settings.wrap_socket(plain, server_side=True)
        serving = threading.Thread(target=serve, args=(listening,))
        serving.start()
        server = f"https://127.0.0.1:{listening.getsockname()[1]}"
        ca = b64(authority.cert_pem.bytes())
        path = kubeconfig(tmp_path, user, server=server, **{"certificate-authority-data": ca})
        connection = connect(way(path), {})
        deadline = Deadline(SystemClock(), 10.0)
        answer = connection.transport.send("GET", server, {}, deadline, most=2)
        serving.join()
        connection.transport.close()
        listening.close()
    assert (answer.status, shown) == (200, [(("email", "me@example.com"),)])


@pytest.mark.parametrize("name", ["certificate-authority-data", "client-certificate-data"])
def test_what_is_no_certificate_is_wrong_usage(tmp_path: Path, name: str) -> None:
    noise = {name: b64(b"C4nary")}
    in_user = name.startswith("client")
    path = kubeconfig(tmp_path, noise if in_user else {}, **({} if in_user else noise))
    with pytest.raises(UsageError, match="in PEM form") as raised:
        connect(way(path), {})
    assert "C4nary" not in f"{raised.value}"


@pytest.mark.parametrize("handles", [8, 10, 12, 16])
def test_too_few_file_handles_are_no_fault_of_ours(tmp_path: Path, handles: int) -> None:
    path = kubeconfig(tmp_path, {"token": "t"}, server="http://127.0.0.1:1")
    done = subprocess.run(
        ["sh", "-c", f'ulimit -n {handles}; exec "$0" status --kubeconfig "$1"', ROUTES, path],
        env={"PATH": PATH},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "\nerror: " in f"\n{done.stderr}", done.stderr
    assert "internal" not in done.stderr
