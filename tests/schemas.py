"""The schemas of docs/schema, and whether a document is as they say."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from jsonschema_rs import Draft202012Validator, meta

FOLDER = Path(__file__).parent.parent / "docs" / "schema"


def faults(text: bytes | str) -> list[str]:
    """What is not as the schema of its kind says: the kind, the path and what is wrong there."""
    document = json.loads(text)
    kind = document["kind"]
    return [
        f"{'/'.join(map(str, (kind, *error.instance_path)))}: {error.message}"
        for error in _validator(kind).iter_errors(document)
    ]


@cache
def _validator(kind: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    meta.validate(schema)
    return Draft202012Validator(schema)
