"""The objects of an ACK cluster with Flannel: nodes, CCM, Flannel, ConfigMaps, pods."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.ccm_release import Release, release_of_image
from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.templates import filled

_CREATED = "2024-05-06T07:08:09Z"
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
    """The Node; its podCIDR is given already. With ``backend`` alloc it has no NetworkUnavailable
    yet; with any other backend Flannel has set it to False.

    About 24 kB as JSON, most of it the images, which all nodes share.
    """
    made = filled(
        "node",
        name=plan.name,
        instance=plan.instance,
        region=plan.region,
        zone=plan.zone,
        ip=plan.ip,
        pod_cidr=plan.pod_cidr,
        backend=backend,
        images=_ENCODED_IMAGES,
    )
    made["metadata"]["labels"].update(_MASTER_LABELS if plan.master else _WORKER_LABELS)
    if plan.master:
        made["spec"]["taints"] = [{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}]
    if backend != "alloc":
        made["status"]["conditions"].append(dict(_FLANNEL))
    return made


_MASTER_LABELS = {"node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/master": ""}
_WORKER_LABELS = {"alibabacloud.com/nodepool-id": "np0000000000000000000000000000"}
_FLANNEL = {
    "type": "NetworkUnavailable",
    "status": "False",
    "reason": "FlannelIsUp",
    "message": "Flannel is running on this node",
    "lastHeartbeatTime": _CREATED,
    "lastTransitionTime": _CREATED,
}


CCM_CONFIG = "cloud-config"
PROFILE = "ack-cluster-profile"
CLUSTER_ID = "c0ffee00000000000000000000000abcd"
CREATED = "2024-05-06T07:08:09Z"
_CONFIG_FLAG = "--cloud-config=/etc/kubernetes/config/cloud-config.conf"


def config_map(name: str, data: Mapping[str, str]) -> Object:
    """A ConfigMap of kube-system."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": NAMESPACE, "creationTimestamp": CREATED},
        "data": dict(data),
    }


def cloud_config(text: str) -> Object:
    """The ConfigMap with CCM's configuration file."""
    return config_map(CCM_CONFIG, {"cloud-config.conf": text})


def namespace(name: str) -> Object:
    """A Namespace."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "creationTimestamp": CREATED},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def ccm_image(tag: str) -> str:
    """The image of a tag: registry and repository have changed over the years."""
    release = release_of_image(f"x:{tag}")
    if release >= Release(2, 10):
        return f"registry-cn-hangzhou.ack.aliyuncs.com/acs/{NAME}:{tag}"
    if release >= Release(2, 6):
        return f"registry-cn-hangzhou.ack.aliyuncs.com/acs/{NAME}-amd64:{tag}"
    return f"registry.cn-hangzhou.aliyuncs.com/acs/{NAME}-amd64:{tag}"


def ccm_command(tag: str, cluster_cidr: str) -> list[str]:
    """The command line of a dedicated cluster's CCM of that release, cloud routes on."""
    shared = [
        "/cloud-controller-manager",
        "--kubeconfig=/etc/kubernetes/cloud-controller-manager.conf",
        _CONFIG_FLAG,
        f"--cluster-cidr={cluster_cidr}",
        "--configure-cloud-routes=true",
        "--leader-elect=true",
    ]
    if release_of_image(f"x:{tag}") < Release(2, 0):
        return [
            *shared,
            "--address=127.0.0.1",
            "--allow-untagged-cloud=true",
            "--cloud-provider=alicloud",
            "--allocate-node-cidrs=true",
            "--use-service-account-credentials=true",
            "--route-reconciliation-period=3m",
            "--v=5",
        ]
    return [*shared, "--route-reconciliation-period=5m", "--metrics-bind-addr=0"]


def ccm_daemon_set(tag: str, cluster_cidr: str) -> Object:
    """CCM's DaemonSet of today, with the image of that tag; its pods run on the masters."""
    return filled("ccm", image=ccm_image(tag), command=ccm_command(tag, cluster_cidr))


def appendix(tag: str, cluster_cidr: str) -> Object:
    """CCM's DaemonSet as Alibaba Cloud's how-to "Kubernetes集群支持VPC多路由表" shows it in its
    appendix, with all five edits.
    """
    command = [
        "/cloud-controller-manager",
        "--kubeconfig=/etc/kubernetes/cloud-controller-manager.conf",
        "--address=127.0.0.1",
        "--allow-untagged-cloud=true",
        "--leader-elect=true",
        "--cloud-provider=alicloud",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={cluster_cidr}",
        "--use-service-account-credentials=true",
        "--route-reconciliation-period=3m",
        "--v=5",
        _CONFIG_FLAG,
        "--feature-gates=ServiceNodeExclusion=true",
    ]
    return filled("ccm of the how-to", image=ccm_image(tag), command=command)


def before_how_to(tag: str, cluster_cidr: str) -> Object:
    """The same without the volume, its mount and the flag, and with /etc/kubernetes/ read-only."""
    daemon_set = appendix(tag, cluster_cidr)
    spec = daemon_set["spec"]["template"]["spec"]
    spec["volumes"] = [one for one in spec["volumes"] if one["name"] != CCM_CONFIG]
    container = spec["containers"][0]
    container["command"].remove(_CONFIG_FLAG)
    container["volumeMounts"] = [
        {**one, "readOnly": True} if one["name"] == "k8s" else one
        for one in container["volumeMounts"]
        if one["name"] != CCM_CONFIG
    ]
    return daemon_set


def flannel_daemon_set(nodes: int) -> Object:
    """Flannel's DaemonSet, which has been rolled out; only its presence matters to routing."""
    return filled("flannel", nodes=nodes)


def cluster_config_maps(
    cluster_cidr: str, vpc_id: str, v_switches: Sequence[tuple[str, str]], managed: bool
) -> list[Object]:
    """The ConfigMaps that tell what the cluster is; ``v_switches`` are pairs of id and zone."""
    proxy = {
        "config.conf": "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
        f"clusterCIDR: {cluster_cidr}\nkind: KubeProxyConfiguration\nmode: ipvs\n"
    }
    profile = {
        "clusterid": CLUSTER_ID,
        "uid": "1234567890123456",
        "vpcid": vpc_id,
        "vsw-zone": ",".join(f"{one}:{zone}" for one, zone in v_switches),
        "timezone": "Asia/Shanghai",
        "serviceCIDR": "172.16.0.0/20",
        "ipStack": "ipv4",
    }
    return [
        config_map(PROFILE, profile),
        config_map("kube-proxy-worker", proxy),
        *([] if managed else [config_map("kube-proxy-master", proxy)]),
    ]


def flannel_config(cluster_cidr: str, backend: str) -> Object:
    """Flannel's ConfigMap; ``backend`` is alloc on ACK."""
    network = {"Network": cluster_cidr, "Backend": {"Type": backend}}
    return config_map("kube-flannel-cfg", {"net-conf.json": json.dumps(network, indent=2)})


_WEB = "web-5d8f7c6b9d"
_AGENT = "node-agent"


def workload_pods(workers: Iterable[NodePlan]) -> list[Object]:
    """``default/web-…`` on every worker and one that finds no place; ``kube-system/node-agent-…``,
    which uses the host's network, on the first worker.
    """
    pods: list[Object] = []
    for number, plan in enumerate(workers):
        ip = str(IPv4Network(plan.pod_cidr)[10])
        pods.append(_web(str(number), plan, ip))
        if number == 0:
            names = {"namespace": NAMESPACE, "name": f"{_AGENT}-0", "app": _AGENT}
            owner = {"owner_kind": "DaemonSet", "owner": _AGENT}
            agent = filled("pod", node=plan.name, ip=plan.ip, pod_ip=plan.ip, **names, **owner)
            agent["spec"]["hostNetwork"] = True
            pods.append(agent)
    pods.append(_web("waiting", None, ""))
    return pods


def _web(suffix: str, plan: NodePlan | None, pod_ip: str) -> Object:
    pod = filled(
        "pod",
        namespace="default",
        name=f"{_WEB}-{suffix}",
        app="web",
        owner_kind="ReplicaSet",
        owner=_WEB,
        node=plan.name if plan else "",
        ip=plan.ip if plan else "",
        pod_ip=pod_ip,
    )
    if plan is None:
        del pod["spec"]["nodeName"]
        pod["status"] = {"phase": "Pending", "qosClass": "BestEffort", "conditions": [_UNPLACED]}
    return pod


_UNPLACED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "no node has enough free cpu",
    "lastTransitionTime": "2024-05-06T07:08:09Z",
}
