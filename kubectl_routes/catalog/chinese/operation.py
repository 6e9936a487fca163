"""What keeps a running CCM from its work, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT114": Prose(
        title="--cluster-cidr 与 podCIDR 不符",
        why=(
            "CCM 只在 --cluster-cidr 范围之内清理妨碍节点的条目。范围之外的 podCIDR 会写入路由，"
            "但不会清理；如果该参数不是单个 IPv4 网段（例如双栈），v2 的周期性同步会整个失败。"
        ),
        causes={
            "": "有 {count} 个节点的 podCIDR 不在 {range} 之内。",
            "malformed": (
                "--cluster-cidr 为“{range}”，不是单个 IPv4 网段：{version} 的周期性同步会失败。"
            ),
        },
        evidence={
            "flag": "{flag} 为“{value}”",
            "outside": "节点 {node} 的网段 {cidr} 不在 {range} 之内",
        },
        remedies={
            "": "把 --cluster-cidr 设为 kube-controller-manager 分配 podCIDR 所用的网段。",
            "malformed": "把 --cluster-cidr 只设为 IPv4 网段。",
        },
    ),
    "RT116": Prose(
        title="CCM 缺少管理路由的 RAM 权限",
        why=(
            "CCM 使用 master 节点的 RAM 角色或自己的 AccessKey 调用 VPC API。从 v2.11 起它使用 "
            "CreateRouteEntries 和 DeleteRouteEntries 写入，旧集群的权限策略没有这两项；周期性同"
            "步仍只需要单条接口。"
        ),
        causes={
            "": "VPC API 拒绝了 CCM：不允许 {actions}。",
        },
        evidence={
            "event": "事件 {reason}，对象 {object}，{count} 次，最近 {time}：{message}",
        },
        remedies={
            "": "为 CCM 的 RAM 角色或用户授予这些权限。",
        },
    ),
    "RT117": Prose(
        title="CCM 被 VPC API 限流",
        why=(
            "API 按接口、账号和地域限流。v1 每隔几秒就查询每一张表；同一账号的其他工具也计算在内。"
            "CCM 会重试，因此路由只是来得晚，而不是不来。"
        ),
        causes={
            "": "最近两个周期内 CCM 被限流 {count} 次。",
        },
        evidence={
            "log": "Pod {pod} 的日志：{line}",
        },
        remedies={
            "": (
                "增大 --route-reconciliation-period，升级到批量写入的 v2.11 或更新版本，或者在配"
                "额中心申请更高的速率。"
            ),
        },
    ),
    "RT118": Prose(
        title="该网络插件不需要云路由",
        why=(
            "Terway 的 Pod 使用 VPC 内的地址。CCM 为它们写的条目位于交换机网段之内，VPC 会拒绝（"
            "InvalidCidrBlock）；而在路由功能开启期间设置的 NetworkUnavailable=True，关闭之后没有"
            "人清除：节点会一直带着污点。"
        ),
        causes={
            "": "集群使用 Terway，而 CCM 仍在写路由。",
            "condition": (
                "集群使用 Terway，有 {count} 个节点保留着 NetworkUnavailable=True，没有人清除：不"
                "会向其调度 Pod。"
            ),
        },
        evidence={
            "cni": "网络插件为 {cni}",
            "condition": "节点 {node} 的 NetworkUnavailable={status}",
        },
        remedies={
            "": "设置 --configure-cloud-routes=false。",
            "condition": "手工设置该状态；污点会随之消失。",
        },
    ),
}
