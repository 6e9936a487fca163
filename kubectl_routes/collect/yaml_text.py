"""YAML from others, read within limits: the packages that read it have none.

PyYAML takes seconds to give up on brackets nested without end, and its C half ends the process on
them. Aliases and merge keys let a few lines stand for more values than memory holds: one that is
read is small, but who walks through it, or merges it, is not done for years.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

# As deep as nothing nests that is meant: kubeconfigs have five levels.
DEEPEST = 100
# Values in a text, aliases counted as often as they stand there. A kubeconfig of a thousand
# clusters has 20,000.
MOST_VALUES = 200_000


class _Loader(yaml.SafeLoader):
    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803  PyYAML's name
        """Open a bracket, if there are not too many already."""
        if self.flow_level >= DEEPEST:
            raise yaml.YAMLError("nested too deeply")
        super().fetch_flow_collection_start(TokenClass)

    def add_indent(self, column: int) -> bool:
        """Begin a block, if it is not inside too many others."""
        if len(self.indents) >= DEEPEST:
            raise yaml.YAMLError("nested too deeply")
        return bool(super().add_indent(column))


def tokens(text: str) -> Iterator[yaml.Token]:
    """What PyYAML takes the text apart into. Raises yaml.YAMLError where it cannot."""
    try:
        loader = _Loader(text)
        while loader.check_token():
            yield loader.get_token()  # type: ignore[no-untyped-call]
    except ValueError:
        raise yaml.YAMLError("not to be read") from None


def load(text: str) -> Any:
    """The one document of the text; None when there is none. Raises yaml.YAMLError, whatever is
    wrong with it.
    """
    return _constructed(_Loader(text))


def load_quickly(text: str) -> Any:
    """As ``load``, ten times as fast by the C half of PyYAML, where there is one; it complains in
    fewer words.
    """
    loader: Any = getattr(yaml, "CSafeLoader", None)
    if loader is None:
        return load(text)
    depth = 0
    for event in yaml.parse(text, loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.YAMLError("nested too deeply")
    return _constructed(loader(text))


def _constructed(loader: Any) -> Any:
    node = _composed(loader)
    if node is None:
        return None
    _weigh(node)
    try:
        return loader.construct_document(node)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        # Of a tag that does not fit its value the YAML package complains in any of these ways.
        raise yaml.YAMLError("a value does not fit its tag") from None


def _composed(loader: Any) -> yaml.Node | None:
    try:
        node: yaml.Node | None = loader.get_single_node()
    except (ValueError, RecursionError):
        raise yaml.YAMLError("not to be read") from None
    return node


def _weigh(root: yaml.Node) -> None:
    """Raise yaml.YAMLError when the document stands for too many values, or contains itself."""
    weights: dict[int, int] = {}
    open_ones: set[int] = set()

    def weight(node: yaml.Node) -> int:
        key = id(node)
        if key not in weights:
            if key in open_ones:
                raise yaml.YAMLError("a value contains itself")
            open_ones.add(key)
            weights[key] = 1 + sum(map(weight, _children(node)))
            open_ones.discard(key)
        return weights[key]

    if weight(root) > MOST_VALUES:
        raise yaml.YAMLError("too many values")


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
