"""Write ``docs/schema/KIND.json``: what each kind of document looks like, as JSON Schema.

``python -m release.schemas`` makes them of the structs that the program encodes, so that they
cannot say anything else. The rule for what is absent is that of kubectl_routes.render.documents.
"""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path
from typing import Any

import msgspec

from kubectl_routes.model.clusters import ContextError, DiagnosisList, RouteStatusList
from kubectl_routes.model.diff import RouteDiff
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.path import Trace
from kubectl_routes.model.repair import RepairRecord
from kubectl_routes.model.snapshot import API_VERSION, Snapshot
from kubectl_routes.render.diagnosis_document import DiagnosisDocument
from kubectl_routes.render.documents import Document, RouteTables, Version
from kubectl_routes.render.explain import CheckList
from kubectl_routes.render.plan import History, PlanDocument, RepairDocument

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "schema"
DOCUMENTS: tuple[type[Document], ...] = (
    Matrix,
    RouteTables,
    DiagnosisDocument,
    Trace,
    PlanDocument,
    RepairDocument,
    RepairRecord,
    History,
    CheckList,
    RouteDiff,
    ContextError,
    Version,
)

# Lists of documents, each of one kind or an error in its place.
LISTS: dict[type[Document], type[Document]] = {
    RouteStatusList: Matrix,
    DiagnosisList: DiagnosisDocument,
}


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of every kind."""
    found = {one.KIND: _document(one) for one in DOCUMENTS}
    lists = {one.KIND: _list(one, item) for one, item in LISTS.items()}
    return {**found, **lists, "Snapshot": _snapshot()}


def text(schema: dict[str, Any]) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _document(struct: type[Document]) -> dict[str, Any]:
    """A document has all its keys, under the two that every document begins with."""
    schema = _schema(struct, struct.KIND)
    for part in (schema, *schema["$defs"].values()):
        if "properties" in part:
            part["required"] = list(part["properties"])
            part["properties"] = {k: _nullable(v) for k, v in part["properties"].items()}
    head = {"apiVersion": {"const": API_VERSION}, "kind": {"const": struct.KIND}}
    schema["properties"] = {**head, **schema["properties"]}
    schema["required"] = [*head, *schema["required"]]
    schema["description"] += " Text that is said to be empty is null in a document."
    return schema


def _list(struct: type[Document], item: type[Document]) -> dict[str, Any]:
    """A list holds whole documents: its schema holds theirs."""
    schema, kinds = _document(struct), [_document(item), _document(ContextError)]
    for kind in kinds:
        schema["$defs"].update(kind.pop("$defs"))
        del kind["$schema"], kind["$id"]
        schema["$defs"][kind["title"]] = kind
    refs = [{"$ref": f"#/$defs/{kind['title']}"} for kind in kinds]
    schema["properties"]["items"] = {"type": "array", "items": {"anyOf": refs}}
    return schema


def _snapshot() -> dict[str, Any]:
    """A snapshot file is the struct itself: what is absent is left out or empty, never null."""
    schema = _schema(Snapshot, "Snapshot")
    for part in (schema, *schema["$defs"].values()):
        for field in part.get("properties", {}).values():
            field.pop("nullable", None)
    schema["properties"].update(apiVersion={"const": API_VERSION}, kind={"const": "Snapshot"})
    return schema


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    """A field without its default, which a document never leaves out; null where it may be."""
    shown = {key: value for key, value in field.items() if key not in ("nullable", "default")}
    return {**shown, "type": ["string", "null"]} if field.get("nullable") else shown


def _schema(struct: type[Any], kind: str) -> dict[str, Any]:
    """The schema as msgspec makes it, with the struct of the kind at its top."""
    made = msgspec.json.schema(struct)
    parts = {name: _plain(part) for name, part in made["$defs"].items()}
    top = parts.pop(struct.__name__)
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{setup['metadata']['url']}/blob/main/docs/schema/{kind}.json",
        **top,
        "title": kind,
        "$defs": parts,
    }


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    """A part whose description is one line, and names keys and values as JSON does."""
    told = " ".join(part.get("description", "").split()).replace("``", "`")
    for word, name in {"None": "null", "True": "true", "False": "false"}.items():
        told = re.sub(rf"\b{word}\b", name, told)
    told = re.sub(r"(?<=`)[a-z_]+(?=`)", lambda match: _camel(match[0]), told)
    return {**part, "description": told} if told else part


def _camel(name: str) -> str:
    """The key of a field of the model."""
    first, *others = name.split("_")
    return "".join((first, *map(str.title, others)))


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for kind, schema in schemas().items():
        (FOLDER / f"{kind}.json").write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
