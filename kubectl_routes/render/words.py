"""The words of ``diagnose`` and ``explain`` around the catalogue's own, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_routes.catalog.pages import part_name
from kubectl_routes.model.finding import CausedSymptom, ObjectRef, Severity
from kubectl_routes.model.message import Language

ENGLISH = {
    "cluster": "Cluster:",
    "controller": "Controller:",
    "snapshot": "Snapshot:",
    "result": "Result:",
    "replayed": "taken at {time}",
    "replayed_short": " (snapshot taken at {time})",
    "clean": "no problems found, {checks} checks run",
    "clean_nodes": "no problems found with these nodes, {checks} checks run",
    "hidden": "{count} not shown (--min-severity)",
    "impact": "Impact:",
    "affects": "Affects:",
    "fix": "Fix:",
    "repair": "Or:",
    "evidence": "Evidence:",
    "also": "Also:",
    "details": "Details:",
    "caused": "causes {text}",
    "reason": ": {text}",
    "symptom": "{cause} ({code})",
    "more": " and {count} more",
    "more_wide": "and {count} more (-o wide)",
    "checks": "CHECKS",
    "passed": "{count} passed",
    "others_passed": "no problems in the other {count} checks",
    "all_passed": "no problems in {count} checks",
    "unknown": "{codes} unknown, not read: {parts}",
    "undecided": "{codes} unknown",
    "skipped": "{count} skipped",
    "lacking": "{count} checks could not run",
    "lacking_one": "1 check could not run",
    "suppressed": "suppressed: {text}",
    "expired": "suppression of {code} has expired on {date}: {reason}",
    "until": " (until {date})",
    "why": "Why it matters",
    "causes": "What it means",
    "evidence_page": "Evidence to expect",
    "remedies": "What to do",
    "commands": "Commands",
    "more_at": "More: {text}",
    "severity": "Severity",
    "theme": "Theme",
    "preflight": "found by enable before it writes; diagnose has no check for it",
    "unchecked": "What is not checked",
    "catalogue": "Finding codes",
    "generated": "Written by `kubectl routes explain --all`; do not edit.",
    "code": "CODE",
    "title": "WHAT",
}
CHINESE = {
    "cluster": "集群：",
    "controller": "控制器：",
    "snapshot": "快照：",
    "result": "结论：",
    "replayed": "采集于 {time}",
    "replayed_short": "（快照采集于 {time}）",
    "clean": "未发现问题，已执行 {checks} 项检查",
    "clean_nodes": "未发现这些节点的问题，已执行 {checks} 项检查",
    "hidden": "{count} 项未显示（--min-severity）",
    "impact": "影响：",
    "affects": "涉及对象：",
    "fix": "处理方法：",
    "repair": "或者：",
    "evidence": "证据：",
    "also": "同时：",
    "details": "详情：",
    "caused": "导致 {text}",
    "reason": "：{text}",
    "symptom": "{cause}（{code}）",
    "more": "，另有 {count} 项",
    "more_wide": "另有 {count} 项（-o wide）",
    "checks": "检查项",
    "passed": "{count} 项通过",
    "others_passed": "其他 {count} 项检查未发现问题",
    "all_passed": "{count} 项检查未发现问题",
    "unknown": "{codes} 未知，未能读取：{parts}",
    "undecided": "{codes} 未知",
    "skipped": "{count} 项已跳过",
    "lacking": "{count} 项检查无法执行",
    "lacking_one": "1 项检查无法执行",
    "suppressed": "已忽略：{text}",
    "expired": "对 {code} 的忽略规则已于 {date} 过期：{reason}",
    "until": "（有效期至 {date}）",
    "why": "为什么重要",
    "causes": "含义",
    "evidence_page": "可见的证据",
    "remedies": "处理方法",
    "commands": "命令",
    "more_at": "参考：{text}",
    "severity": "级别",
    "theme": "类别",
    "preflight": "由 enable 在写入之前发现；diagnose 不做此项检查",
    "unchecked": "不检查的内容",
    "catalogue": "诊断代码",
    "generated": "由 `kubectl routes explain --all --lang zh` 生成，请勿手动修改。",
    "code": "代码",
    "title": "内容",
}
_WORDS = {Language.ENGLISH: ENGLISH, Language.CHINESE: CHINESE}

_SEVERITIES = {
    Language.ENGLISH: {
        Severity.ERROR: ("error", "errors"),
        Severity.WARNING: ("warning", "warnings"),
        Severity.INFO: ("info", "info"),
    },
    Language.CHINESE: {
        Severity.ERROR: ("个错误", "个错误"),
        Severity.WARNING: ("个警告", "个警告"),
        Severity.INFO: ("个提示", "个提示"),
    },
}
# What a symptom means for packets.
_SYMPTOMS = {
    Language.ENGLISH: {
        "RT301": ("missing route", "missing routes"),
        "RT302": ("conflicting route", "conflicting routes"),
        "RT303": ("pending route", "pending routes"),
        "RT304": ("shadowed route", "shadowed routes"),
    },
    Language.CHINESE: {
        "RT301": ("条路由缺失", "条路由缺失"),
        "RT302": ("条路由冲突", "条路由冲突"),
        "RT303": ("条路由未生效", "条路由未生效"),
        "RT304": ("条路由被覆盖", "条路由被覆盖"),
    },
}
_LEVELS = {
    Language.ENGLISH: {one: one.value for one in Severity},
    Language.CHINESE: {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.INFO: "提示"},
}
_THEMES = {
    "tables": "路由表",
    "controller": "控制器",
    "operation": "运行",
    "nodes": "节点",
    "entries": "路由条目",
    "vpc": "专有网络",
    "tool": "本工具",
}


def word(name: str, language: Language, **values: object) -> str:
    """The word or sentence of that name."""
    return _WORDS[language][name].format(**values)


def number_of(severity: Severity, count: int, language: Language) -> str:
    """``1 error``, ``2 warnings``."""
    return _number(count, *_SEVERITIES[language][severity])


def caused(causes: Iterable[CausedSymptom], language: Language) -> str:
    """``11 missing routes, 1 pending route``: the routes that a finding accounts for."""
    known = _SYMPTOMS[language]
    return comma(language).join(_number(one.count, *known[one.code]) for one in causes)


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def level(severity: Severity, language: Language) -> str:
    """The name of a severity."""
    return _LEVELS[language][severity]


def theme(name: str, language: Language) -> str:
    """The name of a theme."""
    return _THEMES[name] if language is Language.CHINESE else name


def object_name(one: ObjectRef, language: Language) -> str:
    """``Node n1``; a part that could not be read by its name."""
    if one.kind == "Part":
        return part_name(one.name, language)
    return f"{one.kind} {one.name}".strip()


def unread_parts(parts: Iterable[str], language: Language) -> str:
    """The names of parts that could not be read, one behind the other."""
    names = (part_name(part.rstrip("/"), language) for part in parts)
    return ("、" if language is Language.CHINESE else " ").join(names)


def comma(language: Language) -> str:
    """What stands between the parts of an enumeration."""
    return "，" if language is Language.CHINESE else ", "
