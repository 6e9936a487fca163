"""Answers of a server, read with limits.

urllib3 reads whatever comes: lines without an end, nested encodings, bodies of any size. Here every
byte from a socket is counted, so that no server decides how much memory a command takes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, BytesIO, RawIOBase
from threading import BoundedSemaphore, Lock
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.model.message import message

MIB = 1024 * 1024

# Status line and headers together, those of 100 Continue and of a proxy included. Real ones have
# about 1 KiB.
LARGEST_HEAD = 256 * 1024
# What chunk sizes and trailers may add to a body.
LARGEST_FRAMING = 2 * MIB
# Bytes at once, from the socket and from gzip, which unfolds to a thousand times as much.
CHUNK = 64 * 1024

# Answers up to this size are read side by side. Of larger ones so many are in memory at once, until
# they are decoded: two pages of one list, or one page of each of two.
SMALL_ANSWER = MIB
LARGE_ANSWERS = 2
# Of all pages of nodes, and of all entries of all tables: some 250,000 of each. A struct takes this
# in addition to its texts.
LARGEST_KEPT = 128 * MIB
BYTES_OF_A_STRUCT = 200
# An empty list or object, and its place in the list around it.
BYTES_OF_A_VALUE = 72


class AnswerError(HTTPException):
    """An answer that is not read to its end. ``reason`` completes "the server …"."""

    def __init__(self, reason: str, *, final: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final

    @classmethod
    def within(cls, error: BaseException | None) -> AnswerError | None:
        """The one that urllib3 has wrapped in errors of its own, None when there is none."""
        inner = getattr(error, "reason", None), *getattr(error, "args", ())
        if isinstance(error, cls):
            return error
        found = (cls.within(each) for each in inner if isinstance(each, BaseException))
        return next(filter(None, found), None)


class _Meter(RawIOBase):
    """The bytes of one answer, counted, none of them waited for after the deadline."""

    def __init__(self, sock: Any, raw: Any, deadline: Deadline) -> None:
        self._sock = sock
        self._raw = raw
        self._deadline = deadline
        self._timeout = sock.gettimeout()
        self.left = LARGEST_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Bytes from the socket. Raises AnswerError beyond the limit, a timeout at the deadline."""
        if self.left < 0:
            raise AnswerError(message("sends an answer that does not end"))
        seconds = self._deadline.remaining()
        if not seconds:
            raise TimeoutError(message("timed out"))
        self._sock.settimeout(seconds if self._timeout is None else min(seconds, self._timeout))
        size: int | None = self._raw.readinto(buffer)
        self.left -= size or 0
        return size

    def close(self) -> None:
        super().close()
        self._raw.close()


def bound(pool: Any, deadline: Callable[[], Deadline], largest: int) -> None:
    """Let all connections that a urllib3 pool opens from now on read with limits: ``largest`` is
    that of a body, ``deadline`` is that of the request that is made.
    """

    class BoundedResponse(HTTPResponse):
        """A response whose head, and whose body with all that frames it, have limits."""

        def __init__(self, sock: Any, *args: Any, **named: Any) -> None:
            super().__init__(sock, *args, **named)
            self._meter = _Meter(sock, self.fp.detach(), deadline())
            self.fp = BufferedReader(self._meter, CHUNK)

        def begin(self) -> None:
            """Read the head."""
            super().begin()
            self._meter.left = largest + LARGEST_FRAMING

    def bounded(kind: Any) -> Any:
        known = {"response_class": BoundedResponse}
        connection = type("BoundedConnection", (kind.ConnectionCls,), known)
        return type("BoundedPool", (kind,), {"ConnectionCls": connection})

    classes = pool.pool_classes_by_scheme
    pool.pool_classes_by_scheme = {scheme: bounded(kind) for scheme, kind in classes.items()}


class Answer:
    """A server's answer, and the room that it takes until ``close``, which ``with`` calls.

    ``fits``: it has the status of a success and the form that was asked for. ``error``: it did not
    come, or did not end; ``status`` is 0 where nothing came.
    """

    def __init__(self, room: BoundedSemaphore, deadline: Deadline) -> None:
        self.status = 0
        self.reason = ""
        self.headers: Mapping[str, str] = {}
        self.body = b""
        self.fits = False
        self.error: Exception | None = None
        self._room = room
        self._deadline = deadline
        self._large = False

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def media(self) -> str:
        """The media type with its parameters, as the server has named it."""
        return str(self.headers.get("Content-Type", ""))

    def read(self, response: Any, most: int, *, cut: bool) -> None:
        """Take the body of a urllib3 response.

        Raises AnswerError when it is longer than ``most`` bytes, unless it may be ``cut`` there,
        or is in an encoding other than gzip; and what urllib3 raises.
        """
        into = BytesIO()
        for part in _unpacked(response):
            if into.tell() + len(part) > most:
                response.close()
                if not cut:
                    raise AnswerError(message("sent more than {count} MiB", count=most // MIB))
                into.write(part[: most - into.tell()])
                break
            if not self._large and into.tell() + len(part) > SMALL_ANSWER:
                if not self._room.acquire(timeout=self._deadline.remaining()):
                    raise AnswerError(
                        message("sends more large answers than fit into memory at once")
                    )
                self._large = True
            into.write(part)
        else:
            response.release_conn()
        self.body = into.getvalue()

    def close(self) -> None:
        """Let go of the body; a second time does nothing."""
        self.body = b""
        if self._large:
            self._large = False
            self._room.release()


def _unpacked(response: Any) -> Iterator[bytes]:
    """The parts of a body, none much longer than ``CHUNK``."""
    encoding = str(response.headers.get("Content-Encoding", "")).strip().lower()
    if encoding not in ("", "identity", "gzip"):
        response.close()
        raise AnswerError(message("answers in an encoding that was not asked for"))
    return _gunzipped(_parts(response)) if encoding == "gzip" else _parts(response)


def _parts(response: Any) -> Iterator[bytes]:
    try:
        yield from iter(partial(response.read, CHUNK, decode_content=False), b"")
    except ValueError:  # what http.client makes of a chunk whose size is below zero
        raise AnswerError(message("sent chunks that are damaged"), final=False) from None


def _gunzipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(wbits=31)
    try:
        for part in parts:
            unpacked = unpack.decompress(part, CHUNK)
            while unpacked:
                yield unpacked
                unpacked = unpack.decompress(unpack.unconsumed_tail, CHUNK)
            if unpack.unused_data:
                break
    except zlib.error:
        raise AnswerError(message("sent gzip data that is damaged"), final=False) from None
    if not unpack.eof or unpack.unused_data:
        raise AnswerError(message("sent gzip data that is damaged"), final=False)


class Kept:
    """What is kept of the pages of lists; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left = LARGEST_KEPT

    def add(self, items: Sequence[Struct]) -> bool:
        """Whether these fit into memory too."""
        size = len(msgspec.json.encode(items)) + BYTES_OF_A_STRUCT * len(items)
        with self._lock:
            self._left -= size
            return self._left >= 0


def values(body: bytes) -> int:
    """How many values JSON may hold at most: each but the first of an object or array follows a
    comma. They take far more memory than their text.
    """
    return sum(map(body.count, (b",", b"{", b"[")))


def weight(body: bytes) -> int:
    """About how many bytes JSON of any shape takes when it is decoded."""
    return len(body) + BYTES_OF_A_VALUE * values(body)
