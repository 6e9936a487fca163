"""Names that the completion offers: from kubeconfigs, the catalog, a snapshot, the cluster."""

from __future__ import annotations

import argparse
import io
import os
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
# A prompt that does not answer within a second is a broken one; Python takes the rest.
TIMEOUT_SECONDS = 0.7


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
    if kind in _NAMED:
        return _in_kubeconfigs(_said(before).kubeconfig, env, _NAMED[kind])
    if metavar in _NODES:
        return _in_cluster(_said(before), env, tables=False)
    if kind == "--tables" and metavar.startswith("ID,ID"):
        auto = ["auto"] if metavar.endswith("auto") else []
        return [*auto, *_in_cluster(_said(before), env, tables=True)]
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


# What reads kubeconfigs and asks servers takes three times as long to load as all the rest.


def _in_kubeconfigs(given: str | None, env: Mapping[str, str], part: str) -> list[str]:
    """The names in a list of the file of --kubeconfig, else of those that kubectl would read."""
    from kubectl_routes.collect import files, yaml_text  # noqa: PLC0415
    from kubectl_routes.collect.kubeconfig import LARGEST  # noqa: PLC0415

    home = os.path.join(env.get("HOME", ""), ".kube", "config")
    paths = [given] if given else (env.get("KUBECONFIG") or home).split(os.pathsep)
    names: list[str] = []
    for path in paths:
        if os.path.isfile(path):
            document = yaml_text.load_quickly(files.read(path, LARGEST).decode())
            names.extend(item["name"] for item in document.get(part) or ())
    return sorted(set(names))


def _in_cluster(said: argparse.Namespace, env: Mapping[str, str], *, tables: bool) -> list[str]:
    """The nodes of a snapshot file or of the cluster, or the ``tables`` of its VPC."""
    from kubectl_routes.cli.reading import collect_options  # noqa: PLC0415
    from kubectl_routes.collect import names, snapshot  # noqa: PLC0415
    from kubectl_routes.collect.clock import SystemClock  # noqa: PLC0415

    if said.snapshot is not None:
        held = snapshot.read(said.snapshot)
        return [table.id for table in held.tables] if tables else [n.name for n in held.nodes]
    ask = names.table_ids if tables else names.node_names
    return ask(collect_options(said), env, SystemClock(), TIMEOUT_SECONDS)
