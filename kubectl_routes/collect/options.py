"""What a subcommand and the shared flags say about reading."""

from __future__ import annotations

from msgspec import Struct

# Where the kubelet puts the token of a pod's service account and the cluster's CA.
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


class CollectOptions(Struct, frozen=True):
    """Where to read from and as which user; None means: not given, find it.

    ``request_timeout`` is the overall timeout in seconds, retries included; None
    and 0 both mean 60 seconds. ``logs``: the last lines of CCM's log are wanted too.
    ``everywhere``: all namespaces are searched for a second CCM.
    ``tables`` are ids to look up wherever they are, beside those of CCM's list.
    ``interactive``: a credential plugin may ask the user.
    ``pods`` are those to read too: ``namespace/name``, or an IPv4 address that one may have.
    ``service_account`` is the folder of a pod's credentials, used where there is no kubeconfig.
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
    everywhere: bool = False
    tables: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    service_account: str = SERVICE_ACCOUNT
    interactive: bool = True
