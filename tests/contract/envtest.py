"""A real etcd and kube-apiserver on loopback, from the programs that KUBEBUILDER_ASSETS names."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trustme
import urllib3


@contextmanager
def api_server(assets: Path, work: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Start both in the folder ``work``; yield the kubeconfig of an administrator, and what makes
    etcd forget every revision but the newest. Stop both at the end. Raises TimeoutError when the
    API server is not ready within 50 seconds.
    """
    etcd_port, port = _free_port(), _free_port()
    token = secrets.token_hex(16)
    authority = _write_credentials(work, token)
    with ExitStack() as stack:
        stack.enter_context(_running(work, _etcd(assets, work, etcd_port)))
        stack.enter_context(_running(work, _kube_apiserver(assets, work, etcd_port, port)))
        _wait_until_ready(f"https://127.0.0.1:{port}/readyz", authority, token)
        yield _write_kubeconfig(work, port, authority, token), partial(_compact, etcd_port)


def _compact(port: int) -> None:
    """Through etcd's JSON gateway, see "Maintenance" and "API reference" in its documentation."""
    pool = urllib3.PoolManager(retries=False, timeout=30)

    def ask(path: str, value: dict[str, object]) -> Any:
        answer = pool.request("POST", f"http://127.0.0.1:{port}/v3/kv/{path}", json=value)
        assert answer.status == 200, answer.data
        return answer.json()

    try:
        newest = ask("range", {"key": b64encode(b"/none").decode()})["header"]["revision"]
        ask("compaction", {"revision": newest, "physical": True})
    finally:
        pool.clear()


def _etcd(assets: Path, work: Path, port: int) -> list[str]:
    url = f"http://127.0.0.1:{port}"
    return [
        str(assets / "etcd"),
        f"--data-dir={work / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync=true",
    ]


def _kube_apiserver(assets: Path, work: Path, etcd_port: int, port: int) -> list[str]:
    return [
        str(assets / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        # Without it the server looks for an address of the machine, which may have none.
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={work}",
        f"--tls-cert-file={work / 'server.pem'}",
        f"--tls-private-key-file={work / 'server.key'}",
        f"--token-auth-file={work / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://127.0.0.1/",
        f"--service-account-key-file={work / 'server.key'}",
        f"--service-account-signing-key-file={work / 'server.key'}",
        "--service-cluster-ip-range=10.0.0.0/24",
        # Without a controller manager no namespace gets the service account that pods need.
        "--disable-admission-plugins=ServiceAccount",
    ]


def _write_credentials(work: Path, token: str) -> Path:
    issuer = trustme.CA()
    pem = issuer.issue_cert("127.0.0.1", "localhost")
    pem.cert_chain_pems[0].write_to_path(str(work / "server.pem"))
    pem.private_key_pem.write_to_path(str(work / "server.key"))
    issuer.cert_pem.write_to_path(str(work / "authority.pem"))
    tokens = work / "tokens.csv"
    tokens.touch(0o600)
    tokens.write_text(f'{token},contract-admin,1,"system:masters"\n')
    return work / "authority.pem"


def _write_kubeconfig(work: Path, port: int, authority: Path, token: str) -> Path:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(authority)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "envtest",
        "clusters": [{"name": "envtest", "cluster": cluster}],
        "users": [{"name": "envtest", "user": {"token": token}}],
        "contexts": [{"name": "envtest", "context": {"cluster": "envtest", "user": "envtest"}}],
    }
    path = work / "kubeconfig"
    path.touch(0o600)
    path.write_text(json.dumps(config))
    return path


@contextmanager
def _running(work: Path, command: list[str]) -> Iterator[None]:
    """Run a program until the end of the block; its log is in the folder, named after it."""
    log = work / f"{Path(command[0]).name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=work, stdout=file, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(url: str, authority: Path, token: str) -> None:
    pool = urllib3.PoolManager(ca_certs=str(authority), retries=False, timeout=5)
    headers = {"Authorization": f"Bearer {token}"}
    deadline = time.monotonic() + 50
    try:
        while time.monotonic() < deadline:
            try:
                if pool.request("GET", url, headers=headers).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass  # it does not listen yet
            time.sleep(0.2)
    finally:
        pool.clear()
    raise TimeoutError(f"kube-apiserver is not ready; its log is in {authority.parent}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
