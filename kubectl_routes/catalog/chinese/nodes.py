"""What is wrong with single nodes, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT201": Prose(
        title="节点没有 podCIDR",
        why=(
            "kube-controller-manager 在 --allocate-node-cidrs=true 且网段未用完时，为每个节点分配"
            "一段 Pod 网段。没有它就没有可写的路由。CCM 从不为 IPv6 网段写路由。"
        ),
        causes={
            "": "有 {count} 个节点没有 IPv4 podCIDR：CCM 不会为它们写路由。",
            "young": "有 {count} 个刚加入的节点还没有 podCIDR。",
        },
        evidence={
            "podcidr": "节点 {node} 的 podCIDR 为“{cidr}”",
        },
        remedies={
            "": (
                "检查 kube-controller-manager 的 --allocate-node-cidrs、--cluster-cidr 和 "
                "--node-cidr-mask-size。"
            ),
            "young": "稍等片刻再看。",
        },
    ),
    "RT202": Prose(
        title="providerID 没有指向任何实例",
        why=(
            "CCM 从 spec.providerID（地域.实例ID）得到路由的 ECS 实例。为空时节点会被悄悄跳过；格"
            "式错误时会无休止地重试。v1 还会到 providerID 所写的地域去查找实例。"
        ),
        causes={
            "": "有 {count} 个节点的 providerID 为空，或者不是 {region} 的实例。",
            "young": "有 {count} 个刚加入的节点还没有 providerID；v2.4.0 及以后的 CCM 会自动填写。",
        },
        evidence={
            "provider": "节点 {node} 的 providerID 为“{id}”",
        },
        remedies={
            "": (
                "以 --provider-id=地域.实例ID 启动 kubelet。已设置的 providerID 无法修改：删除 "
                "Node 对象，让 kubelet 重新注册。"
            ),
            "young": "稍等片刻再看。",
        },
    ),
    "RT203": Prose(
        title="providerID 带有 alicloud:// 前缀",
        why=(
            "v2 把 providerID 作为文本与“地域.实例ID”比较：正确的条目看起来像是别人的。从 v2.4 起，"
            "每个周期都会删除再重建，期间会丢包。早期的 v1 完全不认识这个前缀。"
        ),
        causes={
            "": "{count} 个节点：{version} 每 {period} 秒删除并重建它们正确的条目。",
            "refused": "{count} 个节点：{version} 不认识这个前缀，不会写路由。",
            "repeats": "{count} 个节点：{version} 每 {period} 秒尝试重复写入，没有害处。",
        },
        evidence={
            "provider": "节点 {node} 的 providerID 为“{id}”",
        },
        remedies={
            "": "以 --provider-id=地域.实例ID 启动 kubelet，删除 Node 对象，让 kubelet 重新注册。",
            "repeats": "在升级到 v2.4 或更新版本之前无需处理。",
        },
    ),
    "RT204": Prose(
        title="CCM 有意不管理的节点",
        why=(
            "带有标签 service.beta.kubernetes.io/exclude-node 或 "
            "service.alibabacloud.com/exclude-node 的节点不会写路由，标签取值不限，即使是 false；"
            "混合云节点（ack-hybrid://）不是 ECS 实例，也不会写。已有的条目会保留。"
        ),
        causes={
            "label": "有 {count} 个节点带有排除标签。",
            "hybrid": "有 {count} 个混合云节点。",
        },
        evidence={
            "exempt": "节点 {node}：{why}",
        },
        remedies={
            "label": "如果不是有意为之，请去掉标签；CCM 会在一个周期内发现。",
            "hybrid": "无需处理：混合云节点走其他路由。",
        },
    ),
    "RT205": Prose(
        title="节点的 kubelet 没有上报",
        why="节点的 Ready 状态为 Unknown 时，CCM 不会为它写路由。已有的路由会保留。",
        causes={
            "": "有 {count} 个节点的 Ready=Unknown，不予处理。",
        },
        evidence={
            "bare": "节点 {node} 的 Ready=Unknown，缺少路由",
            "kept": "节点 {node} 的 Ready=Unknown，路由仍在",
        },
        remedies={
            "": "恢复 kubelet，或者移除该节点。",
        },
    ),
    "RT206": Prose(
        title="路由齐全而 NetworkUnavailable=True",
        why=(
            "该状态会变成污点：不会向节点调度 Pod。v1.9.3.313 之前的版本发现路由已经存在时会把它"
            "留下；设置之后又关闭路由功能的，也没有人清除。"
        ),
        causes={
            "": "有 {count} 个节点路由齐全，NetworkUnavailable 却仍为 True。",
            "taint": "有 {count} 个节点路由齐全，却仍带有污点，而对应的状态并不存在。",
        },
        evidence={
            "condition": "节点 {node} 的 NetworkUnavailable={status}",
            "taint": "节点 {node} 带有污点 node.kubernetes.io/network-unavailable",
        },
        remedies={
            "": "手工设置该状态；污点会随之消失。如果是 v1，请升级 CCM。",
            "taint": "手工去掉该污点。",
        },
    ),
    "RT207": Prose(
        title="缺少路由而 NetworkUnavailable=False",
        why=(
            "所有路由表共用一个状态：任何一张表写入成功就会设置它；从 v2.11 起，网段已被占用也算"
            "成功。Pod 会调度到该节点，却不是处处可达。不要把该状态当作路由齐全的证明。"
        ),
        causes={
            "": "有 {count} 个节点在 Kubernetes 看来正常，却在某张表中缺少路由。",
        },
        evidence={
            "condition": "节点 {node} 的 NetworkUnavailable={status}",
        },
        remedies={
            "": "处理其他各项；在此之前不要相信该状态。",
        },
    ),
    "RT208": Prose(
        title="podCIDR 重叠",
        why=(
            "VPC 不接受位于交换机网段或 100.64.0.0/10（云服务地址）之内的目标网段。两个节点地址重"
            "叠时，只有一个能有路由：CCM 会轮流写入。"
        ),
        causes={
            "": "有 {count} 个 podCIDR 与其他网段重叠。",
        },
        evidence={
            "overlap": "节点 {node} 的网段 {cidr} 与 {other} 重叠",
        },
        remedies={
            "": (
                "重新规划网段：Pod 网段必须与所有交换机网段以及 100.64.0.0/10 分开。节点重新加入"
                "后会得到新的 podCIDR。"
            ),
        },
    ),
    "RT209": Prose(
        title="节点不在该 VPC 的任何交换机中",
        why=(
            "节点所在交换机的路由表决定它发出的流量；交换机根据节点的 InternalIP 查找。地址不在任"
            "何交换机之内，说明节点属于其他 VPC，或者这不是集群的 VPC。"
        ),
        causes={
            "": "有 {count} 个节点的地址不在 {vpc} 的任何交换机中。",
        },
        evidence={
            "address": "节点 {node} 的 InternalIP 为 {ips}",
        },
        remedies={
            "": "确认 {vpc} 是集群的 VPC；可以用 --vpc-id 指定。",
        },
    ),
}
