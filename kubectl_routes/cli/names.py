"""Names that the completion offers: from kubeconfigs, the catalog, a snapshot, the cluster."""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping, Sequence

from kubectl_routes.catalog.pages import pages
from kubectl_routes.cli import flags
from kubectl_routes.cli.options import add_shared
from kubectl_routes.cli.parser import Parser
from kubectl_routes.model.message import Language
from kubectl_routes_simulator.scenarios import SCENARIOS

# Flags whose values are names in a kubeconfig, and the list they stand in there.
_NAMED = {
    "--context": "contexts",
    "--contexts": "contexts",
    "--cluster": "clusters",
    "--user": "users",
}
_NODES = ("NODE", "FROM", "TO")


def known(kind: str, metavar: str, before: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The names of that kind, which is a flag or an argument's metavar; ``before`` are the words
    that were said already. None where nothing is known, or no answer comes in time.
    """
    if metavar.startswith("CODE"):
        return _codes(kind, repair="repair" in before)
    if kind == "--scenario":
        return sorted(SCENARIOS)
    if metavar == "COMMAND":
        return list(flags.names())
    # What reads kubeconfigs and asks servers takes three times as long to load as all the rest.
    from kubectl_routes.cli import cluster_names  # noqa: PLC0415

    if kind in _NAMED:
        return cluster_names.in_kubeconfigs(_said(before).kubeconfig, env, _NAMED[kind])
    if metavar in _NODES:
        return cluster_names.nodes(_said(before), env)
    if kind == "--tables" and metavar.startswith("ID,ID"):
        auto = ["auto"] if metavar.endswith("auto") else []
        return [*auto, *cluster_names.tables(_said(before), env)]
    return []


def _said(before: Sequence[str]) -> argparse.Namespace:
    """The shared flags among the words."""
    parser = Parser("kubectl routes", io.StringIO(), 80)
    add_shared(parser)
    return parser.parse_known_args(before)[0]


def _codes(kind: str, *, repair: bool) -> list[str]:
    """The finding codes with their titles; of those that a flag takes, or that ``repair`` does."""
    found = list(pages(Language.ENGLISH))
    if kind == "--skip-preflight":
        from kubectl_routes.plan.preflight import SKIPPABLE  # noqa: PLC0415 - loads slowly

        found = [page for page in found if page.code.code in SKIPPABLE]
    elif kind.startswith("-"):
        found = [page for page in found if not page.code.preflight]
    elif repair:
        found = [page for page in found if page.code.repair]
    return [f"{page.code.code}\t{page.title}" for page in found]
