"""Which tables CCM works on, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT101": Prose(
        title="存在多张路由表而未配置列表：不会写入任何路由",
        why=(
            "VPC 只有一张路由表时，CCM 会自动管理它。一旦出现第二张表，无论是另作他用、由 NAT 防"
            "火墙创建，还是网关路由表，CCM 都不知道该写哪一张，于是一条也不写：之后加入的节点都没"
            "有路由。已有的路由仍然保留，所以只有新节点加入时才会暴露问题。"
        ),
        causes={
            "": (
                "VPC 有 {count} 张路由表，而 routeTableIDs 未设置：{version} 不会向任何一张表写入"
                "路由。"
            ),
            "none": "VPC API 没有返回 {vpc} 的任何路由表：VPC ID 或地域有误，或者被 RAM 过滤。",
            "unseen": "CCM 报告发现多张路由表而没有列表：它不会向任何一张表写入路由。",
        },
        evidence={
            "tables": "VPC 有 {count} 张路由表：{ids}",
        },
        remedies={
            "": "把系统路由表以及节点所在交换机使用的每一张路由表都写入列表。",
            "none": "更正 cloud-config 中的 vpcid，或者授予 CCM 权限 vpc:DescribeRouteTableList。",
        },
    ),
    "RT103": Prose(
        title="路由表列表格式有误",
        why=(
            "CCM 以逗号拆分 routeTableIDs。v2 不会去掉每一项两端的空格：空格后面就成了另一个 ID；"
            "末尾的逗号则多出一个空项。VPC API 对两者都会拒绝。"
        ),
        causes={
            "": "{items} 不是路由表 ID。",
            "batch": (
                "{items} 不是路由表 ID。从 v2.11 起，CCM 在写入新节点的路由之前要先列出所有路由表："
                "只要有一张表无法列出，所有表都不会写入，只有周期性同步（每 {period} 秒一次）还会"
                "照顾正常的表。"
            ),
            "alone": (
                "{items} 不是路由表 ID。该版本的 CCM 对每张表单独处理：其他表照常写入，这一张永远"
                "不会写入。"
            ),
            "stops": (
                "{items} 不是路由表 ID。该版本的 CCM 按列表顺序处理，遇到无法列出的表就结束本轮同"
                "步：排在其后的表永远处理不到。"
            ),
            "blank": "routeTableIDs 只有空格和逗号；{version} 会把它当作一个没有任何表的列表。",
            "double": "routeTableIDs 中有重复的表。这没有害处，只是会处理两次。",
            "portable": (
                "{version} 能正确读取这个列表，但其他版本不会去掉空格或空项：升级 CCM 后路由可能"
                "停止写入。"
            ),
        },
        evidence={
            "list": "{place} 中的 routeTableIDs 为“{text}”",
        },
        remedies={
            "": (
                "重新写入列表；enable 会逐一核对表 ID 是否属于该 VPC，并重启 CCM。所有版本都能一"
                "致读取的写法：多个 ID 之间只用逗号连接。"
            ),
        },
    ),
    "RT104": Prose(
        title="列表中的路由表不存在",
        why=(
            "VPC API 在该地域和账号下找不到的 ID 无法列出：可能是笔误、表已删除，或者属于其他地域"
            "或账号。"
        ),
        causes={
            "batch": (
                "{items} 在 {region} 不存在。从 v2.11 起，CCM 在写入新节点的路由之前要先列出所有"
                "路由表：只要有一张表无法列出，所有表都不会写入，只有周期性同步（每 {period} 秒一"
                "次）还会照顾正常的表。"
            ),
            "alone": (
                "{items} 在 {region} 不存在。该版本的 CCM 对每张表单独处理：其他表照常写入，这一"
                "张永远不会写入。"
            ),
            "stops": (
                "{items} 在 {region} 不存在。该版本的 CCM 按列表顺序处理，遇到无法列出的表就结束"
                "本轮同步：排在其后的表永远处理不到。"
            ),
        },
        evidence={
            "list": "{place} 中的 routeTableIDs 为“{text}”",
        },
        remedies={
            "": "重新写入列表；enable 会逐一核对表 ID 是否属于该 VPC，并重启 CCM。",
        },
    ),
    "RT105": Prose(
        title="列表中的路由表属于其他 VPC",
        why=(
            "路由条目的下一跳必须与路由表在同一个 VPC。CCM 不做比较：它能列出该表，但每次创建都会"
            "被拒绝（OperationFailed.InstanceDismatchCurrentVpc）。"
        ),
        causes={
            "": "{items} 不是 {vpc} 的路由表：无法向它写入路由。",
            "stops": (
                "{items} 不是 {vpc} 的路由表。该版本的 CCM 按列表顺序处理，遇到无法列出的表就结束"
                "本轮同步：排在其后的表永远处理不到。"
            ),
        },
        evidence={
            "list": "{place} 中的 routeTableIDs 为“{text}”",
        },
        remedies={
            "": "重新写入列表；enable 会逐一核对表 ID 是否属于该 VPC，并重启 CCM。",
        },
    ),
    "RT106": Prose(
        title="列表中有网关路由表",
        why=(
            "网关路由表只管从该网关进入的流量。它不接受指向节点的路由，API 也不允许像普通表那样列"
            "出它。"
        ),
        causes={
            "batch": (
                "{items} 是网关路由表。从 v2.11 起，CCM 在写入新节点的路由之前要先列出所有路由表："
                "只要有一张表无法列出，所有表都不会写入，只有周期性同步（每 {period} 秒一次）还会"
                "照顾正常的表。"
            ),
            "alone": (
                "{items} 是网关路由表。该版本的 CCM 对每张表单独处理：其他表照常写入，这一张永远"
                "不会写入。"
            ),
            "stops": (
                "{items} 是网关路由表。该版本的 CCM 按列表顺序处理，遇到无法列出的表就结束本轮同"
                "步：排在其后的表永远处理不到。"
            ),
        },
        evidence={
            "list": "{place} 中的 routeTableIDs 为“{text}”",
        },
        remedies={
            "": "重新写入列表；enable 会逐一核对表 ID 是否属于该 VPC，并重启 CCM。",
        },
    ),
    "RT107": Prose(
        title="系统路由表不在列表中",
        why=(
            "没有绑定其他路由表的交换机都使用系统路由表，Pod 发出的流量也由它决定。阿里云要求每个"
            "列表都包含系统路由表；缺少它，节点可达而 Pod 不可达。"
        ),
        causes={
            "": "系统路由表 {unlisted} 不在 routeTableIDs 中：{version} 不会向它写入路由。",
            "unseen": "系统路由表 {unlisted} 中没有本集群的任何路由：CCM 的列表似乎没有包含它。",
        },
        evidence={
            "behind": "{table} 由交换机 {switches} 使用，其中有 {count} 个节点",
        },
        remedies={
            "": "把系统路由表加入列表。",
        },
    ),
    "RT108": Prose(
        title="节点使用的路由表不在列表中：流量黑洞",
        why=(
            "节点所在交换机的路由表决定它发出的数据包去向。CCM 从不检查哪些表正在使用，只写列表中"
            "的表。在它不管理的表中，发往 Pod 的数据包找不到路由而被丢弃，而所有节点看上去都正常。"
        ),
        causes={
            "": (
                "{unlisted} 由有节点的交换机使用，却不在 routeTableIDs 中：{version} 不会向它写入"
                "路由。"
            ),
            "unseen": (
                "{unlisted} 由有节点的交换机使用，其中却没有本集群的任何路由：CCM 的列表似乎没有"
                "包含它。"
            ),
        },
        evidence={
            "behind": "{table} 由交换机 {switches} 使用，其中有 {count} 个节点",
        },
        remedies={
            "": "把该表加入列表，或者把交换机绑定到列表中的表。",
        },
    ),
}
