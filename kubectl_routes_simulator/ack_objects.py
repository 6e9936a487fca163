"""The objects of an ACK cluster with Flannel: nodes, CCM, Flannel, ConfigMaps, pods."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.ccm_release import Release, release_of_image
from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.templates import filled

CCM_CONFIG = "cloud-config"
PROFILE = "ack-cluster-profile"
CLUSTER_ID = "c0ffee00000000000000000000000abcd"
CREATED = "2024-05-06T07:08:09Z"
_REGISTRY = "registry-cn-hangzhou-vpc.ack.aliyuncs.com"
_IMAGES = 50


def _image(number: int) -> Object:
    repository = f"{_REGISTRY}/practice/service-with-a-rather-long-name-{number:03d}"
    digest = f"{number:064x}"
    tags = [f"{repository}:v1.{number}.{patch}-{digest[-12:]}-aliyun" for patch in range(2)]
    return {
        "names": [f"{repository}@sha256:{digest}", *tags],
        "sizeBytes": 40_000_000 + number,
    }


_ENCODED_IMAGES = msgspec.Raw(msgspec.json.encode([_image(number) for number in range(_IMAGES)]))


class NodePlan(Struct, frozen=True):
    """What differs between nodes. ``instance`` is the ECS id; ``ip`` its InternalIP."""

    name: str
    instance: str
    region: str
    zone: str
    ip: str
    pod_cidr: str
    master: bool = False


def node(plan: NodePlan, backend: str = "alloc") -> Object:
    """The Node, about 24 kB as JSON; with another ``backend`` than alloc Flannel has set
    NetworkUnavailable.
    """
    given = msgspec.structs.asdict(plan)
    made = filled("node", **given, backend=backend, images=_ENCODED_IMAGES)
    role = filled("master" if plan.master else "worker")
    made["metadata"]["labels"].update(role.pop("labels"))
    made["spec"].update(role)
    if backend != "alloc":
        made["status"]["conditions"].append(filled("flannel condition"))
    return made


def cloud_config(text: str) -> Object:
    """The ConfigMap with CCM's configuration file."""
    return filled("config map", name=CCM_CONFIG, data={"cloud-config.conf": text})


def ccm_image(tag: str) -> str:
    """The image of a tag: registry and repository have changed over the years."""
    release = release_of_image(f"x:{tag}")
    registry = "registry-cn-hangzhou.ack" if release >= Release(2, 6) else "registry.cn-hangzhou"
    repository = NAME if release >= Release(2, 10) else f"{NAME}-amd64"
    return f"{registry}.aliyuncs.com/acs/{repository}:{tag}"


def ccm_command(tag: str, cluster_cidr: str) -> list[str]:
    """The command line of a dedicated cluster's CCM of that release, cloud routes on."""
    family = "v1" if release_of_image(f"x:{tag}") < Release(2, 0) else "v2"
    words: list[str] = filled("commands", cluster_cidr=cluster_cidr)[family]
    return words


def ccm_daemon_set(tag: str, cluster_cidr: str) -> Object:
    """CCM's DaemonSet of today, with the image of that tag; its pods run on the masters."""
    return filled("ccm", image=ccm_image(tag), command=ccm_command(tag, cluster_cidr))


def appendix(tag: str, cluster_cidr: str) -> Object:
    """CCM's DaemonSet as the appendix of the how-to shows it, with all five edits."""
    command = filled("commands", cluster_cidr=cluster_cidr)["how-to"]
    return filled("ccm of the how-to", image=ccm_image(tag), command=command)


def before_how_to(tag: str, cluster_cidr: str) -> Object:
    """The same without the volume, its mount and the flag, and with /etc/kubernetes/ read-only."""
    daemon_set = appendix(tag, cluster_cidr)
    spec = daemon_set["spec"]["template"]["spec"]
    container = spec["containers"][0]
    command, mounts = container["command"], container["volumeMounts"]
    spec["volumes"] = [volume for volume in spec["volumes"] if volume["name"] != CCM_CONFIG]
    container["command"] = [word for word in command if not word.startswith("--cloud-config=")]
    container["volumeMounts"] = [
        {**mount, "readOnly": True} if mount["name"] == "k8s" else mount
        for mount in mounts
        if mount["name"] != CCM_CONFIG
    ]
    return daemon_set


def cluster_config_maps(
    cluster_cidr: str, vpc_id: str, v_switches: Sequence[tuple[str, str]], backend: str
) -> list[Object]:
    """The ConfigMaps of the cluster; ``v_switches`` are id and zone, ``backend`` is Flannel's."""
    network = {"Network": cluster_cidr, "Backend": {"Type": backend}}
    maps = filled(
        "cluster config maps",
        cluster_cidr=cluster_cidr,
        vpc_id=vpc_id,
        v_switches=",".join(f"{switch}:{zone}" for switch, zone in v_switches),
        flannel=json.dumps(network, indent=2),
    )
    return [filled("config map", name=name, data=data) for name, data in maps.items()]


_WEB = "web-5d8f7c6b9d"
_AGENT = "node-agent"


def workload_pods(workers: Iterable[NodePlan]) -> list[Object]:
    """``default/web-…`` on every worker and one that finds no place; ``kube-system/node-agent-…``,
    which uses the host's network, on the first worker.
    """
    pods: list[Object] = []
    for number, plan in enumerate(workers):
        ip = str(IPv4Network(plan.pod_cidr)[10])
        pods.append(_web(str(number), plan.name, plan.ip, ip))
        if number == 0:
            names = {"namespace": NAMESPACE, "name": f"{_AGENT}-0", "app": _AGENT}
            owner = {"owner_kind": "DaemonSet", "owner": _AGENT}
            agent = filled("pod", node=plan.name, ip=plan.ip, pod_ip=plan.ip, **names, **owner)
            agent["spec"]["hostNetwork"] = True
            pods.append(agent)
    unplaced = _web("waiting", "", "", "")
    del unplaced["spec"]["nodeName"]
    return [*pods, {**unplaced, "status": filled("pending")}]


def _web(suffix: str, node_name: str, ip: str, pod_ip: str) -> Object:
    names = {"namespace": "default", "name": f"{_WEB}-{suffix}", "app": "web"}
    owner = {"owner_kind": "ReplicaSet", "owner": _WEB}
    return filled("pod", node=node_name, ip=ip, pod_ip=pod_ip, **names, **owner)
