"""References to variables in command and args, as the kubelet resolves them."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes.collect.document import Document
from kubectl_routes.collect.environment import Expanded, expand

ENV: list[dict[str, Any]] = [
    {"name": "CIDR", "value": "172.20.0.0/16"},
    {"name": "EMPTY"},
    {"name": "BOTH", "value": "$(CIDR),$(EMPTY)$$(CIDR)"},
    {"name": "LATER", "value": "$(AFTER)"},
    {"name": "AFTER", "value": "x"},
    {"name": "FIELD", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    {"name": "ON_FIELD", "value": "$(FIELD)"},
    {"name": "ACCESS_KEY_SECRET", "value": "s3cr3t-C4nary"},
    {"name": "PLAIN", "value": "LTAI5tC4naryC4naryC4nary"},
]


@pytest.mark.parametrize(
    ("word", "expanded", "unknown"),
    [
        ("--cluster-cidr=$(CIDR)", "--cluster-cidr=172.20.0.0/16", ()),
        ("a$(EMPTY)b", "ab", ()),
        ("$(BOTH)", "172.20.0.0/16,$(CIDR)", ()),
        ("$$(CIDR)", "$(CIDR)", ()),
        ("$$$(CIDR)$x$", "$172.20.0.0/16$x$", ()),
        ("$(CIDR", "$(CIDR", ()),
        ("$(NOWHERE)", "$(NOWHERE)", ()),
        ("$(LATER)", "$(AFTER)", ()),
        ("$(FIELD)", "$(FIELD)", ("FIELD",)),
        ("$(ON_FIELD)", "$(ON_FIELD)", ("ON_FIELD",)),
        ("--x=$(ACCESS_KEY_SECRET)", "--x=$(ACCESS_KEY_SECRET)", ("ACCESS_KEY_SECRET",)),
        ("$(PLAIN)", "$(PLAIN)", ("PLAIN",)),
        ("$(KUBERNETES_SERVICE_HOST)", "$(KUBERNETES_SERVICE_HOST)", ("KUBERNETES_SERVICE_HOST",)),
    ],
)
def test_references_are_resolved_as_in_the_container(
    word: str, expanded: str, unknown: tuple[str, ...]
) -> None:
    assert expand([word], Document({"env": ENV})) == Expanded((expanded,), unknown)


def test_the_text_of_a_shell_is_expanded_as_the_shell_does() -> None:
    words = ["sh", "-c", "/ccm --cluster-cidr=$CIDR $ACCESS_KEY_SECRET $(EMPTY)"]
    assert expand(words, Document({"env": ENV})).words[2] == (
        "/ccm --cluster-cidr=172.20.0.0/16 $ACCESS_KEY_SECRET "
    )


def test_what_another_object_may_set_is_unknown() -> None:
    container = Document({"envFrom": [{"configMapRef": {"name": "x"}}], "env": ENV})
    found = expand(["$(NOWHERE)", "$(CIDR)"], container)
    assert found == Expanded(("$(NOWHERE)", "172.20.0.0/16"), ("NOWHERE",))
