"""A forward proxy on loopback, which leads every host to a server of the test."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple


class Asked(NamedTuple):
    """What the proxy was asked for: ``CONNECT host:port`` or ``GET http://…``, and with what."""

    line: str
    headers: dict[str, str]


class Proxy:
    """A context manager. ``ways`` leads ``host:port`` to a port of 127.0.0.1; whatever is not in it
    is refused with 502, and the answer repeats the whole request, as some proxies do. With ``tls``
    it is one that is spoken to over TLS.
    """

    def __init__(self, ways: Mapping[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self._tls = tls
        self._ways = dict(ways)
        self._listening = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    @property
    def targets(self) -> list[str]:
        """The hosts asked for, with their ports, in order and each once."""
        found = (one.line.split(" ")[1] for one in self.asked)
        hosts = (each.removeprefix("http://").partition("/")[0] for each in found)
        return list(dict.fromkeys(hosts))

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _spoken(self, client: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(client, server_side=True) if self._tls else client

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError), self._spoken(accepted) as client:
            head = _head(client)
            line, *rest = head.decode("latin-1").splitlines()
            pairs = (each.partition(":") for each in rest if each)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            self.asked.append(Asked(line, headers))
            method, target, _ = line.split(" ")
            host = target.removeprefix("http://").partition("/")[0]
            port = self._ways.get(host if ":" in host else f"{host}:80")
            if port is None:
                client.sendall(_REFUSAL % (len(head), head))
                return
            with socket.create_connection(("127.0.0.1", port)) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    server.sendall(head.replace(f"http://{host}".encode(), b"", 1))
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()
                _pump(server, client)


_REFUSAL = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s"


def _head(client: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        part = client.recv(4096)
        if not part:
            raise OSError("it has gone")
        found += part
    return found


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
