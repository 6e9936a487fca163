"""Every sentence of the program has a Chinese one, with the same placeholders."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from msgspec import Struct, yaml

from kubectl_routes.catalog.loader import texts
from kubectl_routes.catalog.pages import part_message
from kubectl_routes.catalog.translation import Sentence, said, sentences, translated
from kubectl_routes.model.message import Language, Message, joined, message
from kubectl_routes_simulator.scenarios import SCENARIOS, THEMES

PACKAGE = Path(__file__).parents[2] / "kubectl_routes"
PAIRS = yaml.decode((PACKAGE / "catalog/sentences.yaml").read_bytes(), type=tuple[Sentence, ...])
SPEAKS = re.compile(r"^message$|page\.say$")
# Those who fill a template that is not written where it is used.
GENERAL = {
    "apply/events.py",
    "model/message.py",
    "plan/refusal.py",
    "catalog/pages.py",
    "render/page.py",
}


def calls() -> Iterator[tuple[str, ast.Call, list[ast.expr]]]:
    """Every call that makes sentences, the file that it is in, and the templates."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name not in GENERAL:
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Call) and SPEAKS.search(ast.unparse(node.func)):
                    yield name, node, node.args[:1]
                elif isinstance(node, ast.Call) and ast.unparse(node.func) == "refusal":
                    yield name, node, node.args[1:]


def words(template: str) -> str:
    """A template without its placeholders, but with the nouns that they count."""
    return "".join(f"{text} {noun or ''}" for text, _, noun, _ in Formatter().parse(template))


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


CALLS = tuple(calls())


def test_every_template_is_written_where_it_is_used_with_a_value_for_each_placeholder() -> None:
    for file, call, templates in CALLS:
        where = f"{file}: {ast.unparse(call)}"
        assert all(isinstance(template, ast.Constant) for template in templates), where
        given = {keyword.arg for keyword in call.keywords}
        needed = [names(ast.literal_eval(template)) for template in templates]
        assert given == set().union(*needed), where


def test_every_sentence_has_a_translation_and_every_translation_is_used() -> None:
    templates = {ast.literal_eval(one) for _, _, some in CALLS for one in some}
    # What is punctuation only has that of the language.
    # The simulator names its scenarios in English.
    templates |= {*THEMES, *SCENARIOS.values()}
    used = {text for text in templates if re.search("[A-Za-z]", words(text))}
    known = {pair.en for pair in PAIRS}
    lacks = [f"write it in sentences.yaml, with its Chinese: {text}" for text in used - known]
    assert lacks == []
    assert [
        f"remove it from sentences.yaml, nothing says it: {text}" for text in known - used
    ] == []
    assert [text for text, times in Counter(pair.en for pair in PAIRS).items() if times > 1] == []


def test_both_languages_have_the_same_placeholders() -> None:
    assert [pair for pair in PAIRS if names(pair.en) != names(pair.zh)] == []


def test_what_the_catalog_says_of_two_codes_in_the_same_words_has_the_same_translation() -> None:
    english, chinese = texts(Language.ENGLISH), texts(Language.CHINESE)
    for code, prose in english.codes.items():
        for kind in ("causes", "evidence", "remedies", "preflight"):
            for name, text in getattr(prose, kind).items():
                assert sentences()[text] == getattr(chinese.codes[code], kind)[name]


def test_a_translation_is_chinese() -> None:
    for pair in PAIRS:
        found = re.findall("[a-z]{2,}", words(pair.en))
        chinese = re.search("[\u3000-\u9fff\uff00-\uffef]", pair.zh)
        assert chinese or len(found) < 2, pair.en


def test_a_message_is_its_english_text_until_it_is_said_in_another_language() -> None:
    text = message("{count} next hops", count=5000)
    assert text == "5,000 next hops"
    assert said(text, Language.ENGLISH) == "5,000 next hops"
    assert said(text, Language.CHINESE) == "5,000 个下一跳"
    assert type(said(text, Language.ENGLISH)) is str


def test_a_value_that_is_a_message_is_said_in_the_same_language() -> None:
    found = message("the VPC has {count} route tables", count=2)
    text = message("{found} and routeTableIDs is not set", found=found)
    assert said(text, Language.CHINESE) == "VPC 有 2 张路由表，但未设置 routeTableIDs"


def test_a_number_carries_its_noun() -> None:
    assert message("{count:entry|entries}: {entries}", count=1, entries="a") == "1 entry: a"
    assert message("{count:node|nodes}", count=0) == "0 nodes"
    assert message("{count:node|nodes}", count=2000) == "2,000 nodes"
    assert message("{name} and more", name="1" * 5000) == f"{'1' * 5000} and more"


def test_what_is_no_message_has_no_other_language() -> None:
    assert said("forbidden", Language.CHINESE) == "forbidden"
    assert said(Message("as it is"), Language.CHINESE) == "as it is"


@pytest.mark.parametrize(
    ("part", "chinese"),
    [("nodes", "节点"), ("entries/vtb-1", "路由条目：vtb-1"), ("other", "other")],
)
def test_a_part_is_called_by_its_name_in_the_language(part: str, chinese: str) -> None:
    named = part_message(part)
    assert (named, said(named, Language.CHINESE)) == (part, chinese)


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        message("pod {name} not found")


def test_parts_are_joined_with_the_marks_of_the_language() -> None:
    parts = (message("no podCIDR"), "", message("no providerID"))
    assert joined("; ", parts) == "no podCIDR; no providerID"
    assert said(joined("; ", parts), Language.CHINESE) == "没有 podCIDR；没有 providerID"
    assert joined(", ", ("",)) == ""
    assert joined(", ", ("a", "")) == "a"


class Row(Struct, frozen=True):
    name: str
    notes: tuple[str, ...]
    by: dict[str, str]
    count: int = 1


def test_all_messages_of_a_struct_are_translated() -> None:
    row = Row("node-1", (message("hybrid node"), "plain"), {"vtb-1": message("no podCIDR")})
    assert translated(row, Language.ENGLISH) is row
    assert translated(row, Language.CHINESE) == Row(
        "node-1", ("混合云节点", "plain"), {"vtb-1": "没有 podCIDR"}
    )
