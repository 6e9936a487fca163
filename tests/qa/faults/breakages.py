"""Everything that may become of a request: the faults of the design, by name."""

from __future__ import annotations

import gzip
import re

import msgspec
from msgspec import Struct, structs

from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube_status import Refusal
from tests.qa.faults.places import Place

JSON = {"Content-Type": "application/json"}
PACKED = JSON | {"Content-Encoding": "gzip"}
TWICE = JSON | {"Content-Encoding": "gzip, gzip"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
EVERY = ("kube", "vpc", "ack")
# Longer than any deadline of a run that meets it.
LATE_SECONDS = 1.4
# A server's wish to be left alone for longer than any command waits.
LONG = {"Retry-After": "60"}
SOON = {"Retry-After": "1"}
NOW = {"Retry-After": "0"}


class Breakage(Struct, frozen=True):
    """What becomes of a request.

    ``passing``: when it happens once, the command gets over it, unnoticed. ``believed``:
    the answer cannot be distinguished from a true one. ``tls``: the servers must speak TLS for it.
    """

    name: str
    servers: tuple[str, ...]
    fault: Fault
    passing: bool = False
    believed: bool = False
    tls: bool = False

    def at(self, place: Place, times: int | None) -> Fault:
        """The fault that strikes there, so many times, or always (None)."""
        match = re.compile(place.pattern)
        return structs.replace(self.fault, match=match, skip=place.occurrence, times=times)


def _kube(
    status: int, reason: str, headers: dict[str, str] | None = None, passing: bool = False
) -> Breakage:
    """The Kubernetes API refuses with a Status, as it does."""
    refusal = Refusal(status, reason, f"made up by a test: {reason}")
    head = JSON | (headers or {})
    fault = Fault(FaultKind.REFUSE, status=status, body=refusal.encoded(), headers=head)
    wait = f" Retry-After {headers['Retry-After']}" if headers else ""
    return Breakage(f"{status}{wait}", ("kube",), fault, passing, believed=status == 404)


def _vpc(code: str, passing: bool = False) -> Breakage:
    return Breakage(code, ("vpc",), vpc_faults.refused(code, "made up by a test"), passing)


def _ack(status: int, code: str, passing: bool = False, **headers: str) -> Breakage:
    """ACK's own refusals have their names in lower case."""
    body = msgspec.json.encode({"code": code, "message": "made up by a test", "requestId": "R-1"})
    head = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    fault = Fault(FaultKind.REFUSE, status=status, body=body, headers=head)
    return Breakage(f"{status} {code}", ("ack",), fault, passing)


def _garbage(name: str, body: bytes, headers: dict[str, str], passing: bool = False) -> Breakage:
    return Breakage(name, EVERY, Fault(FaultKind.GARBAGE, body=body, headers=headers), passing)


def _page(status: int, headers: dict[str, str] | None = None, passing: bool = True) -> Breakage:
    """What a proxy in between answers."""
    page = b"<html><body>Bad Gateway</body></html>"
    fault = Fault(FaultKind.REFUSE, status=status, body=page, headers=HTML | (headers or {}))
    wait = f" Retry-After {headers['Retry-After']}" if headers else ""
    return Breakage(f"{status}{wait} as HTML", EVERY, fault, passing)


BREAKAGES = (
    Breakage("reset before commit", EVERY, Fault(FaultKind.RESET), passing=True),
    Breakage("dropped after commit", EVERY, Fault(FaultKind.DROP_AFTER_COMMIT), passing=True),
    Breakage("half a body", EVERY, Fault(FaultKind.HALF_BODY), passing=True),
    Breakage("too late", EVERY, Fault(FaultKind.DELAY, seconds=LATE_SECONDS)),
    Breakage("TLS broken", EVERY, Fault(FaultKind.NOISE), tls=True),
    Breakage("no HTTP", EVERY, Fault(FaultKind.NOISE), passing=True),
    _page(502),
    _page(503),
    _page(503, LONG, passing=False),
    _garbage("HTML", b"<html>log in</html>", HTML),
    _garbage("an empty object", b"{}", JSON),
    _garbage("null", b"null", JSON),
    _garbage("an array", b"[]", JSON),
    _garbage("bytes", b"\x00\xff\xfe{\x80", JSON),
    _garbage("gzip within gzip", gzip.compress(gzip.compress(b" " * 2**24)), TWICE),
    _garbage("a gzip bomb", gzip.compress(b" " * 2**26), PACKED),
    _garbage("gzip that breaks off", gzip.compress(b"{}" * 99)[:-9], PACKED, passing=True),
    _garbage("an encoding of its own", b"{}", JSON | {"Content-Encoding": "br"}),
    _garbage("values without number", b"[" + b"{}," * 2**20 + b"0]", JSON),
    _garbage("a Status", Refusal(500, "Odd", "made up by a test").encoded(), JSON),
    _kube(401, "Unauthorized"),
    _kube(403, "Forbidden"),
    _kube(404, "NotFound"),
    _kube(409, "Conflict"),
    _kube(410, "Expired"),
    _kube(422, "Invalid"),
    _kube(429, "TooManyRequests", passing=True),
    _kube(429, "TooManyRequests", SOON, passing=True),
    _kube(429, "TooManyRequests", LONG),
    _kube(500, "InternalError", passing=True),
    _kube(503, "ServiceUnavailable", passing=True),
    _kube(503, "ServiceUnavailable", SOON, passing=True),
    _kube(503, "ServiceUnavailable", NOW, passing=True),
    _kube(503, "ServiceUnavailable", LONG),
    _kube(504, "Timeout", passing=True),
    _vpc("Throttling.User", passing=True),
    _vpc("Throttling", passing=True),
    _vpc("TaskConflict", passing=True),
    _vpc("InternalError", passing=True),
    _vpc("ServiceUnavailable", passing=True),
    _vpc("InvalidSecurityToken.Expired"),
    _vpc("SignatureDoesNotMatch"),
    _vpc("Forbidden.RAM"),
    _vpc("QuotaExceeded.RouteEntry"),
    _vpc("InvalidRouteTableId.NotFound"),
    _vpc("InvalidVpcId.NotFound"),
    _vpc("IllegalParam.NextTokenExpired"),
    _ack(400, "Throttling.User", passing=True),
    _ack(429, "TooManyRequests", passing=True),
    _ack(429, "TooManyRequests", Retry_After="60", passing=True),
    _ack(500, "InternalError", passing=True),
    _ack(503, "ServiceUnavailable", passing=True),
    _ack(401, "InvalidSecurityToken.Expired"),
    _ack(403, "StatusForbidden"),
    _ack(404, "ErrorClusterNotFound"),
    _ack(404, "AddonNotFound"),
    _ack(409, "AddonStateConflict"),
    _ack(422, "AddonConfigInvalid"),
)
