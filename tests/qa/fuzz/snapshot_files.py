"""Snapshot files, through every command and every format that reads one."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.cli.asking import BASE
from tests.qa.fuzz import mutate, seeds
from tests.qa.fuzz.judge import asked
from tests.qa.fuzz.target import Target

# A snapshot as it should be, to compare the hostile one with.
OLD = Path(__file__).parents[3] / "docs" / "examples" / "before.json"
COMMANDS = (
    *(("status", "-o", form) for form in ("table", "wide", "json", "yaml", "name", "html")),
    *(
        ("diagnose", "-o", form)
        for form in ("table", "wide", "short", "json", "yaml", "junit", "sarif", "html")
    ),
    ("diagnose", "--lang", "zh"),
    ("tables",),
    ("tables", "-o", "json"),
    ("trace", "192.168.0.1", "172.20.1.1"),
    ("trace", "192.168.0.2", "192.168.0.3", "-o", "json"),
    ("status", "--problems", "--sort-by", "name", "--color", "never"),
    ("status", "--check", "-l", "a=b"),
    *(("diff", str(OLD), "-o", form) for form in ("table", "markdown", "yaml")),
)


class SnapshotFiles(Target):
    """The first byte chooses the command, the rest is the file."""

    name = "snapshot files"
    about = "a snapshot given to a command and a format"
    share = 24_000

    def make(self, chance: Random) -> bytes:
        body = mutate.hostile(chance, chance.choice(seeds.snapshots()))
        return bytes([chance.randrange(len(COMMANDS))]) + body

    def feed(self, body: bytes) -> bool:
        words = COMMANDS[(body[0] if body else 0) % len(COMMANDS)]
        path = self.folder / "snapshot.json"
        path.write_bytes(body[1:])
        return asked(BASE, [*words, "--snapshot", str(path)])
