"""The real kubectl, and a simulated cluster over TLS for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_access import Access, User
from tests.simulator.filling import NOW, fill


class Kubectl:
    """Runs kubectl against one simulated cluster; its caches stay in a folder of the test."""

    def __init__(self, kube: KubeSimulator, home: Path) -> None:
        beside = Path(sys.executable).with_name("kubectl")
        self._program = str(beside) if beside.exists() else shutil.which("kubectl") or "kubectl"
        # kubectl runs "diff" and an editor by their names.
        path = os.environ.get("PATH", os.defpath)
        self._env = {"HOME": str(home), "KUBECONFIG": str(home / "config"), "PATH": path}
        tls = kube.url.startswith("https")
        authority = str(home / "authority.pem") if tls else ""
        kube.kubeconfig(home / "config", token="practice-token", authority=authority)

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._program, *arguments],
            env=self._env | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, given: str = "", **env: str) -> tuple[int, str, str]:
        """Exit code, output and errors; ``given`` is the standard input."""
        with self.start(*arguments, **env) as process:
            out, err = process.communicate(given, timeout=30)
        return process.returncode, out, err

    def __call__(self, *arguments: str, given: str = "", **env: str) -> str:
        """The output of a command that succeeds without a word on stderr."""
        code, out, err = self.run(*arguments, given=given, **env)
        assert (code, err) == (0, "")
        return out


@contextmanager
def cluster(home: Path) -> Iterator[KubeSimulator]:
    """A filled simulated cluster for alice, who may do everything. Over TLS, because kubectl keeps
    its token to itself without.
    """
    authority = trustme.CA()
    pem = authority.issue_cert("127.0.0.1")
    cert, key = str(home / "cert.pem"), str(home / "key.pem")
    authority.cert_pem.write_to_path(str(home / "authority.pem"))
    pem.cert_chain_pems[0].write_to_path(cert)
    pem.private_key_pem.write_to_path(key)
    access = Access({"practice-token": User("alice", ("system:masters",))})
    with KubeSimulator(
        access=access, clock=lambda: NOW, version="v1.37.0", cert=cert, key=key
    ) as running:
        fill(running)
        yield running
