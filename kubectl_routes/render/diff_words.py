"""The words of ``diff``, in both languages."""

from __future__ import annotations

from kubectl_routes.model.diff import DiffPart, Side
from kubectl_routes.model.finding import Language

_WORDS = {
    Language.ENGLISH: {
        "same": "no differences",
        "same_as_read": "no differences in what was read on both sides",
        "different": "different: {counts}",
        "old": "Old:",
        "new": "New:",
        "now": "the cluster now",
        "other_cluster": "the snapshots are of different clusters: {values}",
        "other_vpc": "the snapshots are of different VPCs: {values}",
        "versus": "{field} {before} and {after}",
        "added": "new",
        "removed": "gone",
        "changed": "changed",
        "none": "none",
        "with_names": "{who} ({names})",
        "more": "{names} and {count} more",
        "not_compared": "Not compared",
        "unread": "{part}, not read on {side}",
        "checks": "checks that could not run on {side}: {codes}",
        "quota": "quota, not read from the Quota Center on {side}",
        "flags": "flags of CCM, not known on {side}",
        "head_part": "Part",
        "head_what": "What",
        "head_old": "Old",
        "head_new": "New",
    },
    Language.CHINESE: {
        "same": "没有差异",
        "same_as_read": "两侧均已读取的数据没有差异",
        "different": "存在差异：{counts}",
        "old": "旧：",
        "new": "新：",
        "now": "集群当前状态",
        "other_cluster": "两份快照属于不同的集群：{values}",
        "other_vpc": "两份快照属于不同的专有网络：{values}",
        "versus": "{field} {before} 与 {after}",
        "added": "新增",
        "removed": "已消失",
        "changed": "已变化",
        "none": "无",
        "with_names": "{who}（{names}）",
        "more": "{names} 等 {count} 项",
        "not_compared": "未比较",
        "unread": "{part}：{side}未读取",
        "checks": "{side}无法执行的检查项：{codes}",
        "quota": "配额：{side}未从配额中心读取",
        "flags": "CCM 的参数：{side}未知",
        "head_part": "部分",
        "head_what": "对象",
        "head_old": "旧",
        "head_new": "新",
    },
}
_TITLES = {
    Language.ENGLISH: {
        DiffPart.ROUTES: "Routes",
        DiffPart.FINDINGS: "Findings",
        DiffPart.CONTROLLER: "CCM",
        DiffPart.TABLES: "Route tables",
        DiffPart.NODES: "Nodes",
        DiffPart.ENTRIES: "Route entries",
        DiffPart.CLUSTER: "Cluster",
    },
    Language.CHINESE: {
        DiffPart.ROUTES: "路由",
        DiffPart.FINDINGS: "诊断结果",
        DiffPart.CONTROLLER: "CCM",
        DiffPart.TABLES: "路由表",
        DiffPart.NODES: "节点",
        DiffPart.ENTRIES: "路由条目",
        DiffPart.CLUSTER: "集群",
    },
}
# Singular and plural of what changed in a part.
_COUNTS = {
    DiffPart.ROUTES: ("route", "routes"),
    DiffPart.FINDINGS: ("finding", "findings"),
    DiffPart.CONTROLLER: ("change in CCM", "changes in CCM"),
    DiffPart.TABLES: ("change in route tables", "changes in route tables"),
    DiffPart.NODES: ("change in nodes", "changes in nodes"),
    DiffPart.ENTRIES: ("route entry", "route entries"),
    DiffPart.CLUSTER: ("change in the cluster", "changes in the cluster"),
}
# What is counted where many objects changed alike.
_OBJECTS = {
    Language.ENGLISH: {
        "Node": "nodes",
        "RouteEntry": "entries",
        "RouteTable": "tables",
        "Pod": "pods",
    },
    Language.CHINESE: {
        "Node": "个节点",
        "RouteEntry": "条路由条目",
        "RouteTable": "张路由表",
        "Pod": "个 Pod",
    },
}
_SIDES = {
    Language.ENGLISH: {
        Side.OLD: "the old side",
        Side.NEW: "the new side",
        Side.BOTH: "either side",
    },
    Language.CHINESE: {Side.OLD: "旧快照", Side.NEW: "新快照", Side.BOTH: "两侧均"},
}


def word(name: str, language: Language, **values: object) -> str:
    """The word or sentence of that name."""
    return _WORDS[language][name].format(**values)


def title(part: DiffPart, language: Language) -> str:
    """The heading of a part."""
    return _TITLES[language][part]


def number_of(part: DiffPart, count: int, language: Language) -> str:
    """``300 routes``: how many changes a part has."""
    if language is Language.CHINESE:
        return f"{_TITLES[language][part]} {count:,} 项"
    one, many = _COUNTS[part]
    return f"{count:,} {one if count == 1 else many}"


def objects(kind: str, count: int, language: Language) -> str:
    """``300 nodes``, for more than one."""
    return f"{count:,} {_OBJECTS[language].get(kind, kind)}"


def side(which: Side, language: Language) -> str:
    """The name of a side."""
    return _SIDES[language][which]
