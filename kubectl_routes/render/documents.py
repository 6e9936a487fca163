"""The answers for programs: one encoder makes JSON and YAML of them all.

A document is a struct under ``apiVersion`` and its ``KIND``: one of the model, or what a kind
gathers from it. Its keys are the fields, always all of them. What is absent or not known is null:
None, and text that the model leaves empty. docs/documents.md is the policy; release/schemas.py
makes docs/schema/ of the same structs.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

import msgspec
from msgspec import Struct

from kubectl_routes.model.matrix import Matrix, TableColumn
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.snapshot import API_VERSION, Cluster, Gap
from kubectl_routes.render.json import encoded as compact, json as json_text
from kubectl_routes.render.yaml import yaml as yaml_text

# Keys whose text may be empty: a hint where there is nothing to do, and a list of tables without an
# item (without a list it is null).
_MAY_BE_EMPTY = (b"hint", b"was", b"now")


class Document(Protocol):
    """A struct that is a whole document."""

    KIND: ClassVar[str]


class RouteTables(Struct, frozen=True, rename="camel"):
    """The answer of ``tables``."""

    KIND: ClassVar[str] = "RouteTables"

    cluster: Cluster
    tables: tuple[TableColumn, ...]
    gaps: tuple[Gap, ...]
    tool: OptionalText
    time: OptionalText
    notices: tuple[str, ...]


class Version(Struct, frozen=True, rename="camel"):
    """The answer of ``version``; ``libraries`` maps package names to versions."""

    KIND: ClassVar[str] = "Version"

    version: str
    python: str
    libraries: dict[str, str | None]


def route_tables(matrix: Matrix) -> RouteTables:
    """The VPC's route tables."""
    return RouteTables(
        matrix.cluster, matrix.tables, matrix.gaps, matrix.tool, matrix.time, matrix.notices
    )


def json(document: Document) -> str:
    """A document as indented JSON."""
    return json_text(document, encoded)


def yaml(document: Document) -> str:
    """A document as YAML."""
    return yaml_text(msgspec.json.decode(encoded(document)))


def encoded(document: Document) -> bytes:
    """JSON, compact but for a space before text that is empty and stays so.

    ``:""`` is an empty text behind its key and nothing else: within text a quotation mark has a
    backslash before it. So no copy of 150,000 cells is needed.
    """
    head = msgspec.json.encode({"apiVersion": API_VERSION, "kind": document.KIND})
    body = compact(document)
    for key in _MAY_BE_EMPTY:
        body = body.replace(b'"%b":""' % key, b'"%b": ""' % key)
    body = body.replace(b':""', b":null")
    return b"".join((head[:-1], b",", memoryview(body)[1:]))
