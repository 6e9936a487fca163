"""What every answer of the command line has to keep to, whatever it was given."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as Xml

import yaml

from kubectl_routes.cli.main import main
from tests.qa.fuzz.target import Wrong

CODES = (0, 1, 2, 3, 4, 5, 130)
# Everything that a terminal could obey, but for the line feed; and half characters.
# What a line of error begins with, in every language.
_ERROR = ("error: ", "错误：")
_ESCAPES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COLOUR = re.compile(r"\x1b\[[0-9]*m")
# From -v 8 on an error comes with its traceback.
_TRACING = ("-v", "--v")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def asked(env: Mapping[str, str], words: Sequence[str]) -> bool:
    """Run the command; whether it did what it was asked. Raises Wrong for an answer without
    manners.
    """
    stdout, stderr = io.StringIO(), io.StringIO()
    code = main(["kubectl-routes", *words], env, stdout, stderr)
    shown = _COLOUR.sub("", stdout.getvalue()) if "always" in " ".join(words) else stdout.getvalue()
    traced = any(word.startswith(_TRACING) for word in words)
    several = words[0] == "enable"  # each preflight check that fails has a line
    judge(code, shown, stderr.getvalue(), traced=traced, several=several)
    _parse(stdout.getvalue(), _format(words))
    return code in (0, 1)


def judge(code: int, stdout: str, stderr: str, *, traced: bool, several: bool) -> None:
    """Raise Wrong for a code that is not documented, for more or less than one line of error, for
    a fault of ours, and for what a terminal could obey. ``traced``: a traceback was asked for;
    ``several``: the command may have more than one line of error.
    """
    lines = stderr.split("\n")
    internal = [line for line in lines if line.startswith("error: internal:")]
    if internal or (not traced and "Traceback" in stderr):
        raise Wrong(internal[0] if internal else "a traceback")
    if code not in CODES:
        raise Wrong(f"exit code {code}")
    errors = sum(line.startswith(_ERROR) for line in lines)
    if (min(errors, 1) if several else errors) != (code in (2, 3, 4, 5)):
        raise Wrong(f"{errors} lines of error for exit code {code}")
    for name, text in (("stdout", stdout), ("stderr", stderr)):
        found = _ESCAPES.search(text)
        if found:
            raise Wrong(f"{name} holds {found[0]!r}")


def _format(words: Sequence[str]) -> str:
    helped = "-h" in words or "--help" in words
    if helped or words[0] not in ("status", "tables", "diagnose", "trace"):
        return ""
    for place, word in enumerate(words):
        if word == "-o" and place + 1 < len(words):
            return words[place + 1]
    return ""


def _parse(text: str, form: str) -> None:
    """Raise what a reader of that format would."""
    if not text:
        return
    if form in ("json", "sarif"):
        json.loads(text)
    elif form == "yaml":
        yaml.load(text, _LOADER)
    elif form == "junit":
        Xml.fromstring(text)
