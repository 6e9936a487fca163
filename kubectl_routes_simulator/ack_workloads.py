"""What else stands in kube-system of an ACK cluster: CCM, Flannel, and what they are told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from kubectl_routes_simulator.ccm_release import Release, release_of_image
from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.templates import filled

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
