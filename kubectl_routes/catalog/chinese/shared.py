"""Phrases of evidence that belong to no single code, in Chinese."""

from __future__ import annotations

SHARED = {
    "event": "事件 {reason}，对象 {object}，{count} 次，最近 {time}：{message}",
    "log": "Pod {pod} 的日志：{line}",
    "missing": "{table} 中没有节点 {node} 的条目 {cidr}",
    "conflict": "{table}：节点 {node} 的 {cidr} 指向 {hop}",
    "pending": "{table}：节点 {node} 的 {cidr} 的条目尚不可用",
    "shadowed": "{table}：节点 {node} 的 {cidr} 被更精确的条目遮蔽",
    "unsafe": "{table}：节点 {node} 的 {cidr} 的条目将被删除，且不会重新写入",
    "entry": "{table}：{cidr} 指向 {hop}",
    "more": "以及另外 {count} 条",
    "list": "{place} 中的 routeTableIDs 为“{text}”",
    "pod": "Pod {pod}：{state}，重启 {restarts} 次 {message}",
    "gap": "{part}：{reason} {hint}",
}
