"""Which cluster, as which user: from a kubeconfig, or from the pod this runs in."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

from msgspec import Struct

from kubectl_routes.collect import files, kubernetes_client, tls
from kubectl_routes.collect.document import printable
from kubectl_routes.collect.headers import request_headers
from kubectl_routes.collect.kube_user import Credential, Login, UserEntry, pem, read_user, token_in
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.proxy import checked, is_loopback, proxy_for
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message

# Certificates and all, a kubeconfig of a hundred clusters has 1 MB.
LARGEST = 8 * 1024 * 1024
# For a credential plugin that cannot ask a human, where no --request-timeout is given.
PLUGIN_SECONDS = 60.0
_PARTS = {"clusters": "cluster", "contexts": "context", "users": "user"}

Entries = dict[str, dict[str, Any]]


class _Merged(Struct, frozen=True):
    """Several kubeconfigs as one. ``parts`` holds the entries of each list by name, ``folders`` the
    folder of the file that an entry is from, by list and name: paths are relative to it.
    """

    documents: dict[str, dict[str, Any]]
    current: str
    parts: dict[str, Entries]
    folders: dict[tuple[str, str], str]


class _Target(Struct, frozen=True):
    """The API server to ask, and the user: entries of the kubeconfig, and their folders."""

    context: str
    cluster: dict[str, Any]
    cluster_folder: str
    name: str
    user: dict[str, Any]
    user_folder: str


class Kubeconfig(Struct, frozen=True):
    """The kubeconfig files, read once for several contexts."""

    paths: tuple[str, ...]
    merged: _Merged

    @property
    def contexts(self) -> tuple[str, ...]:
        """The names of all contexts, in the order of the files."""
        return tuple(map(str, self.merged.parts["contexts"]))

    def connect(self, options: CollectOptions, env: Mapping[str, str]) -> Connection:
        """As ``connect``, without reading the files again."""
        return _from_files(list(self.paths), options, env, self.merged)


class Connection(Struct, frozen=True):
    """A way to one API server.

    ``server`` is its URL without credentials, ``pool`` a urllib3 pool with its TLS and proxy
    settings, ``headers`` makes the headers of a request (a token may have been renewed since the
    last one), ``secrets`` are texts that no message may show.
    """

    context: str
    server: str
    user: str
    pool: Any
    headers: Callable[[], Any]
    secrets: Callable[[], tuple[str, ...]]


def connect(options: CollectOptions, env: Mapping[str, str]) -> Connection:
    """Prepare the way to the API server; nothing is asked of it yet.

    It is looked for as kubectl does: --kubeconfig, KUBECONFIG (several files are
    merged, the first to name something wins), ~/.kube/config, the service account of a pod.
    A credential plugin may wait for a human, so it is bounded only by a --request-timeout that was
    given. Raises UsageError when none can be used, ClusterError when a credential plugin fails or
    takes longer.
    """
    if options.as_groups and not options.as_user:
        raise UsageError(
            message("--as-group needs --as"),
            message("say whom to act as: --as USER --as-group GROUP"),
        )
    paths = _paths(options, env)
    token = os.path.join(options.service_account, "token")
    if not paths and env.get("KUBERNETES_SERVICE_HOST") and os.path.exists(token):
        return _in_cluster(options, env)
    return _from_files(_existing(paths, env), options, env)


def load(options: CollectOptions, env: Mapping[str, str]) -> Kubeconfig:
    """Read the kubeconfig files that ``connect`` would. Raises UsageError where there is none."""
    paths = _existing(_paths(options, env), env)
    with _understood(paths):
        return Kubeconfig(tuple(paths), _merge(paths))


def _existing(paths: list[str], env: Mapping[str, str]) -> list[str]:
    """The paths. Raises UsageError where there is none."""
    if not paths and env.get("KUBECONFIG"):
        raise UsageError(
            message("kubeconfig {kubeconfig} does not exist", kubeconfig=env["KUBECONFIG"]),
            message("check KUBECONFIG"),
        )
    if not paths:
        raise UsageError(
            message("no kubeconfig found"),
            message("give one with --kubeconfig or KUBECONFIG, or put it in ~/.kube/config"),
        )
    return paths


def namespace_of(options: CollectOptions, env: Mapping[str, str]) -> str:
    """The namespace that kubectl would take without -n: the context's, else ``default``.

    Raises UsageError when the kubeconfig cannot be used.
    """
    paths = _paths(options, env)
    if not paths:
        return "default"
    with _understood(paths):
        merged = _merge(paths)
        name = _choose(merged, paths, options).context
        found = merged.parts["contexts"][name].get("namespace") if name else None
        return str(found or "default")


def _paths(options: CollectOptions, env: Mapping[str, str]) -> list[str]:
    home = env.get("HOME", "")
    if options.kubeconfig:
        path = _expanded(options.kubeconfig, home)
        if not os.path.exists(path):
            raise UsageError(
                message("kubeconfig {path} does not exist", path=path),
                message("check --kubeconfig"),
            )
        return [path]
    named = env.get("KUBECONFIG") or (os.path.join(home, ".kube", "config") if home else "")
    candidates = (_expanded(path, home) for path in named.split(os.pathsep) if path)
    return [path for path in candidates if os.path.exists(path)]


def _expanded(path: str, home: str) -> str:
    return home + path[1:] if home and path.startswith("~/") else path


def _from_files(
    paths: list[str],
    options: CollectOptions,
    env: Mapping[str, str],
    merged: _Merged | None = None,
) -> Connection:
    with _understood(paths):
        merged = merged or _merge(paths)
        target = _choose(merged, paths, options)
        cluster = target.cluster
        configuration = kubernetes_client.new_configuration()
        configuration.host = cluster["server"].rstrip("/")
        configuration.verify_ssl = not cluster.get("insecure-skip-tls-verify")
        configuration.tls_server_name = cluster.get("tls-server-name")
        proxy = cluster.get("proxy-url") or proxy_for(configuration.host, env)
        configuration.proxy, configuration.no_proxy = proxy, ""
        authority = pem(cluster, "certificate-authority", target.cluster_folder)
        entry = UserEntry(
            target.name,
            target.user,
            cluster,
            target.user_folder,
            merged.documents,
            options.interactive,
        )
        waits = None if options.interactive else PLUGIN_SECONDS
        login = Login(partial(read_user, entry, env, options.request_timeout or waits))
        names = target.context, target.name
        return _connection(names, configuration, authority, login, options)


def _in_cluster(options: CollectOptions, env: Mapping[str, str]) -> Connection:
    host, port = env["KUBERNETES_SERVICE_HOST"], env.get("KUBERNETES_SERVICE_PORT") or "443"
    configuration = kubernetes_client.new_configuration()
    configuration.host = f"https://{f'[{host}]' if ':' in host else host}:{port}"
    folder = options.service_account
    with _understood([folder]):
        login = Login(partial(token_in, os.path.join(folder, "token")))
        authority = files.read(os.path.join(folder, "ca.crt"), LARGEST)
        configuration.proxy, configuration.no_proxy = proxy_for(configuration.host, env), ""
        names = "in-cluster", message("service account")
        return _connection(names, configuration, authority, login, options)


@contextmanager
def _understood(paths: list[str]) -> Iterator[None]:
    """Turn every complaint about an entry into one that quotes nothing of it."""
    import yaml  # noqa: PLC0415

    where = ", ".join(paths)
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = (
            message(", line {number}", number=error.problem_mark.line + 1)
            if error.problem_mark
            else ""
        )
        raise UsageError(
            message("kubeconfig {where} is not YAML{line}", where=where, line=line)
        ) from None
    except OSError as error:
        raise UsageError(
            message(
                "kubeconfig {where} cannot be used: {reason}",
                where=where,
                reason=str(error.strerror),
            )
        ) from None
    except LookupError:
        detail = message("an entry is missing or malformed")
        raise UsageError(
            message("kubeconfig {where} cannot be used: {detail}", where=where, detail=detail)
        ) from None
    except (ValueError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
        raise UsageError(
            message("kubeconfig {where} cannot be used: it is malformed", where=where)
        ) from None


def _merge(paths: list[str]) -> _Merged:
    documents: dict[str, dict[str, Any]] = {}
    parts: dict[str, Entries] = {part: {} for part in _PARTS}
    folders = {}
    for path in paths:
        document = documents[path] = _document(path)
        for part, inner in _PARTS.items():
            for entry in document.get(part) or ():
                name = entry["name"]
                if name in parts[part]:
                    continue  # kubectl, and its documentation, let the first file win
                parts[part][name] = entry.get(inner) or {}
                folders[part, name] = os.path.dirname(os.path.abspath(path))
    chosen = (document.get("current-context") for document in documents.values())
    return _Merged(documents, next((name for name in chosen if name), ""), parts, folders)


def _document(path: str) -> dict[str, Any]:
    try:
        text = files.read(path, LARGEST).decode()
    except files.TooLarge:
        raise UsageError(
            message(
                "{path} is not a kubeconfig: it is larger than {count} MiB",
                path=path,
                count=LARGEST >> 20,
            )
        ) from None
    from kubectl_routes.collect import yaml_text  # noqa: PLC0415

    document = yaml_text.load(text)
    if not isinstance(document, dict):
        raise TypeError(message("it holds no mapping"))
    return document


def _choose(merged: _Merged, paths: list[str], options: CollectOptions) -> _Target:
    """What the current context names, with the flags laid over."""
    where = ", ".join(paths)
    contexts, clusters, users = (merged.parts[part] for part in ("contexts", "clusters", "users"))
    name = options.context or merged.current
    if not name and not options.cluster:
        raise UsageError(
            message("kubeconfig {where} sets no current context", where=where),
            message("choose one with --context"),
        )
    if name:
        _require("context", name, contexts, where)
    context = contexts[name] if name else {}
    cluster: str = options.cluster or context.get("cluster") or ""
    user: str = options.user or context.get("user") or ""
    _require("cluster", cluster, clusters, where)
    server = clusters[cluster].get("server")
    if not server:
        raise UsageError(
            message("cluster {cluster} has no server", cluster=repr(cluster)),
            message("add its URL to {where}", where=where),
        )
    # It may hold a password, and is not quoted.
    hint = message("write https://HOST:PORT into {where}", where=where)
    url = _url(server)
    if url is None:
        raise UsageError(
            message("the server of cluster {cluster} is not a URL", cluster=repr(cluster)), hint
        )
    if url.auth:
        raise UsageError(
            message(
                "the server of cluster {cluster} contains a user name or password",
                cluster=repr(cluster),
            ),
            message("{hint}, and the credentials under users", hint=hint),
        )
    if user:
        _require("user", user, users, where)
    return _Target(
        name,
        clusters[cluster],
        merged.folders["clusters", cluster],
        user,
        users.get(user, {}),
        merged.folders.get(("users", user), ""),
    )


def _require(kind: str, name: object, known: Entries, where: str) -> None:
    if name not in known:
        names = ", ".join(sorted(map(str, known))) or message("none")
        raise UsageError(
            message("{kind} {name} does not exist", kind=kind, name=repr(name)),
            message("{kind}s in {where}: {names}", kind=kind, where=where, names=names),
        )


def _url(text: object) -> Any:
    """The parts of an HTTP URL; None for anything else."""
    import urllib3  # noqa: PLC0415

    try:
        url = urllib3.util.parse_url(text if isinstance(text, str) else "")
    except urllib3.exceptions.LocationParseError:
        return None
    return url if url.scheme in ("http", "https") and url.host else None


def _connection(
    names: tuple[str, str],
    configuration: Any,
    authority: bytes,
    login: Login,
    options: CollectOptions,
) -> Connection:
    import urllib3  # noqa: PLC0415

    if configuration.proxy:
        _use_proxy(configuration)
    if not configuration.verify_ssl:
        # Chosen in the kubeconfig (insecure-skip-tls-verify); kubectl does not warn either.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    configuration.connection_pool_maxsize = 8
    configuration.retries = False

    url = urllib3.util.parse_url(configuration.host)
    near, secure = is_loopback((url.host or "").strip("[]")), url.scheme == "https"

    def headers() -> Any:
        return request_headers(login.current().authorization, options, near, secure)

    def secrets() -> tuple[str, ...]:
        said = login.current().authorization.partition(" ")[2]
        return tuple(filter(None, (said, *_passwords(said))))

    headers()  # what cannot be sent is reported before anything is asked
    pool = kubernetes_client.new_pool(configuration)
    if secure:
        held: Credential = login.current()
        verify = configuration.verify_ssl
        settings = tls.context(authority, held.certificate, held.key, verify=verify)
        pool.connection_pool_kw["ssl_context"] = settings
    context, user = map(printable, names)
    return Connection(context, url.url, user, pool, headers, secrets)


def _passwords(login: str) -> tuple[str, ...]:
    """What follows the colon of NAME:PASSWORD, plain or as a header has it."""
    try:
        plain = base64.b64decode(login, validate=True).decode()
    except ValueError:
        plain = ""
    return tuple(filter(None, (login.partition(":")[2], plain.partition(":")[2])))


def _use_proxy(configuration: Any) -> None:
    """Give the proxy the credentials in its URL. Raises UsageError when it cannot be used."""
    import urllib3  # noqa: PLC0415

    try:
        found = urllib3.util.parse_url(checked(configuration.proxy))
        if str(found.scheme).startswith("socks"):
            import_module("socks")
    except urllib3.exceptions.LocationParseError:
        raise UsageError(
            message("the proxy is not a URL"), message("write http://HOST:PORT")
        ) from None
    except ImportError:
        raise UsageError(
            message("a SOCKS proxy needs the package PySocks"), message("pip install PySocks")
        ) from None
    if found.auth:
        configuration.proxy_headers = urllib3.make_headers(proxy_basic_auth=found.auth)
