"""The kubeconfig files, merged, and which cluster and user they name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from kubectl_routes.collect import files
from kubectl_routes.collect.kube_user import Target
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message

# Certificates and all, a kubeconfig of a hundred clusters has 1 MB.
LARGEST = 8 * 1024 * 1024
_PARTS = {"clusters": "cluster", "contexts": "context", "users": "user"}

Entries = dict[str, dict[str, Any]]


class Kubeconfig(Struct, frozen=True):
    """Several files as one. ``parts`` holds the entries of each list by name, ``folders`` the
    folder of the file that an entry is from, by list and name: paths are relative to it.
    """

    documents: dict[str, dict[str, Any]]
    parts: dict[str, Entries]
    folders: dict[tuple[str, str], str]

    @property
    def where(self) -> str:
        """The paths of the files."""
        return ", ".join(self.documents)

    @property
    def contexts(self) -> tuple[str, ...]:
        """The names of all contexts, in the order of the files."""
        return tuple(map(str, self.parts["contexts"]))

    def context(self, options: CollectOptions) -> str:
        """The name of the context that is meant; empty where none is needed. Raises UsageError."""
        chosen = (document.get("current-context") for document in self.documents.values())
        name = options.context or next((name for name in chosen if name), "")
        if name:
            self._require("context", name)
        elif not options.cluster:
            raise UsageError(
                message("kubeconfig {where} sets no current context", where=self.where),
                message("choose one with --context"),
            )
        return name

    def target(self, options: CollectOptions) -> Target:
        """What the context names, with the flags laid over. Raises UsageError."""
        name = self.context(options)
        context = self.parts["contexts"][name] if name else {}
        cluster = options.cluster or context.get("cluster") or ""
        user = options.user or context.get("user") or ""
        entry = self._require("cluster", cluster)
        self._check_server(cluster, entry.get("server"))
        return Target(
            name,
            entry,
            self.folders["clusters", cluster],
            user,
            self._require("user", user) if user else {},
            self.folders.get(("users", user), ""),
            self.documents,
            options.interactive,
        )

    def _require(self, kind: str, name: str) -> dict[str, Any]:
        known = self.parts[f"{kind}s"]
        if name not in known:
            names = ", ".join(sorted(map(str, known))) or message("none")
            raise UsageError(
                message("{kind} {name} does not exist", kind=kind, name=repr(name)),
                message("{kind}s in {where}: {names}", kind=kind, where=self.where, names=names),
            )
        return known[name]

    def _check_server(self, cluster: str, server: object) -> None:
        """Raise UsageError for a server that is not to be used; it may hold a password, and is not
        quoted.
        """
        where, name = self.where, repr(cluster)
        if not server:
            raise UsageError(
                message("cluster {cluster} has no server", cluster=name),
                message("add its URL to {where}", where=where),
            )
        hint = message("write https://HOST:PORT into {where}", where=where)
        url = _url(server)
        if url is None:
            raise UsageError(
                message("the server of cluster {cluster} is not a URL", cluster=name), hint
            )
        if url.auth:
            raise UsageError(
                message(
                    "the server of cluster {cluster} contains a user name or password",
                    cluster=name,
                ),
                message("{hint}, and the credentials under users", hint=hint),
            )


def existing(options: CollectOptions, env: Mapping[str, str]) -> list[str]:
    """The files that are there. Raises UsageError when that of --kubeconfig is not."""
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


def load(options: CollectOptions, env: Mapping[str, str]) -> Kubeconfig:
    """Read the files. Raises UsageError where there is none, or one cannot be used."""
    paths = existing(options, env)
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
    parts: dict[str, Entries] = {part: {} for part in _PARTS}
    found = Kubeconfig({}, parts, {})
    with understood(", ".join(paths)):
        for path in paths:
            document = found.documents[path] = _document(path)
            for part, inner in _PARTS.items():
                for entry in document.get(part) or ():
                    name = entry["name"]
                    if name in parts[part]:
                        continue  # kubectl, and its documentation, let the first file win
                    parts[part][name] = entry.get(inner) or {}
                    found.folders[part, name] = os.path.dirname(os.path.abspath(path))
    return found


def namespace_of(options: CollectOptions, env: Mapping[str, str]) -> str:
    """The namespace that kubectl would take without -n: the context's, else ``default``.

    Raises UsageError when the kubeconfig cannot be used.
    """
    if not existing(options, env):
        return "default"
    kubeconfig = load(options, env)
    with understood(kubeconfig.where):
        name = kubeconfig.target(options).context
        found = kubeconfig.parts["contexts"][name].get("namespace") if name else None
        return str(found or "default")


@contextmanager
def understood(where: str) -> Iterator[None]:
    """Turn every complaint about an entry into one that quotes nothing of it."""
    import yaml  # noqa: PLC0415

    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = message(", line {number}", number=mark.line + 1) if mark else ""
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


def _expanded(path: str, home: str) -> str:
    return home + path[1:] if home and path.startswith("~/") else path


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


def _url(text: object) -> Any:
    """The parts of an HTTP URL; None for anything else."""
    import urllib3  # noqa: PLC0415

    try:
        url = urllib3.util.parse_url(text if isinstance(text, str) else "")
        (url.host or "").encode("idna")  # ssl would stumble over a name that none can be
    except (urllib3.exceptions.LocationParseError, UnicodeError):
        return None
    return url if url.scheme in ("http", "https") and url.host else None
