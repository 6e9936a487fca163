"""The way to a cluster's API server: from a kubeconfig, or from the pod this runs in."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from kubectl_routes import __version__
from kubectl_routes.collect import files
from kubectl_routes.collect.answers import MIB
from kubectl_routes.collect.document import printable
from kubectl_routes.collect.kube_user import LARGEST, Login, pem, read_user, token_in
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
        return _in_cluster(options, env)
    kubeconfig = kubeconfig or load(options, env)
    with understood(kubeconfig.where):
        target = kubeconfig.target(options)
        cluster, login = target.cluster, target.login
        waits = options.request_timeout or (None if login.interactive else PLUGIN_SECONDS)
        server = _Server(
            cluster["server"].rstrip("/"),
            pem(cluster, "certificate-authority", target.cluster_folder),
            not cluster.get("insecure-skip-tls-verify"),
            cluster.get("tls-server-name") or "",
            cluster.get("proxy-url") or "",
        )
        user = Login(partial(read_user, login, env, waits))
        return _connection((target.context, login.name), server, user, options, env)


class _Server(Struct, frozen=True):
    """What a kubeconfig's cluster says of its server; ``authority`` is PEM."""

    url: str
    authority: bytes
    verify: bool = True
    name: str = ""
    proxy: str = ""


def _in_cluster(options: CollectOptions, env: Mapping[str, str]) -> Connection:
    host, port = env["KUBERNETES_SERVICE_HOST"], env.get("KUBERNETES_SERVICE_PORT") or "443"
    folder = options.service_account
    with understood(folder):
        login = Login(partial(token_in, os.path.join(folder, "token")))
        authority = files.read(os.path.join(folder, "ca.crt"), LARGEST)
        server = _Server(f"https://{f'[{host}]' if ':' in host else host}:{port}", authority)
        return _connection(("in-cluster", message("service account")), server, login, options, env)


def _connection(
    names: tuple[str, str],
    server: _Server,
    login: Login,
    options: CollectOptions,
    env: Mapping[str, str],
) -> Connection:
    import urllib3  # noqa: PLC0415

    if not server.verify:
        # Chosen in the kubeconfig (insecure-skip-tls-verify); kubectl does not warn either.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    url = urllib3.util.parse_url(server.url)
    near, secure = is_loopback((url.host or "").strip("[]")), url.scheme == "https"

    def headers() -> Any:
        return _headers(login.current().authorization, options, near, near or secure)

    def secrets() -> tuple[str, ...]:
        said = login.current().authorization.partition(" ")[2]
        return tuple(filter(None, (said, *_passwords(said))))

    headers()  # what cannot be sent is reported before anything is asked
    held, settings = login.current(), None
    if secure:
        settings = cluster_tls(server.authority, held.certificate, held.key, verify=server.verify)
    proxy = server.proxy or proxy_for(server.url, env)
    pool = new_pool(settings, proxy, size=AT_ONCE, server_name=server.name)
    transport = Transport(pool, at_once=AT_ONCE, largest=LARGEST_PAGE, seconds=READ_SECONDS)
    context, user = map(printable, names)
    return Connection(context, url.url, user, transport, headers, secrets)


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
    for group in options.as_groups:
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
