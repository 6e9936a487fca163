"""Files of ``diagnose --suppress``."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from tests.cli.asking import BASE
from tests.qa.fuzz import mutate, seeds
from tests.qa.fuzz.judge import asked
from tests.qa.fuzz.target import Target

_LIST = [
    {"code": "RT306", "object": "RouteEntry/*", "reason": "another cluster's",
     "expires": "2030-12-31"},
    {"code": "RT301", "reason": "known"},
    {"code": "RT103", "object": "Node/[!a-", "reason": "x", "expires": "2020-01-01"},
]  # fmt: skip
_YAML = "suppressions:\n" + "".join(
    f"- {{code: {one['code']}, object: 'Route*/*', reason: &r why, expires: 2030-12-31}}\n"
    for one in _LIST
)


class SuppressFiles(Target):
    """JSON and YAML, damaged."""

    name = "suppress files"
    about = "`diagnose --suppress` of a snapshot"
    share = 7_000

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._path = folder / "suppress.yaml"
        self._snapshot = folder / "good.json"
        self._snapshot.write_text(json.dumps(seeds.snapshots()[1]))

    def make(self, chance: Random) -> bytes:
        lot = chance.random()
        if lot < 0.4:
            return mutate.hostile(chance, {"suppressions": _LIST})
        if lot < 0.6:
            return mutate.hostile(chance, _LIST)
        text = _YAML.replace("why", chance.choice(mutate.YAML) if lot < 0.8 else "why")
        return mutate.damaged(chance, text.encode())

    def feed(self, body: bytes) -> bool:
        self._path.write_bytes(body)
        words = ("diagnose", "--suppress", str(self._path), "--snapshot", str(self._snapshot))
        return asked(BASE, words)
