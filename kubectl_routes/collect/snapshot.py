"""The Snapshot: taken from a cluster, written to a file, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from kubectl_routes.collect import files
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.controller import LARGEST_CLOUD_CONFIG
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import API_VERSION, Snapshot

if TYPE_CHECKING:
    from kubectl_routes.collect.kubeconfig import Kubeconfig

KIND = "Snapshot"

# 5,000 nodes with 10 tables of 5,000 entries are about 20 MB; what is far beyond is not read, since
# it has to fit into memory together with what is made of it.
LARGEST = 128 * 1024 * 1024
# Short nodes and entries: what is made of them has to fit into memory too.
MOST_ROUTES = 1_000_000


class _Header(msgspec.Struct):
    apiVersion: object = None  # noqa: N815  the name in the file
    kind: object = None


def take(
    options: CollectOptions,
    env: Mapping[str, str],
    clock: Clock,
    notify: Callable[[str], None],
    kubeconfig: Kubeconfig | None = None,
) -> Snapshot:
    """Read everything, at one moment, in parallel.

    ``notify`` gets one-line remarks on the progress, from any thread. What cannot be read
    becomes a gap and the rest is still read. ``kubeconfig`` is one that was read already.
    Raises UsageError for a kubeconfig, context or endpoint that cannot be used, and ClusterError
    when the cluster shows nothing at all.
    """
    # A snapshot from a file needs none of what this imports.
    from kubectl_routes.collect.snapshot_reader import SnapshotReader  # noqa: PLC0415

    survey = SnapshotReader(options, env, clock, notify, kubeconfig)
    try:
        return survey.run()
    finally:
        survey.close()


def write(text: str, path: str) -> None:
    """Write a snapshot, as JSON, readable by its owner alone. Raises UsageError when that fails."""
    try:
        files.write_whole(text.encode(), path, 0o600)
    except OSError as error:
        raise UsageError(
            message(
                "snapshot {path} cannot be written: {reason}", path=path, reason=str(error.strerror)
            )
        ) from None


def unreadable(taken: Snapshot, text: str) -> str:
    """Why ``read`` would refuse a snapshot and its text; empty where it would not."""
    if len(text.encode()) > LARGEST:
        return message("it is larger than {count} MiB", count=LARGEST >> 20)
    return _excess(taken)


def read(path: str) -> Snapshot:
    """The snapshot in a file. Raises UsageError when the file is none, or of another version."""
    try:
        body = files.read(path, LARGEST)
    except OSError as error:
        raise UsageError(
            message(
                "snapshot {path} cannot be read: {reason}", path=path, reason=str(error.strerror)
            )
        ) from None
    except files.TooLarge:
        raise UsageError(
            message(
                "{path} is not a snapshot: it is larger than {count} MiB",
                path=path,
                count=LARGEST >> 20,
            )
        ) from None
    try:
        header = msgspec.json.decode(body, type=_Header)
    except UNREADABLE:
        raise UsageError(
            message("{path} is not a snapshot: it is not a JSON object", path=path)
        ) from None
    if header.kind != KIND:
        raise UsageError(
            message(
                "{path} is not a snapshot: its kind is {kind}", path=path, kind=_shown(header.kind)
            )
        )
    if header.apiVersion != API_VERSION:
        raise UsageError(
            message(
                "snapshot {path} has apiVersion {found}, not {api_version}",
                path=path,
                found=_shown(header.apiVersion),
                api_version=API_VERSION,
            ),
            message("use the release of kubectl-routes that wrote it"),
        )
    try:
        found = msgspec.json.decode(body, type=Snapshot)
    except UNREADABLE as error:
        what = str(error)[:200] if _is_utf8(body) else message("it is not UTF-8")
        raise UsageError(
            message("snapshot {path} is damaged: {what}", path=path, what=what)
        ) from None
    excess = _excess(found)
    if excess:
        raise UsageError(message("{path} is not a snapshot: {excess}", path=path, excess=excess))
    return found


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _excess(found: Snapshot) -> str:
    """What there is more of than any cluster has, or empty."""
    routes = len(found.nodes) * max(1, len(found.tables))
    if max(routes, sum(map(len, found.entries.values()))) > MOST_ROUTES:
        return message("it holds more than {most} routes", most=MOST_ROUTES)
    config = found.controller.cloud_config
    if config is not None and len(config.text or "") > LARGEST_CLOUD_CONFIG:
        return message(
            "its cloud-config has more than {count} KiB", count=LARGEST_CLOUD_CONFIG >> 10
        )
    return ""


def _shown(value: object) -> str:
    return repr(value)[:40] if isinstance(value, str) else "missing"
