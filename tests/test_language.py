"""Words and phrases that no text of the project uses: each search must find nothing.

They are images, idioms, or words of our own where the field has a term. docs/glossary.md has the
terms. A text that trips over a search is written again; the search is right about ordinary prose.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVERYTHING = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "bench",
    "demo",
    "deploy",
    "docs",
    "kubectl_routes",
    "kubectl_routes_simulator",
    "plugin.yaml",
    "pyproject.toml",
    "release",
    "tests",
)
SHIPPED = tuple(path for path in EVERYTHING if path not in ("bench", "release", "tests"))
CODE = ("kubectl_routes", "kubectl_routes_simulator", "tests")
# A name of other programs, and the former name of a scenario.
NAMES = re.compile(r"about:blank|blank-in-list")
CHINESE = ("README.zh-CN.md", "docs/codes.zh-CN.md", "kubectl_routes")
TEXTS = {".md", ".py", ".yaml", ".json", ".css", ".js", ".sh", ".svg"}
# Written by another test from real output.
GENERATED = ("docs/status.svg",)

SEARCHES = [
    (
        EVERYTHING,
        r"\bmend(s|ed|ing)?\b|\banew\b|\bin vain\b|\bfor ever\b|\bbe it\b"
        r"|\bfor want of\b",
    ),
    (EVERYTHING, r"\b(take|takes|taken|taking|took)\b.{0,30}\bback\b"),
    (EVERYTHING, r"[Pp]atience|PATIENCE|[Pp]ractice cluster|PracticeCluster"),
    (EVERYTHING, r"\b([Nn]o|[Ss]ome)body\b|\b[Ww]hoever\b|\bbeforehand\b|\bforetold\b"),
    (EVERYTHING, r"\b(inside|outside) of\b|\bof another (VPC|cluster|region|shape|name)\b"),
    (
        EVERYTHING,
        r"\bout of sight\b|\bby (itself|themselves)\b|\bmakes? do with\b"
        r"|\bblanks?\b",
    ),
    (EVERYTHING, r"\b(System|gateway's) table\b|\b[Ww]ay (there|back)\b|\bnodes behind\b"),
    (EVERYTHING, r"\b(look|looks) (again|after)\b|\bcomes? up\b|\bgoes on\b|\bmade anew\b"),
    (
        EVERYTHING,
        r"\bstands? (twice|still|no longer|beside|behind)\b|\bsays? (no"
        r"|nothing)\b",
    ),
    (
        SHIPPED,
        r"(^|[^e] )(is|are) no (snapshot|URL|kubeconfig|date|node|nodes|table"
        r"|object|text|region)\b",
    ),
    (
        EVERYTHING,
        r"\btells\b|\b(is|are|was|not) told\b|\bwhat is told\b|\bbesides\b"
        r"|\bmeanwhile\b",
    ),
    (
        EVERYTHING,
        r"\b(proof|proven|proves|proved)\b|\b(raise|lower)[sd]? (it|CCM"
        r"|the image|only)\b",
    ),
    (EVERYTHING, r"\ball the same\b|\bas whom\b|\bat the most\b"),
    (EVERYTHING, r"\b(periodic|event) pass(es)?\b|\bput by hand\b|\bgoes to \{hop\}"),
    (
        CODE,
        r"\b(Blame|Fate|Deed|Wish|Hit|Sight|Crew|Scheme|Pace|Ground|Hands"
        r"|ManagedHands|_Voices|Told|Birth|Gatekeeper|Realm|Contender"
        r"|Surroundings)\b",
    ),
    (
        CODE,
        r"import (crew|pace|patience|blame|hands|scheme|ground)\b|\.(crew|pace"
        r"|patience|blame|hands|scheme|ground) import",
    ),
    (
        CODE,
        r"\b(take_back|carry_out|rehearse|by_hand|with_deed|_in_vain|mend_tls"
        r"|share_one_heap|foreseen)\b",
    ),
    (CHINESE, r"照顾|无人之处|来得晚|悄悄|无休止|别人|没有人|起不来|再看|稍等|处处可达|看不到"),
    (
        CHINESE,
        r"练习集群|读取一切|所需一切|所读取的一切|去除机密|脱离集群|逐字节|以及另外|没有害处",
    ),
    (
        CHINESE,
        r"遮蔽|更精确|占去|主副本|孤立|不服务|旧的配置|各项；|得不到路由|流量黑洞|写入自己的|写路由|条条目|练习",
    ),
]


@cache
def lines(paths: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Where every line of the texts below the paths is, and the line without names of others."""
    files = [file for path in paths for file in [ROOT / path, *sorted((ROOT / path).rglob("*"))]]
    return tuple(
        (f"{file.relative_to(ROOT).as_posix()}:{number}", line)
        for file in files
        if file.suffix in TEXTS and file != Path(__file__)
        if file.relative_to(ROOT).as_posix() not in GENERATED
        for number, line in enumerate(
            NAMES.sub("", file.read_text(encoding="utf-8")).splitlines(), 1
        )
    )


@pytest.mark.parametrize(("paths", "pattern"), SEARCHES)
def test_no_text_uses_these_words(paths: tuple[str, ...], pattern: str) -> None:
    search = re.compile(pattern)
    assert [f"{place}: {line}" for place, line in lines(paths) if search.search(line)] == []


def test_the_searches_read_the_texts() -> None:
    read = {place.split(":")[0] for place, _ in lines((*EVERYTHING, *CODE, *CHINESE))}
    assert {"README.md", "README.zh-CN.md", "docs/faq.md", "tests/test_docs.py"} <= read
