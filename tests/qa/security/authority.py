"""Authorities, certificates that are right and wrong, and servers that show them."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import trustme
from msgspec import Struct

from kubectl_routes_simulator.cluster import Tls

LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)


class Authority:
    """One that issues certificates into ``folder``; ``path`` is its own, as a PEM file."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._authority = trustme.CA()
        self._folder = folder
        self._name = name
        self.path = str(folder / f"{name}.pem")
        self._authority.cert_pem.write_to_path(self.path)

    def issue(self, *hosts: str, expired: bool = False) -> Tls:
        """A certificate for these hosts and what vouches for it."""
        issued = self._authority.issue_cert(*hosts, not_after=LONG_AGO if expired else None)
        stem = f"{self._name}-{hosts[0].replace(':', '_')}{'-expired' * expired}"
        found = Tls(str(self._folder / f"{stem}.pem"), str(self._folder / f"{stem}.key"), self.path)
        issued.cert_chain_pems[0].write_to_path(found.cert)
        issued.private_key_pem.write_to_path(found.key)
        return found


class Client(Struct, frozen=True):
    """A client's certificate and key, as texts in PEM."""

    cert: bytes
    key: bytes


def client() -> Client:
    issued = trustme.CA().issue_cert("me@example.com", common_name="me")
    return Client(issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes())
