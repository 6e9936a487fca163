"""The way of the package alibabacloud-credentials to the services that hand out keys.

Left alone it follows redirects, takes every proxy in the environment and no NO_PROXY, asks even the
metadata service through a proxy, and with DEBUG=sdk prints signed requests to stderr.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from kubectl_routes.collect.endpoint import endpoint_url_for


def secure(env: Mapping[str, str]) -> None:
    """Let the package's requests from now on go the way that ``env`` says: as those of the VPC API
    do, and never to where an answer redirects them.
    """
    from requests import Session  # noqa: PLC0415

    class Guarded(Session):
        def send(self, request: Any, **options: Any) -> Any:
            way = endpoint_url_for("", request.url, env)
            options |= {"proxies": way.proxies, "verify": way.verify, "allow_redirects": False}
            return super().send(request, **options)

    core: Any = import_module("Tea.core")
    core.Session = Guarded
    core.TeaCore._sessions.clear()  # those that it has made before
    for name in ("credentials", "alibabacloud-tea"):
        logging.getLogger(name).disabled = True
