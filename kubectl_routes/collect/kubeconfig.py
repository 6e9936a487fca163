"""Which cluster, as whom: from a kubeconfig, or from the pod this runs in."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from importlib import import_module
from typing import Any

from msgspec import Struct

from kubectl_routes.collect import background
from kubectl_routes.collect import files
from kubectl_routes.collect.document import legible
from kubectl_routes.collect.headers import request_headers
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.proxy import checked
from kubectl_routes.collect.proxy import is_loopback
from kubectl_routes.collect.proxy import proxy_for
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.errors import UsageError

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

# What the official loader says of a credential plugin, and what it means. The rest of its words
# may be the plugin's.
_COMPLAINTS = (
    (r"exec: process returned (-?\d+)", r"it ended with code \1"),
    (r"exec: failed to decode process output", r"its output is not JSON"),
    (r"exec: malformed response", r"its output is no ExecCredential"),
    (r"exec: plugin api version", r"its output is of another apiVersion than the kubeconfig says"),
    (r"exec: missing", r"its output holds neither token nor certificate"),
    (r"\[Errno 2\]", r"it is not there: is it installed, and in PATH?"),
    (r"\[Errno 13\]", r"it may not be executed"),
)

# Certificates and all, a kubeconfig of a hundred clusters has 1 MB.
LARGEST = 8 * 1024 * 1024
_PARTS = ("clusters", "contexts", "users")

# The context that is made of the chosen one with --cluster and --user laid over it.
_CHOSEN = "kubectl-routes"


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

    A credential plugin may wait for a human, so it is bounded only by a --request-timeout that was
    given. Raises UsageError when no kubeconfig can be used, ClusterError when a credential plugin
    fails or takes longer.
    """
    if not options.request_timeout:
        return _connect(options, env)
    seconds = options.request_timeout
    try:
        return background.result(background.start(partial(_connect, options, env)), seconds)
    except TimeoutError:
        raise ClusterError(
            f"no credentials for the cluster within {seconds:g} s",
            "the credential plugin that the kubeconfig names does not answer",
        ) from None


def namespace_of(options: CollectOptions, env: Mapping[str, str]) -> str:
    """The namespace that kubectl would take without -n: the context's, else ``default``.

    Raises UsageError when the kubeconfig cannot be used.
    """
    paths = _paths(options, env)
    if not paths:
        return "default"
    with _understood(paths):
        merged, _ = _merge(paths)
        name, _, _ = _choose(merged, paths, options)
        contexts = {entry["name"]: entry["context"] for entry in merged.value["contexts"]}
        found = contexts[name].safe_get("namespace") if name else None
        return str(found or "default")


def _connect(options: CollectOptions, env: Mapping[str, str]) -> Connection:
    """Find a kubeconfig, and load it with the official client.

    It is looked for as kubectl does: --kubeconfig, KUBECONFIG (several files are
    merged, the first to name something wins), ~/.kube/config, the service account of a pod.
    Raises UsageError when none can be used, ClusterError when a credential plugin fails.
    """
    if options.as_groups and not options.as_user:
        raise UsageError("--as-group needs --as", "say whom to act as: --as USER --as-group GROUP")
    paths = _paths(options, env)
    if not paths and env.get("KUBERNETES_SERVICE_HOST") and os.path.exists(f"{ACCOUNT}/token"):
        return _in_cluster(options, env)
    if not paths and env.get("KUBECONFIG"):
        raise UsageError(f"kubeconfig {env['KUBECONFIG']} does not exist", "check KUBECONFIG")
    if not paths:
        raise UsageError(
            "no kubeconfig found",
            "give one with --kubeconfig or KUBECONFIG, or put it in ~/.kube/config",
        )
    return _from_files(paths, options, env)


def _paths(options: CollectOptions, env: Mapping[str, str]) -> list[str]:
    home = env.get("HOME", "")
    if options.kubeconfig:
        path = _expanded(options.kubeconfig, home)
        if not os.path.exists(path):
            raise UsageError(f"kubeconfig {path} does not exist", "check --kubeconfig")
        return [path]
    named = env.get("KUBECONFIG") or (os.path.join(home, ".kube", "config") if home else "")
    candidates = (_expanded(path, home) for path in named.split(os.pathsep) if path)
    return [path for path in candidates if os.path.exists(path)]


def _expanded(path: str, home: str) -> str:
    return home + path[1:] if home and path.startswith("~/") else path


def _from_files(paths: list[str], options: CollectOptions, env: Mapping[str, str]) -> Connection:
    from kubernetes.client import Configuration  # noqa: PLC0415  0.2 s that --help does not need
    from kubernetes.config import kube_config  # noqa: PLC0415

    load: Any = kube_config.KubeConfigLoader

    with _understood(paths):
        merged, save = _merge(paths)
        context, cluster, user = _choose(merged, paths, options)
        merged.value["contexts"] = [
            {"name": _CHOSEN, "context": {"cluster": cluster["name"], "user": user}}
        ]
        # Credentials renewed on the way (OIDC) are written back, as kubectl does: the old
        # refresh token may be worth nothing afterwards.
        loader = load(merged, active_context=_CHOSEN, config_base_path=None, config_persister=save)
        configuration = Configuration()
        with _captured_log() as complaints:
            loader.load_and_set(configuration)
        details = cluster["cluster"]
        _check_plugin(merged, user, configuration, complaints)
        if "proxy-url" in details:
            configuration.proxy, configuration.no_proxy = details["proxy-url"], ""
        else:
            configuration.proxy, configuration.no_proxy = proxy_for(configuration.host, env), ""
        # Releases before 36 do not take this one over from the kubeconfig.
        configuration.tls_server_name = details.safe_get("tls-server-name")
        return _connection(context, user, configuration, options)


def _in_cluster(options: CollectOptions, env: Mapping[str, str]) -> Connection:
    from kubernetes.client import Configuration  # noqa: PLC0415
    from kubernetes.config import incluster_config  # noqa: PLC0415

    load: Any = incluster_config.InClusterConfigLoader

    configuration = Configuration()
    loader = load(token_filename=f"{ACCOUNT}/token", cert_filename=f"{ACCOUNT}/ca.crt", environ=env)
    with _understood([ACCOUNT]):
        loader.load_and_set(configuration)
    configuration.proxy, configuration.no_proxy = proxy_for(configuration.host, env), ""
    return _connection("in-cluster", "service account", configuration, options)


@contextmanager
def _understood(paths: list[str]) -> Iterator[None]:
    """Turn every complaint of the loader into one that quotes nothing.

    The loader's own messages name places by the whole entry they are in, token and all.
    """
    import yaml  # noqa: PLC0415
    from kubernetes.config import ConfigException  # noqa: PLC0415

    where = ", ".join(paths)
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(f"kubeconfig {where} is not YAML{line}") from None
    except OSError as error:
        raise UsageError(f"kubeconfig {where} cannot be used: {error.strerror}") from None
    except ConfigException as error:
        missing_file = str(error) if str(error).startswith("File does not exist: ") else ""
        detail = missing_file or "an entry is missing or malformed"
        raise UsageError(f"kubeconfig {where} cannot be used: {detail}") from None
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        raise UsageError(f"kubeconfig {where} cannot be used: it is malformed") from None


def _merge(paths: list[str]) -> tuple[Any, Callable[[], None]]:
    from kubernetes.config import ConfigException  # noqa: PLC0415
    from kubernetes.config import kube_config  # noqa: PLC0415

    make: Any = kube_config.ConfigNode

    class Merger(kube_config.KubeConfigMerger):
        """The official merger, but for the reading of a file, which knows no limits there."""

        def load_config(self, path: str) -> None:
            config = _document(path)
            if config is None:
                raise ConfigException("it is empty")
            if not isinstance(config, dict):
                raise TypeError("it holds no mapping")
            parts = {part: config.get(part) or [] for part in _PARTS}
            if self.config_merged is None:
                whole = {**deepcopy(config), **{part: [] for part in _PARTS}}
                self.config_merged = make(path, whole, path)
            for part, entries in parts.items():
                self._merge(part, entries, path)  # type: ignore[no-untyped-call]
            self.config_files[path] = config

    merger: Any = Merger(os.pathsep.join(paths))  # type: ignore[no-untyped-call]
    # The official merger lets the last file choose the context; kubectl, and its documentation,
    # let the first.
    chosen = (config.get("current-context") for config in merger.config_files.values())
    merger.config.value["current-context"] = next((name for name in chosen if name), "")
    return merger.config, merger.save_changes


def _document(path: str) -> Any:
    try:
        text = files.read(path, LARGEST).decode()
    except files.TooLarge:
        raise UsageError(
            f"{path} is no kubeconfig: it is larger than {LARGEST >> 20} MiB"
        ) from None
    from kubectl_routes.collect import yaml_text  # noqa: PLC0415

    return yaml_text.load(text)


def _choose(merged: Any, paths: list[str], options: CollectOptions) -> tuple[str, Any, str]:
    """The context's name, its cluster entry and its user's name, with the flags laid over."""
    where = ", ".join(paths)
    contexts, clusters, users = (
        {entry["name"]: entry for entry in merged.value[part]}
        for part in ("contexts", "clusters", "users")
    )
    name = options.context or merged.value["current-context"]
    if not name and not options.cluster:
        raise UsageError(f"kubeconfig {where} sets no current context", "choose one with --context")
    if name and name not in contexts:
        known = ", ".join(sorted(map(str, contexts))) or "none"
        raise UsageError(f"context {name!r} does not exist", f"contexts in {where}: {known}")
    context = contexts[name]["context"] if name else None
    cluster = options.cluster or (context.safe_get("cluster") if context else None)
    user = options.user or (context.safe_get("user") if context else None) or ""
    if cluster not in clusters:
        known = ", ".join(sorted(map(str, clusters))) or "none"
        raise UsageError(f"cluster {cluster!r} does not exist", f"clusters in {where}: {known}")
    server = clusters[cluster]["cluster"].safe_get("server")
    if not server:
        raise UsageError(f"cluster {cluster!r} has no server", f"add its URL to {where}")
    if not _is_url(server):
        # It may hold a password, and is not quoted.
        hint = f"write https://HOST:PORT into {where}"
        raise UsageError(f"the server of cluster {cluster!r} is no URL", hint)
    if user and user not in users:
        known = ", ".join(sorted(map(str, users))) or "none"
        raise UsageError(f"user {user!r} does not exist", f"users in {where}: {known}")
    return name, clusters[cluster], user


def _is_url(text: object) -> bool:
    import urllib3  # noqa: PLC0415

    try:
        url = urllib3.util.parse_url(text if isinstance(text, str) else "")
    except urllib3.exceptions.LocationParseError:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


@contextmanager
def _captured_log() -> Iterator[list[str]]:
    """What the official loader says of a failed credential plugin, which it only logs.

    Without a handler on the root logger it would print to stderr by itself.
    """
    complaints: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complaints.append(record.getMessage())

    keeper = Keeper(logging.ERROR)
    logging.getLogger().addHandler(keeper)
    try:
        yield complaints
    finally:
        logging.getLogger().removeHandler(keeper)


def _check_plugin(merged: Any, user: str, configuration: Any, complaints: list[str]) -> None:
    entries = {entry["name"]: entry["user"] for entry in merged.value["users"] if "user" in entry}
    plugin = entries[user].safe_get("exec") if entries.get(user) else None
    if not plugin or configuration.api_key or configuration.cert_file:
        return
    # What the plugin itself printed stays out: it handles credentials.
    reasons = (
        match.expand(reason)
        for complaint in complaints
        for pattern, reason in _COMPLAINTS
        if (match := re.match(pattern, complaint))
    )
    reason = next(reasons, "it gave no credential")
    raise ClusterError(
        f"the credential plugin {plugin.get('command')!r} of user {user!r} failed: {reason}",
        "run it by hand, or log in again",
        status=401,
    )


def _connection(context: str, user: str, configuration: Any, options: CollectOptions) -> Connection:
    import urllib3  # noqa: PLC0415
    from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415

    if configuration.proxy:
        _use_proxy(configuration)
    if not configuration.verify_ssl:
        # Chosen in the kubeconfig (insecure-skip-tls-verify); kubectl does not warn either.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    configuration.connection_pool_maxsize = 8
    configuration.retries = False

    url = urllib3.util.parse_url(configuration.host)

    def headers() -> Any:
        near, secure = is_loopback((url.host or "").strip("[]")), url.scheme == "https"
        return request_headers(configuration, options, near, secure)

    def secrets() -> tuple[str, ...]:
        parts = configuration.auth_settings().values()
        tokens = (str(part["value"]).split(" ", 1)[-1] for part in parts if part.get("value"))
        passwords = ((url.auth or "").partition(":")[2], configuration.password)
        return tuple(filter(None, (*tokens, url.auth, *passwords)))

    headers()  # what cannot be sent is told before anything is asked
    server = url._replace(auth=None).url
    pool = RESTClientObject(configuration).pool_manager
    return Connection(legible(context), server, legible(user), pool, headers, secrets)


def _use_proxy(configuration: Any) -> None:
    """Give the proxy the credentials in its URL. Raises UsageError when it cannot be used."""
    import urllib3  # noqa: PLC0415

    try:
        found = urllib3.util.parse_url(checked(configuration.proxy))
        if str(found.scheme).startswith("socks"):
            import_module("socks")
    except urllib3.exceptions.LocationParseError:
        raise UsageError("the proxy is no URL", "write http://HOST:PORT") from None
    except ImportError:
        raise UsageError("a SOCKS proxy needs the package PySocks", "pip install PySocks") from None
    if found.auth:
        configuration.proxy_headers = urllib3.make_headers(proxy_basic_auth=found.auth)
