"""What could not be read, in Chinese."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT901": Prose(
        title="集群的一部分未能读取",
        why="未能读取的就是未知，绝不当作正常：需要它的检查不给出结论。",
        causes={
            "": "未能读取 {parts}：结论不完整。",
            "evidence": "未能读取 {parts}：证据较少，结论仍然完整。",
        },
        evidence={
            "gap": "{part}：{reason} {hint}",
        },
        remedies={
            "": "授予 deploy/clusterrole-read.yaml 中的权限。",
        },
    ),
    "RT902": Prose(
        title="VPC 的一部分未能读取",
        why="未能读取的就是未知，绝不当作正常。地域或账号错误时，看起来就像一个空的 VPC。",
        causes={
            "": "未能读取 {parts}：结论不完整。",
        },
        evidence={
            "gap": "{part}：{reason} {hint}",
        },
        remedies={
            "": "提供凭证，或者授予 deploy/ram-policy-read.json 中的权限。",
        },
    ),
    "RT903": Prose(
        title="托管集群：看不到 CCM",
        why=(
            "在 ACK 托管集群中，CCM 运行在阿里云的控制面。它的参数、列表、版本和日志都看不到；修"
            "改 kube-system 中的对象没有作用。路由、节点状态和事件可以看到，并据此判断。列表在组"
            "件 Cloud Controller Manager 的配置（routeTableIDs）中设置，要求 Kubernetes 1.18 和 "
            "CCM v2.4.0 以上。"
        ),
        causes={
            "": "只能从外部判断 CCM：根据路由、节点状态和事件。",
        },
        evidence={
            "masters": "kube-system 中没有 CCM 工作负载，也没有 master 节点",
        },
        remedies={
            "": "无需处理。kubectl routes enable 会通过 ACK API 设置列表。",
        },
    ),
    "RT904": Prose(
        title="缺少写权限",
        why="enable 要修改 ConfigMap 和工作负载；它会事先询问是否有权限。",
        causes={
            "": "集群不允许您在 {namespace} 中执行 {verb} {resource}。",
        },
        evidence={
            "denied": "SelfSubjectAccessReview：{verb} {resource} 被拒绝",
        },
        remedies={
            "": "申请 enable 所需的权限，或者请有权限的人执行。",
        },
    ),
}
