"""Servers that repeat what they were sent, in every way in which a real one does."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import msgspec

from kubectl_routes_simulator.server import Reply, Request

Handler = Callable[[Request], Reply]

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def said(request: Request) -> str:
    """All of a request: method, path, query and headers."""
    query = urlencode(request.query, doseq=True)
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    return f"{request.method} {request.path}?{query}\n{headers}\n{request.body.decode('latin-1')}"


def _status(code: int) -> Handler:
    def answer(request: Request) -> Reply:
        message = f"no: {said(request)}"
        body = {"kind": "Status", "status": "Failure", "message": message, "reason": message}
        return Reply(code, msgspec.json.encode({**body, "code": code}), JSON)

    return answer


def _of_cloud(code: str, status: int) -> Handler:
    def answer(request: Request) -> Reply:
        text = said(request)
        signed = f"GET&%2F&{quote(urlencode(request.query, doseq=True), safe='')}"
        body = {
            "Code": code or text,
            "Message": f"server string to sign is:{signed} of {text}",
            "RequestId": text if not code else "R-1",
            "Recommend": text,
        }
        return Reply(status, msgspec.json.encode(body), JSON)

    return answer


def _lower(request: Request) -> Reply:
    text = said(request)
    return Reply(400, msgspec.json.encode({"code": "X", "message": text, "requestId": text}), JSON)


def _page(request: Request) -> Reply:
    return Reply(502, f"<html><title>{said(request)}</title>".encode(), HTML)


def _in_the_type(request: Request) -> Reply:
    return Reply(400, b"no", {"Content-Type": f"text/{' '.join(said(request).split())}"})


def _half(request: Request) -> Reply:
    return Reply(200, json.dumps({"items": said(request)})[:-2].encode(), JSON)


def _other(request: Request) -> Reply:
    return Reply(200, json.dumps({"kind": said(request), "items": said(request)}).encode(), JSON)


# As the Kubernetes API, or what stands before it, answers.
OF_CLUSTER: dict[str, Handler] = {
    **{f"a Status {code}": _status(code) for code in (400, 401, 403, 404, 409, 422, 500)},
    "a page": _page,
    "the media type": _in_the_type,
    "half a body": _half,
    "another shape": _other,
}
# As the VPC, the ACK and the STS API do, or what stands before them.
OF_CLOUD: dict[str, Handler] = {
    "SignatureDoesNotMatch": _of_cloud("SignatureDoesNotMatch", 400),
    "InvalidAccessKeyId.NotFound": _of_cloud("InvalidAccessKeyId.NotFound", 404),
    "Forbidden.RAM": _of_cloud("Forbidden.RAM", 403),
    "InternalError": _of_cloud("InternalError", 500),
    "Throttling.User": _of_cloud("Throttling.User", 400),
    "its code": _of_cloud("", 400),
    "lower case": _lower,
    "a page": _page,
    "the media type": _in_the_type,
    "half a body": _half,
    "another shape": _other,
}
