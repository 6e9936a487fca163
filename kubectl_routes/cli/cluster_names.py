"""Names that the completion offers from kubeconfigs, a snapshot file, the cluster and its VPC."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from kubectl_routes.cli.reading import collect_options
from kubectl_routes.collect import files, yaml_text
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.kubeconfig import LARGEST
from kubectl_routes.collect.names import node_names, table_ids
from kubectl_routes.collect.snapshot import read

# A prompt that does not answer within a second is a broken one; Python takes the rest.
TIMEOUT_SECONDS = 0.7


def nodes(said: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    """The names of the nodes of a snapshot file or of the cluster."""
    if said.snapshot is not None:
        return [node.name for node in read(said.snapshot).nodes]
    return node_names(collect_options(said), env, SystemClock(), TIMEOUT_SECONDS)


def tables(said: argparse.Namespace, env: Mapping[str, str]) -> list[str]:
    """The IDs of the route tables of a snapshot file or of the VPC."""
    if said.snapshot is not None:
        return [table.id for table in read(said.snapshot).tables]
    return table_ids(collect_options(said), env, SystemClock(), TIMEOUT_SECONDS)


def in_kubeconfigs(given: str | None, env: Mapping[str, str], part: str) -> list[str]:
    """The names in a list of the file of --kubeconfig, else of those that kubectl would read."""
    home = os.path.join(env.get("HOME", ""), ".kube", "config")
    paths = [given] if given else (env.get("KUBECONFIG") or home).split(os.pathsep)
    names: list[str] = []
    for path in paths:
        if os.path.isfile(path):
            document = yaml_text.load_quickly(files.read(path, LARGEST).decode())
            names.extend(item["name"] for item in document.get(part) or ())
    return sorted(set(names))
