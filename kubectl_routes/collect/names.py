"""Names for the completion of a command line: what can be had at once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from kubectl_routes.collect import background
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import RoutesError

Names = list[str]


def node_names(
    options: CollectOptions, env: Mapping[str, str], clock: Clock, seconds: float
) -> Names:
    """The names of the nodes that a cluster returns within ``seconds``, be they all or not."""

    def read(found: Names) -> None:
        from kubectl_routes.collect.connection import connect  # noqa: PLC0415
        from kubectl_routes.collect.deadline import Deadline  # noqa: PLC0415
        from kubectl_routes.collect.kube import KubeClient  # noqa: PLC0415
        from kubectl_routes.collect.nodes import read_nodes  # noqa: PLC0415

        client = KubeClient(connect(options, env), Deadline(clock, seconds))
        try:
            read_nodes(client, lambda page: found.extend(node.name for node in page))
        finally:
            client.close()

    return _within(seconds, read)


def table_ids(
    options: CollectOptions, env: Mapping[str, str], clock: Clock, seconds: float
) -> Names:
    """The ids of the VPC's route tables; none when it takes longer than ``seconds``."""

    def read(found: Names) -> None:
        from kubectl_routes.collect.snapshot_reader import SnapshotReader  # noqa: PLC0415

        survey = SnapshotReader(options, env, clock, lambda _: None)
        try:
            found.extend(survey.table_ids())
        finally:
            survey.close()

    return _within(seconds, read)


def _within(seconds: float, read: Callable[[Names], None]) -> Names:
    """What was found until then, sorted. A failure finds nothing: completion explains nothing."""
    found: Names = []
    with suppress(RoutesError, TimeoutError):
        background.result(background.start(lambda: read(found)), seconds)
    return sorted(found)
