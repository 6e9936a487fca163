"""Names that the completion offers: from kubeconfigs, the catalogue, a snapshot, the cluster."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Mapping, Sequence

from kubectl_routes.catalog.pages import pages
from kubectl_routes.cli import flags
from kubectl_routes.cli.options import add_shared
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.reading import collect_options
from kubectl_routes.collect import files, yaml_text
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.kubeconfig import LARGEST
from kubectl_routes.collect.names import node_names, table_ids
from kubectl_routes.collect.snapshot import read
from kubectl_routes.model.finding import Language
from kubectl_routes.plan.preflight import SKIPPABLE
from kubectl_routes_simulator.scenarios import SCENARIOS

# A prompt that does not answer within a second is a broken one; Python takes the rest.
TIMEOUT_SECONDS = 0.7

# Flags whose values are names in a kubeconfig, and the list they stand in there.
_NAMED = {"--context": "contexts", "--cluster": "clusters", "--user": "users"}
_NODES = ("NODE", "FROM", "TO")


def known(kind: str, metavar: str, before: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The names of that kind, which is a flag or an argument's metavar; ``before`` are the words
    that were said already. None where nothing is known, or nobody answers in time.
    """
    if kind in _NAMED:
        return _in_kubeconfigs(_said(before).kubeconfig, env, _NAMED[kind])
    if metavar.startswith("CODE"):
        return _codes(kind)
    if kind == "--scenario":
        return sorted(SCENARIOS)
    if metavar == "COMMAND":
        return list(flags.names())
    if metavar in _NODES:
        return _nodes(_said(before), env)
    if kind == "--tables" and metavar.startswith("ID,ID"):
        return [*(["auto"] if metavar.endswith("auto") else []), *_tables(_said(before), env)]
    return []


def _said(before: Sequence[str]) -> argparse.Namespace:
    """The shared flags among the words."""
    parser = Parser("kubectl routes", io.StringIO(), 80)
    add_shared(parser)
    return parser.parse_known_args(before)[0]


def _codes(kind: str) -> list[str]:
    """The finding codes with their titles; of those that a flag takes."""
    found = list(pages(Language.ENGLISH))
    if kind == "--skip-preflight":
        found = [page for page in found if page.code.code in SKIPPABLE]
    elif kind.startswith("-"):
        found = [page for page in found if not page.code.preflight]
    return [f"{page.code.code}\t{page.title}" for page in found]


def _nodes(said: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    if said.snapshot is not None:
        return [node.name for node in read(said.snapshot).nodes]
    return node_names(collect_options(said), env, SystemClock(), TIMEOUT_SECONDS)


def _tables(said: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    if said.snapshot is not None:
        return [table.id for table in read(said.snapshot).tables]
    return table_ids(collect_options(said), env, SystemClock(), TIMEOUT_SECONDS)


def _in_kubeconfigs(given: str | None, env: Mapping[str, str], part: str) -> list[str]:
    """The names in a list of the file of --kubeconfig, else of those that kubectl would read."""
    home = os.path.join(env.get("HOME", ""), ".kube", "config")
    paths = [given] if given else (env.get("KUBECONFIG") or home).split(os.pathsep)
    names: list[str] = []
    for path in paths:
        if os.path.isfile(path):
            document = yaml_text.load_quickly(files.read(path, LARGEST).decode())
            names.extend(item["name"] for item in document.get(part) or ())
    return sorted(set(names))
