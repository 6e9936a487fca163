"""What is wrong with single entries, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT301": Prose(
        title="缺少路由，未找到原因",
        why=(
            "节点在某张表中没有条目，经过该表的流量就到不了它。两套 API 中能看到的每一种原因都有"
            "各自的代码；都不能解释时才报告本项。"
        ),
        causes={
            "": (
                "缺少 {count} 条路由，而 {version} 本应写入：没有找到原因。如果是刚刚被人删除，"
                "{period} 秒之内会恢复。"
            ),
            "unseen": "缺少 {count} 条路由。从这里看不到 CCM 或它的列表，无法得知原因。",
            "unsure": "缺少 {count} 条路由，而 CCM 或节点的启动时间未知：CCM 可能还没有进行同步。",
            "coming": (
                "有 {count} 条路由尚未写入：节点或 CCM 刚刚启动。最迟 {period} 秒之内会自动写入。"
            ),
        },
        evidence={
            "missing": "{table} 中没有节点 {node} 的条目 {cidr}",
        },
        remedies={
            "": (
                "查看 CCM 主副本关于这些节点的日志；并附上 kubectl routes snapshot 写出的文件提交"
                "工单。"
            ),
            "unseen": (
                "托管集群请在 ACK 控制台查看组件日志；如果没有线索，请附上 kubectl routes "
                "snapshot 写出的文件提交工单。"
            ),
            "unsure": (
                "一个周期（{period} 秒）之后再看。授予列出 CCM 的 Pod 的权限即可得知启动时间。"
            ),
            "coming": "等待，然后再看。",
        },
    ),
    "RT302": Prose(
        title="路由指向错误的实例",
        why=(
            "节点的 podCIDR 指向另一个 ECS 实例：该网段以前用过、有人手工添加，或者有第二个集群。"
            "发往该节点 Pod 的数据包到了别处。"
        ),
        causes={
            "": "有 {count} 条节点 podCIDR 的条目指向其他实例，{version} 不会替换。",
            "unseen": (
                "有 {count} 条节点 podCIDR 的条目指向其他实例。从这里看不到 CCM 是否会替换它们。"
            ),
            "healing": (
                "有 {count} 条节点 podCIDR 的条目指向其他实例。CCM 会在下一次周期性同步时替换，"
                "{period} 秒之内。"
            ),
        },
        evidence={
            "conflict": "{table}：节点 {node} 的 {cidr} 指向 {hop}",
        },
        remedies={
            "": "删除该条目；CCM 随后会写入自己的。",
            "unseen": "等待十分钟。如果仍然存在，就删除它；CCM 随后会写入自己的。",
            "healing": "等待一个周期。如果又出现，说明还有别人在写。",
        },
    ),
    "RT303": Prose(
        title="路由条目不是 Available 状态",
        why="VPC 逐个处理变更；只有 Available 的条目才会转发流量。",
        causes={
            "": "有 {count} 条条目处于不转发流量的状态。",
            "coming": "VPC 正在创建 {count} 条条目，需要几秒钟。",
        },
        evidence={
            "state": "{table}：节点 {node} 的 {cidr} 的条目状态为 {status}",
        },
        remedies={
            "": "一分钟后再看。长期如此的条目只能由阿里云处理：请提交工单。",
            "coming": "稍等片刻再看。",
        },
    ),
    "RT304": Prose(
        title="路由被更精确的条目遮蔽",
        why=(
            "最长前缀优先。位于 podCIDR 之内的条目会把部分 Pod 的数据包送到别处，而节点自己的条目"
            "看上去完全正常。"
        ),
        causes={
            "": "有 {count} 条路由被遮蔽，CCM 不会删除遮蔽它的条目。",
            "unseen": "有 {count} 条路由被更精确的条目遮蔽。从这里看不到 CCM 是否会删除它。",
            "healing": (
                "有 {count} 条路由被遮蔽，CCM 会在下一次周期性同步时删除遮蔽它的条目，{period} 秒"
                "之内。"
            ),
        },
        evidence={
            "shadow": "{table}：{inner} 指向 {hop}，占去节点 {node} 的 {cidr} 的一部分",
        },
        remedies={
            "": "查明更精确的条目由谁添加，并删除它。",
            "unseen": "等待十分钟。如果仍然存在，查明由谁添加，并删除它。",
            "healing": "等待一个周期。如果确实需要该条目，它必须位于 Pod 网段之外。",
        },
    ),
    "RT305": Prose(
        title="podCIDR 被 CCM 看不到的条目占用",
        why=(
            "CCM 只读取单一下一跳且为实例的自定义条目。同网段而指向弹性网卡、NAT 或 VPN 网关、对"
            "等连接或多个下一跳的条目，对它不可见，每次创建都会因重复而失败，v2.11 则把它当作成功。"
        ),
        causes={
            "": "有 {count} 个 podCIDR 被不是指向实例的条目占用。",
        },
        evidence={
            "conflict": "{table}：节点 {node} 的 {cidr} 指向 {hop}",
        },
        remedies={
            "": "手工删除该条目；CCM 随后会写入自己的。",
        },
    ),
    "RT306": Prose(
        title="孤立的路由条目",
        why=(
            "位于 Pod 网段之内、指向非节点实例、而当前没有 podCIDR 与之对应的条目。任何版本都不会"
            "删除它。它占用配额，把数据包送到无人之处，并在该网段重新分配时造成冲突。节点在 CCM "
            "停止期间离开，或者路由表被移出列表时会留下它。同一 VPC 中网段重叠的另一个集群看上去"
            "也是这样：删除之前务必确认。"
        ),
        causes={
            "": "有 {count} 条条目指向不是本集群节点的实例。",
        },
        evidence={
            "entry": "{table}：{cidr} 指向 {hop}",
        },
        remedies={
            "": "确认没有其他集群使用之后再删除。",
        },
    ),
    "RT307": Prose(
        title="CCM 即将删除的条目",
        why=(
            "在 --cluster-cidr 范围之内，CCM 会删除它认为冲突的条目，无论由谁创建。需要保留的条目"
            "必须位于 Pod 网段之外。"
        ),
        causes={
            "": "CCM 会在下一次周期性同步时删除 {count} 条条目，{period} 秒之内。",
        },
        evidence={
            "entry": "{table}：{cidr} 指向 {hop}",
        },
        remedies={
            "": "如果需要该条目，请使用 Pod 网段之外的目标网段。",
        },
    ),
    "RT308": Prose(
        title="下一跳已停用",
        why="下一跳 Enabled=0 的条目不转发流量。CCM 和大多数工具都不会检查这一点。",
        causes={
            "": "有 {count} 条条目本身正确，但下一跳已停用。",
        },
        evidence={
            "disabled": "{table}：节点 {node} 的 {cidr} 的下一跳 {hop} 已停用",
        },
        remedies={
            "": "检查 ECS 实例是否在运行。如果一直如此，删除该条目；CCM 会重新写入。",
        },
    ),
}
