"""What the shared flags of every subcommand say about reading."""

from __future__ import annotations

from msgspec import Struct


class CollectOptions(Struct, frozen=True):
    """Where to read from and as whom; None means: not given, find it.

    ``request_timeout`` is the patience of the whole command in seconds, retries included; None
    and 0 both mean 60 seconds. ``logs``: the last lines of CCM's log are wanted too.
    """

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    as_user: str | None = None
    as_groups: tuple[str, ...] = ()
    request_timeout: float | None = None
    region: str | None = None
    vpc_id: str | None = None
    vpc_endpoint: str | None = None
    profile: str | None = None
    logs: bool = False
