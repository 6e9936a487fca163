"""Clusters in which diagnose prints a command in a form that no scenario makes it print."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.enabling import CCM, KEY, SPACE, both as all_tables, edit_container, write_config
from tests.cli.fixing import flags

Act = Callable[[SimulatedCluster], object]
IPV6 = "fd00:1::/64"


class Situation(Struct, frozen=True):
    """``before`` makes it, ``change`` is what a person changes who edits or has seen what is shown,
    ``after`` what happens then without anybody. ``left`` are the codes that may remain.
    """

    code: str
    before: Act
    scenario: str = "healthy"
    change: Act | None = None
    after: Act | None = None
    left: frozenset[str] = frozenset()


def image(tag: str) -> Act:
    """CCM of another tag."""

    def edit(one: Any) -> None:
        one["image"] = f"{one['image'].rpartition(':')[0]}:{tag}"

    return lambda cluster: edit_container(cluster, edit)


def selector(labels: dict[str, str]) -> Act:
    """The nodes that CCM's pods want."""

    def edit(workload: Any) -> None:
        workload["spec"]["template"]["spec"]["nodeSelector"] = labels

    return lambda cluster: cluster.edit_workload(edit)


def in_script(text: str) -> Act:
    """CCM started by a shell, whose text is that of its command, in ``text``."""

    def change(words: list[str]) -> list[str]:
        whole = " ".join(words) if len(words) > 3 else words[2].partition(" #")[0]
        return ["sh", "-c", text.format(command=whole)]

    return lambda cluster: flags(cluster, change)


def replaced(old: str, new: str) -> Act:
    """A part of CCM's command, changed by hand."""
    return lambda cluster: flags(cluster, lambda words: [one.replace(old, new) for one in words])


def both(*acts: Act) -> Act:
    """One after the other."""

    def act(cluster: SimulatedCluster) -> None:
        for one in acts:
            one(cluster)

    return act


def second_ccm(cluster: SimulatedCluster) -> None:
    """Another DaemonSet with the same program and its routes on."""
    store = cluster.kube.store
    own = store.get("DaemonSet", SPACE, CCM)
    labels = {"app": "second"}
    template = {**own["spec"]["template"], "metadata": {"labels": labels}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": "second", "namespace": SPACE}
    store.put({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec})


def last_node(cluster: SimulatedCluster, **spec: Any) -> None:
    """Change the spec of the last node."""
    name = cluster.infra.nodes[-1].name
    store = cluster.kube.store
    store.replace("Node", "", name, lambda node: {**node, "spec": {**node["spec"], **spec}})


def only_taint(cluster: SimulatedCluster) -> None:
    """A taint without its condition."""
    last_node(
        cluster, taints=[{"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}]
    )


OFF = "--configure-cloud-routes=false"
ON = "--configure-cloud-routes=true"


def without(*parts: str) -> Callable[[list[str]], list[str]]:
    """The flags without those that hold one of these parts."""
    return lambda words: [word for word in words if not any(part in word for part in parts)]


def probe(port: int) -> Act:
    """A liveness probe at the port of another release."""
    asked = {"httpGet": {"port": port, "path": "/healthz"}, "failureThreshold": 1}
    return lambda cluster: flags(cluster, list, livenessProbe=asked)


def shell(text: str, variable: str = "") -> Act:
    """CCM started by the text of a shell, with its flags there or in the variable FLAGS."""

    def act(cluster: SimulatedCluster) -> None:
        def change(words: list[str]) -> list[str]:
            given = " ".join(without("routes")(words[1:]))
            value["value"] = variable.format(flags=given)
            return ["sh", "-c", text.format(flags=given)]

        value = {"name": "FLAGS", "value": ""}
        flags(cluster, change, env=[value])

    return act


def config(change: Callable[[str], str]) -> Act:
    """Another text of cloud-config."""

    def edit(value: Any) -> None:
        value["data"][KEY] = change(value["data"][KEY])

    return lambda cluster: cluster.edit_config_map(edit)


def key(text: str) -> Act:
    """An AccessKey in cloud-config."""

    def change(old: str) -> str:
        tree = json.loads(old)
        tree["Global"] |= {"accessKeyID": text, "accessKeySecret": text}
        return json.dumps(tree)

    return config(change)


def write(text: str) -> Act:
    """A cloud-config of the cluster's tables."""
    return lambda cluster: write_config(cluster, text.replace("TABLES", all_tables(cluster)))


def key_in_variables(cluster: SimulatedCluster) -> None:
    """As v1 reads it."""
    names = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET")
    flags(cluster, list, env=[{"name": name, "value": "x"} for name in names])


# Those of make test.
QUICK = (
    "routes off without a podCIDR",
    "routes off in the text of a shell",
    "routes off in a variable of that text",
    "the probe of an older release",
    "an AccessKey that v2 does not read",
    "a cloud-config in INI form",
    "two CCMs",
)
SITUATIONS = {
    "routes off without a podCIDR": Situation(
        "RT111",
        lambda cluster: flags(
            cluster, lambda words: [*without("cluster-cidr", "routes")(words), OFF]
        ),
        "blocked",
    ),
    "routes off in the text of a shell": Situation(
        "RT111", shell(f"sleep 0; exec /cloud-controller-manager {{flags}} {OFF}"), "blocked"
    ),
    "routes off in a variable of that text": Situation(
        "RT111", shell("exec /cloud-controller-manager $FLAGS", f"{{flags}} {OFF}"), "blocked"
    ),
    "the probe of an older release": Situation("RT112", probe(10252)),
    "the secure probe of an older release": Situation("RT112", probe(10253)),
    "an AccessKey that v2 does not read": Situation(
        "RT116", both(key(""), key_in_variables), change=key("eA==")
    ),
    "a cloud-config in INI form": Situation(
        "RT102",
        both(
            write("[Global]\nregion = cn-hangzhou\nrouteTableIDs = TABLES\n"),
            lambda cluster: cluster.restart_ccm(),
        ),
        change=write('{"Global": {"region": "cn-hangzhou", "routeTableIDs": "TABLES"}}'),
    ),
    "routes off in a script": Situation(
        "RT111",
        both(replaced(ON, OFF), in_script("exec {command} # by hand")),
        "routes-off",
        replaced(OFF, ON),
    ),
    "a narrow range in a script": Situation(
        "RT114",
        in_script("exec {command} # by hand"),
        "narrow-range",
        replaced("/21", "/16"),
    ),
    "an overlay in a script": Situation(
        "RT118",
        both(replaced(ON, ""), in_script("exec {command} # by hand")),
        "vxlan-routes-on",
        both(replaced(" #", f" {OFF} #")),
    ),
    "an image that is not there": Situation("RT112", image("v9.9.9"), change=image("v2.11.2")),
    "no node for the pods": Situation(
        "RT112",
        selector({"no": "where"}),
        change=selector({"node-role.kubernetes.io/master": ""}),
    ),
    "two CCMs": Situation(
        "RT120",
        second_ccm,
        change=lambda cluster: cluster.kube.store.delete("DaemonSet", SPACE, "second"),
    ),
    "a podCIDR of IPv6": Situation(
        "RT201",
        lambda cluster: last_node(cluster, podCIDR=IPV6, podCIDRs=[IPV6]),
        after=lambda cluster: cluster.kubelet_registers(cluster.infra.nodes[-1].name),
    ),
    "a taint without its condition": Situation("RT206", only_taint),
}
