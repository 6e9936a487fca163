"""CCM's DaemonSet as Alibaba Cloud's how-to on several route tables shows it, and before its edits.

The how-to is "Kubernetes集群支持VPC多路由表"; its appendix is the DaemonSet with all five edits.
"""

from __future__ import annotations

from kubectl_routes_simulator.ack_workloads import CCM_CONFIG
from kubectl_routes_simulator.ack_workloads import CREATED
from kubectl_routes_simulator.ack_workloads import ccm_image
from kubectl_routes_simulator.ccm_setup import NAME
from kubectl_routes_simulator.ccm_setup import NAMESPACE
from kubectl_routes_simulator.kube_store import Object

_CONFIG_FLAG = "--cloud-config=/etc/kubernetes/config/cloud-config.conf"
_LABELS = {"app": NAME, "tier": "control-plane"}


def appendix(tag: str, cluster_cidr: str) -> Object:
    """The DaemonSet of the appendix, with the image of that tag."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "labels": dict(_LABELS),
            "name": NAME,
            "namespace": NAMESPACE,
            "creationTimestamp": CREATED,
            "generation": 1,
        },
        "spec": {
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": dict(_LABELS)},
            "template": {
                "metadata": {
                    "annotations": {"scheduler.alpha.kubernetes.io/critical-pod": ""},
                    "creationTimestamp": None,
                    "labels": dict(_LABELS),
                },
                "spec": _pod_spec(tag, cluster_cidr),
            },
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": 1}, "type": "RollingUpdate"},
        },
    }


def before(tag: str, cluster_cidr: str) -> Object:
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


def _pod_spec(tag: str, cluster_cidr: str) -> Object:
    return {
        "containers": [
            {
                "command": _command(cluster_cidr),
                "image": ccm_image(tag),
                "imagePullPolicy": "IfNotPresent",
                "livenessProbe": {
                    "failureThreshold": 8,
                    "httpGet": {
                        "host": "127.0.0.1",
                        "path": "/healthz",
                        "port": 10253,
                        "scheme": "HTTP",
                    },
                    "initialDelaySeconds": 15,
                    "periodSeconds": 10,
                    "successThreshold": 1,
                    "timeoutSeconds": 15,
                },
                "name": NAME,
                "volumeMounts": [
                    {"mountPath": "/etc/kubernetes/", "name": "k8s"},
                    {"mountPath": "/etc/ssl/certs", "name": "certs"},
                    {"mountPath": "/etc/pki", "name": "pki"},
                    {"name": CCM_CONFIG, "mountPath": "/etc/kubernetes/config"},
                ],
            }
        ],
        "dnsPolicy": "ClusterFirst",
        "hostNetwork": True,
        "nodeSelector": {"node-role.kubernetes.io/master": ""},
        "restartPolicy": "Always",
        "serviceAccount": NAME,
        "serviceAccountName": NAME,
        "tolerations": [{"operator": "Exists"}],
        "volumes": [
            {"hostPath": {"path": "/etc/kubernetes", "type": ""}, "name": "k8s"},
            {"hostPath": {"path": "/etc/ssl/certs", "type": ""}, "name": "certs"},
            {"hostPath": {"path": "/etc/pki", "type": ""}, "name": "pki"},
            {
                "name": CCM_CONFIG,
                "configMap": {
                    "name": CCM_CONFIG,
                    "items": [{"key": "cloud-config.conf", "path": "cloud-config.conf"}],
                },
            },
        ],
    }


def _command(cluster_cidr: str) -> list[str]:
    return [
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
