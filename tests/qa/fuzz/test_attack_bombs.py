"""Servers that send bombs over a socket, to one request and to all at once: a gap, or an error, in
little memory and in time.
"""

from __future__ import annotations

import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain, repeat
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.fuzz.contained import contained

Bytes = Iterator[bytes]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
# The most that a bomb sends: a command that reads it all has lost.
MOST = 2 * 2**30


def packed(parts: Bytes) -> bytes:
    press = zlib.compressobj(9, wbits=31)
    return b"".join(map(press.compress, parts)) + press.flush()


def encoded(encoding: str, body: bytes) -> Bytes:
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return iter((head, body))


def chunks(parts: Bytes) -> Bytes:
    return (f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)


def body(first: bytes, part: bytes) -> Bytes:
    """JSON that begins so, and then repeats without end."""
    return chain([CHUNKED], chunks(chain([first], repeat(part * (2**16 // len(part))))))


SPACES = repeat(b" " * 2**20, 2 * 1024)
NODE = b'{"metadata":{"name":"n"},"spec":{},"status":{}},'
BOMBS: dict[str, Callable[[], Bytes]] = {
    "gzip of 1 GiB": lambda: encoded("gzip", packed(repeat(b" " * 2**20, 1024))),
    "gzip of gzip of 2 GiB": lambda: encoded("gzip, gzip", packed(iter([packed(SPACES)]))),
    "gzip that ends and continues": lambda: encoded("gzip", packed(iter([b"{}"])) * 2**20),
    "an encoding of its own": lambda: chain(
        [HEAD + b"Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n"],
        chunks(repeat(b" " * 2**16)),
    ),
    "a status line without an end": lambda: chain([b"HTTP/1.1 200 "], repeat(b"x" * 2**16)),
    "a header without an end": lambda: chain([HEAD, b"X-Long: "], repeat(b"x" * 2**16)),
    "headers without an end": lambda: chain([HEAD], repeat(b"X-More: 1\r\n" * 4096)),
    "100 Continue without an end": lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 2048),
    "a chunk size without an end": lambda: chain([CHUNKED], repeat(b"0" * 2**16)),
    "chunks of one byte, each with an extension": lambda: chain(
        [CHUNKED], repeat(b"1;" + b"x" * 2**15 + b"\r\n \r\n")
    ),
    "trailers without an end": lambda: chain(
        [CHUNKED, b"2\r\n{}\r\n0\r\n"], repeat(b"X-More: 1\r\n" * 4096)
    ),
    "spaces without an end": lambda: body(b" ", b" "),
    "empty lists without an end": lambda: body(b'{"items":[', b"[],"),
    "the largest list of empty objects": lambda: encoded(
        "identity", b'{"kind":"List","items":[' + b"{}," * (5 * 2**20) + b"{}]}"
    ),
    "nodes without an end": lambda: body(b'{"items":[', NODE),
    "the largest page of nodes": lambda: encoded(
        "identity", b'{"kind":"NodeList","items":[' + NODE * 10**6 + b"]}"
    ),
    "one text without an end": lambda: body(b'{"kind":"', b"x"),
}


@contextmanager
def hostile(bomb: Callable[[], Bytes]) -> Iterator[str]:
    """The URL of a server that answers every request with the bomb."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listening.accept()
                    threading.Thread(target=answer, args=(peer,), daemon=True).start()

        def answer(peer: socket.socket) -> None:
            with suppress(OSError), peer:
                while b"\r\n\r\n" not in peer.recv(2**16):
                    pass
                sent = 0
                for part in bomb():
                    peer.sendall(part)
                    sent += len(part)
                    if sent > MOST:
                        return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


# MiB that a command may take in all, and seconds of the processor.
MOST_MEMORY, QUICK = 250, 12.0
TIMEOUT = ("--request-timeout", "10s")
_KUBECONFIG = {
    "current-context": "c",
    "contexts": [{"name": "c", "context": {"cluster": "c"}}],
    "users": [],
}


@cache
def _made(bomb: str) -> list[bytes]:
    return list(BOMBS[bomb]())


def _sent(bomb: str) -> Iterator[bytes]:
    """The bomb; what takes long to make is made once."""
    finite = bomb.startswith(("gzip", "the largest"))
    return iter(_made(bomb)) if finite else BOMBS[bomb]()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_place_of_every_answer_of_the_vpc_api(bomb: str) -> None:
    with SimulatedCluster("conflict", 4) as cluster, hostile(lambda: _sent(bomb)) as url:
        env = cluster.environment({"COLUMNS": "100"})
        outcome = contained(env, "status", "-o", "json", "--vpc-endpoint", url, *TIMEOUT)
    assert outcome.code == 3
    gaps = {gap["part"]: gap["reason"] for gap in json.loads(outcome.stdout)["gaps"]}
    assert "failed" in gaps["route-tables"]
    assert (outcome.memory < MOST_MEMORY, outcome.seconds < QUICK) == (True, True)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_place_of_every_answer_of_the_api_server(tmp_path: Path, bomb: str) -> None:
    with hostile(lambda: _sent(bomb)) as url:
        config = _KUBECONFIG | {"clusters": [{"name": "c", "cluster": {"server": url}}]}
        path = tmp_path / "config"
        path.write_text(json.dumps(config))
        env = {"KUBECONFIG": str(path), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
        outcome = contained(env, "diagnose", "-o", "json", *TIMEOUT)
    assert outcome.code == 3
    assert (outcome.memory < MOST_MEMORY, outcome.seconds < QUICK) == (True, True)
