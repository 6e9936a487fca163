"""Command lines: every flag of every command with every value, without a cluster."""

from __future__ import annotations

import argparse
import io
import json
import os
from pathlib import Path
from random import Random

from kubectl_routes.cli import complete, flags
from kubectl_routes.cli.options import add_shared
from kubectl_routes.cli.parser import Parser
from tests.qa.fuzz import mutate, seeds
from tests.qa.fuzz.judge import asked
from tests.qa.fuzz.target import Target

# What does not end, or writes a file, is left to its own tests.
_LEFT_OUT = ("--install", "-w", "--watch", "--textfile")
_VALUES = (
    "1s", "0", "30", "1h1m", "-1s", "1e9s", "99999999999999s", "9" * 400 + "h", "nan", "inf",
    "vtb-a", "vtb-a,vtb-b", "auto", "cn-hangzhou", "vpc-1", "RT101", "rt101,RT999", "a=b,!c",
    "a in (b,c)", "a notin (", "snapshot.json", "missing", ".", "-", "--", "127.0.0.1:9",
    "http://127.0.0.1:9/x", "[::1", "172.20.0.1", "kube-system/pod", "node", "8", "v1.9.3",
    "error", "json", "html", "\udcff\udc80",
)  # fmt: skip
_ENVIRONMENT = ("COLUMNS", "LINES", "NO_COLOR", "LANG", "LC_ALL", "KUBECONFIG", "VPC_ENDPOINT",
                "ALIBABA_CLOUD_PROFILE", "HTTPS_PROXY", "no_proxy")  # fmt: skip


class Arguments(Target):
    """JSON: the words, and variables of the environment."""

    name = "command lines"
    about = "flags, values and variables, without a cluster or with a snapshot; completion too"
    share = 10_000

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder / "words"
        self._folder.mkdir()
        (self._folder / "snapshot.json").write_text(json.dumps(seeds.snapshots()[1]))
        self._back = Path.cwd()
        self._commands = [name for name in flags.names() if name != "simulate"]

    def make(self, chance: Random) -> bytes:
        command = chance.choice(self._commands)
        words = [] if chance.random() < 0.02 else [command]
        if command == "monitor":
            words.append("--once")  # else it serves until a signal ends it
        flags = _flags(command)
        for _ in range(chance.randint(0, 5)):
            words += self._said(chance, flags)
        if chance.random() < 0.5 and command not in ("snapshot", "explain", "version"):
            words += ["--snapshot", "snapshot.json"]
        chosen = chance.sample(_ENVIRONMENT, chance.randrange(3))
        env = {name: self._value(chance).replace("\0", "") for name in chosen}
        return json.dumps([[one.replace("\0", "") for one in words], env]).encode()

    def _said(self, chance: Random, flags: list[argparse.Action]) -> list[str]:
        lot = chance.random()
        if lot < 0.2:
            return [self._value(chance)]
        if lot < 0.25:
            return [f"--{self._value(chance)}"]
        flag = chance.choice(flags)
        name = chance.choice(flag.option_strings)
        if flag.nargs == 0 or lot < 0.3:
            return [name]
        value = self._value(chance)
        if flag.choices and lot < 0.8:
            value = str(chance.choice(list(flag.choices)))
        return [f"{name}={value}"] if lot < 0.6 else [name, value]

    def _value(self, chance: Random) -> str:
        value = str(chance.choice(chance.choice((_VALUES, _VALUES, mutate.TEXTS))))
        # No command line holds half a character, but for those that stand for a byte.
        return value.replace("\ud800", "")

    def feed(self, body: bytes) -> bool:
        try:
            words, env = json.loads(body)
        except ValueError:
            return False
        env = {"HOME": str(self._folder), "COLUMNS": "100", **env}
        os.chdir(self._folder)
        try:
            complete.answer(words, env, io.StringIO())
            return asked(env, words or ["-h"])
        finally:
            os.chdir(self._back)


def _flags(command: str) -> list[argparse.Action]:
    parser = Parser("x", io.StringIO(), 80)
    flags.load(command).declare(parser)
    add_shared(parser)
    return [one for one in parser.flags() if not set(one.option_strings) & set(_LEFT_OUT)]
