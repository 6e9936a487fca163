"""The way to a cluster's API server: from a kubeconfig, or from the pod this runs in."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes import __version__
from kubectl_routes.collect.answers import MIB
from kubectl_routes.collect.document import printable
from kubectl_routes.collect.kube_user import Login, Target, pem, read_user
from kubectl_routes.collect.kubeconfig import Kubeconfig, existing, load, understood
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.pool import cluster_tls, new_pool
from kubectl_routes.collect.proxy import is_loopback, proxy_for
from kubectl_routes.collect.transport import Transport
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message

# More at once than this looks like an attack to a small API server.
AT_ONCE = 6
READ_SECONDS = 30.0
# A page of 500 nodes, each with fifty images, is about 12 MB.
LARGEST_PAGE = 48 * MIB

# For a credential plugin that cannot ask a human, where no --request-timeout is given.
PLUGIN_SECONDS = 60.0


class Connection(Struct, frozen=True):
    """A way to one API server.

    ``server`` is its URL without credentials, ``headers`` makes the headers of a request (a token
    may have been renewed since the last one), ``secrets`` are texts that no message may show.
    """

    context: str
    server: str
    user: str
    transport: Transport
    headers: Callable[[], Any]
    secrets: Callable[[], tuple[str, ...]]


def connect(
    options: CollectOptions, env: Mapping[str, str], kubeconfig: Kubeconfig | None = None
) -> Connection:
    """Prepare the way to the API server; nothing is asked of it yet.

    It is looked for as kubectl does: --kubeconfig, KUBECONFIG (several files are
    merged, the first to name something wins), ~/.kube/config, the service account of a pod;
    ``kubeconfig`` is one that was read already.
    A credential plugin may wait for a human, so it is bounded only by a --request-timeout that was
    given. Raises UsageError when none can be used, ClusterError when a credential plugin fails or
    takes longer.
    """
    if options.as_groups and not options.as_user:
        raise UsageError(
            message("--as-group needs --as"),
            message("say whom to act as: --as USER --as-group GROUP"),
        )
    inside = env.get("KUBERNETES_SERVICE_HOST") and not kubeconfig and not existing(options, env)
    if inside and os.path.exists(os.path.join(options.service_account, "token")):
        with understood(options.service_account):
            return _connection(_pod(options, env), options, env)
    kubeconfig = kubeconfig or load(options, env)
    with understood(kubeconfig.where):
        return _connection(kubeconfig.target(options), options, env)


def _pod(options: CollectOptions, env: Mapping[str, str]) -> Target:
    """What a kubeconfig would say of the service account of the pod that this runs in."""
    host, port = env["KUBERNETES_SERVICE_HOST"], env.get("KUBERNETES_SERVICE_PORT") or "443"
    server = f"https://{f'[{host}]' if ':' in host else host}:{port}"
    cluster = {"server": server, "certificate-authority": "ca.crt"}
    folder, name = options.service_account, message("service account")
    return Target("in-cluster", cluster, folder, name, {"tokenFile": "token"}, folder)


def _connection(target: Target, options: CollectOptions, env: Mapping[str, str]) -> Connection:
    import urllib3  # noqa: PLC0415

    cluster, options = target.cluster, _acting(options, target.user)
    # Only what kubectl takes for a yes: not the text "false".
    verify = cluster.get("insecure-skip-tls-verify") is not True
    server = cluster["server"].rstrip("/")
    authority = pem(cluster, "certificate-authority", target.cluster_folder)
    waits = options.request_timeout or (None if target.interactive else PLUGIN_SECONDS)
    login = Login(partial(read_user, target, env, waits))
    if not verify:
        # Chosen in the kubeconfig (insecure-skip-tls-verify); kubectl does not warn either.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    url = urllib3.util.parse_url(server)
    near, secure = is_loopback((url.host or "").strip("[]")), url.scheme == "https"

    def headers() -> Any:
        found = _headers(login.current().authorization, options, near, near or secure)
        if ":" in (url.host or ""):
            # Behind a proxy http.client would put a second pair of brackets around the address.
            found["Host"] = url.netloc
        return found

    def secrets() -> tuple[str, ...]:
        said = login.current().authorization.partition(" ")[2]
        return tuple(filter(None, (said, *_passwords(said))))

    headers()  # what cannot be sent is reported before anything is asked
    held, settings = login.current(), None
    if secure:
        settings = cluster_tls(authority, held.certificate, held.key, verify=verify)
    proxy = cluster.get("proxy-url") or proxy_for(server, env)
    name = (cluster.get("tls-server-name") or "").rstrip(".")
    name.encode("idna")  # ssl would stumble over a name that none can be
    pool = new_pool(settings, proxy, size=AT_ONCE, server_name=name)
    transport = Transport(pool, at_once=AT_ONCE, largest=LARGEST_PAGE, seconds=READ_SECONDS)
    context, user = map(printable, (target.context, target.name))
    return Connection(context, url.url, user, transport, headers, secrets)


def _acting(options: CollectOptions, user: Mapping[str, Any]) -> CollectOptions:
    """With whom the kubeconfig's user acts as, where no flag says so."""
    groups = user.get("as-groups") or []
    if not isinstance(groups, list):
        raise TypeError(groups)
    return replace(
        options,
        as_user=options.as_user or user.get("as"),
        as_groups=options.as_groups or tuple(groups),
    )


def _headers(authorization: str, options: CollectOptions, near: bool, safe: bool) -> Any:
    """All headers of a request, as urllib3 takes them; ``near``: the server is on this machine,
    ``safe``: credentials may be sent to it.

    Raises UsageError for a value that no header can hold, and for credentials that would go to
    another machine in the clear.
    """
    import urllib3  # noqa: PLC0415

    headers = urllib3.HTTPHeaderDict()
    headers["User-Agent"] = f"kubectl-routes/{__version__}"
    headers["Accept"] = "application/json"
    # A node list shrinks to a tenth, which a network is glad of; on loopback it only costs time.
    headers["Accept-Encoding"] = "identity" if near else "gzip"
    if authorization:
        if not safe:
            raise UsageError(
                message(
                    "the cluster's server must be reached over https: credentials would be"
                    " sent in the clear"
                ),
                message(
                    "plain http is allowed to this machine only, or for a user without credentials"
                ),
            )
        headers["Authorization"] = _sendable(message("the token or password"), authorization)
    if options.as_user:
        headers["Impersonate-User"] = _sendable("--as", options.as_user)
    for group in options.as_groups if options.as_user else ():
        headers.add("Impersonate-Group", _sendable("--as-group", group))
    return headers


def _sendable(what: str, value: str) -> str:
    """A header's value in UTF-8, as kubectl sends it. Raises UsageError, which quotes nothing."""
    value = value.strip()
    if not value.isprintable():
        raise UsageError(
            message("{what} holds a line break or another control character", what=what)
        )
    return value.encode().decode("latin-1")


def _passwords(login: str) -> tuple[str, ...]:
    """What follows the colon of NAME:PASSWORD, plain or as a header has it."""
    try:
        plain = base64.b64decode(login, validate=True).decode()
    except ValueError:
        plain = ""
    return tuple(filter(None, (login.partition(":")[2], plain.partition(":")[2])))
