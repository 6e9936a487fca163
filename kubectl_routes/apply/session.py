"""One command that writes: its connection, its clock, and a deadline of its own for every phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kubectl_routes.apply.writer import Writer
from kubectl_routes.collect.aliyun_client import VPC, RpcApi
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.credentials import load_key
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import vpc_route
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.snapshot import take
from kubectl_routes.model.snapshot import Snapshot


def looks(clock: Clock, until: float, first: float, longest: float) -> Iterator[None]:
    """One look, and others until ``until``, in seconds of ``clock.monotonic``: after ``first``
    seconds, for what is quick, then less often, every ``longest`` seconds in the end.
    """
    pause = first
    yield
    while clock.monotonic() + pause < until:
        clock.sleep(pause)
        pause = min(longest, 1.5 * pause)
        yield


class Session:
    """The way to one cluster. Raises UsageError and ClusterError as ``connect`` does."""

    def __init__(self, options: CollectOptions, env: Mapping[str, str], clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.env = env
        self._connection = connect(options, env)

    def client(self) -> KubeClient:
        """A client whose deadline begins now."""
        deadline = Deadline(self.clock, self.options.request_timeout)
        return KubeClient(self._connection, deadline)

    def writer(self) -> Writer:
        """A writer whose deadline begins now."""
        deadline = Deadline(self.clock, self.options.request_timeout)
        return Writer(KubeClient(self._connection, deadline), deadline)

    def vpc(self, region: str) -> RpcApi:
        """The VPC API, with a deadline that begins now; to be closed. Raises RoutesError."""
        key = load_key(self.options.profile, self.env)
        way = vpc_route(self.options.vpc_endpoint, region, self.env)
        return RpcApi(VPC, key, region, way, Deadline(self.clock, self.options.request_timeout))

    def take(self, notify: Callable[[str], None] = lambda _: None) -> Snapshot:
        """Read everything. Raises UsageError and ClusterError."""
        return take(self.options, self.env, self.clock, notify)

    def close(self) -> None:
        """End all connections."""
        self._connection.transport.close()
