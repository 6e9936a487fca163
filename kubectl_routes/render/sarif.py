"""A Diagnosis as SARIF 2.1.0, for what collects the findings of many tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kubectl_routes.catalog.pages import link
from kubectl_routes.model.catalog import Code
from kubectl_routes.model.finding import Diagnosis, Finding, Severity
from kubectl_routes.model.message import Language
from kubectl_routes.render.json import json

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(diagnosis: Diagnosis, codes: Mapping[str, Code], version: str) -> str:
    """The document: every check is a rule, every finding a result, every gap a notification.

    Objects of a cluster are in no file. GitHub's code scanning refuses a document with a result
    that has no path of a file, so an object's kind and name stand for one.
    """
    rules = [
        _rule(result.code, result.title, codes[result.code], diagnosis.language)
        for result in diagnosis.results
    ]
    places = {result.code: place for place, result in enumerate(diagnosis.results)}
    run = {
        "tool": {"driver": {"name": "kubectl-routes", "version": version, "rules": rules}},
        "language": diagnosis.language.value,
        "invocations": [
            {
                "executionSuccessful": not diagnosis.gaps,
                **({"endTimeUtc": diagnosis.time} if diagnosis.time else {}),
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": f"{gap.part}: {gap.reason}"}}
                    for gap in diagnosis.gaps
                ],
            }
        ],
        "results": [
            *(_result(one, places) for one in diagnosis.shown),
            *(
                {
                    **_result(one, places),
                    "suppressions": [{"kind": "external", "justification": by.reason}],
                }
                for one, by in diagnosis.suppressed
            ),
        ],
    }
    return json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, title: str, entry: Code, language: Language) -> dict[str, Any]:
    return {
        "id": code,
        "shortDescription": {"text": title},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
        "helpUri": link(code, language),
        "properties": {"tags": [entry.theme]},
    }


def _result(finding: Finding, places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": " ".join(filter(None, (finding.cause, finding.remedy)))},
        "locations": [_location(f"{each.kind}/{each.name}") for each in finding.objects]
        or [_location("cluster")],
        "properties": {
            "evidence": list(finding.evidence),
            "commands": list(finding.commands),
            "explains": list(finding.explains),
        },
    }


def _location(name: str) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(name)},
            "region": {"startLine": 1},
        },
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "object"}],
    }
