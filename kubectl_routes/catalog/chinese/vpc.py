"""The VPC's own limits, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT401": Prose(
        title="路由表配额已用完",
        why=(
            "每张表默认最多 200 条自定义条目，除非提高了配额（vpc_quota_route_entrys_num）。每个"
            "节点在列表中的每张表各占一条，NAT、VPN、对等连接和手工添加的条目也计算在内。VPC API "
            "不提供配额数值：在某张表超过 200 条之前按 200 计算。"
        ),
        causes={
            "": "{table} 还差 {count} 条路由的空间。",
            "full": "如果 {table} 的配额是默认值，它已经满了：下一个节点在该表中得不到路由。",
        },
        evidence={
            "use": "{table} 已有 {custom} 条自定义条目，配额 {quota}",
        },
        remedies={
            "": "申请提高配额，并清理孤立条目（RT306）。",
        },
    ),
    "RT402": Prose(
        title="路由表不是 Available 状态",
        why="正在创建或删除的路由表不接受条目。",
        causes={
            "": "{table} 的状态为 {status}：无法写入路由。",
            "pending": "{table} 正在创建，需要几秒钟。",
        },
        evidence={
            "status": "{table} 的状态为 {status}",
        },
        remedies={
            "": "如果该表正在删除，请用 enable --tables 把它移出列表。",
            "pending": "稍等片刻再看。",
        },
    ),
    "RT403": Prose(
        title="其他网络占用了部分 Pod 网段",
        why=(
            "同一 VPC 中 Pod 网段重叠的两个集群会互相删除对方的条目；把部分网段指向对等连接、转发"
            "路由器或网关的路由，在该网段分配给节点时就会造成冲突。"
        ),
        causes={
            "": "有 {count} 条条目把 {range} 的一部分指向不是节点的下一跳。",
            "fight": "CCM 反复删除相同的条目：还有别人在写。",
        },
        evidence={
            "entry": "{table}：{cidr} 指向 {hop}",
            "fight": "{cidr} 被删除 {count} 次",
        },
        remedies={
            "": "为每个网络规划各自的网段。",
        },
    ),
}
