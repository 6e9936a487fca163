"""CCM's flags in a text that is given to a shell: ``sh -c "exec /cloud-controller-manager --a=b"``.

A flag can be added at the end of such a text where it is one plain command. Redirections may stand
anywhere in one (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html).
"""

from __future__ import annotations

import re
from shlex import shlex, split

_FLAGS_INSIDE = re.compile(r"\s--\w")
# Kubernetes replaces it before the shell sees the text.
_REFERENCE = re.compile(r"\$\([^)\s]*\)")
# A variable set for one command, which may be a credential: what is changed is kept for the undo.
_ASSIGNMENT = re.compile(r"(?:exec\s+)?(?:env\s+)?\w+=")
# A comment, or a here-document, would swallow what follows; a substitution may be anything.
_MORE_THAN_WORDS = re.compile(r"\n|`|\$\(|<<|(?:^|\s)#")
_SPECIAL = frozenset("();<>|&")


def is_script(word: str) -> bool:
    """Whether a word of a container's command is a text with flags in it."""
    return _FLAGS_INSIDE.search(word) is not None


def words_of(word: str) -> list[str]:
    """The word itself, or the words of a shell's text."""
    if not is_script(word):
        return [word]
    text = _joined(word)
    try:
        return split(text)
    except ValueError:  # a quotation that does not end
        return text.split()


def takes_flag(text: str) -> bool:
    """Whether a flag at the end of the text would be one of its only command."""
    plain = _joined(_REFERENCE.sub("X", text)).strip()
    if _MORE_THAN_WORDS.search(plain) or _ASSIGNMENT.match(plain):
        return False
    lexer = shlex(plain, posix=True, punctuation_chars=True)
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # a quotation that does not end
        return False
    operators = (word for word in words if _SPECIAL.issuperset(word))
    return all(word in (">", ">>", ">&", "&>") for word in operators)


def _joined(text: str) -> str:
    """The text without its line breaks that are escaped."""
    return text.replace("\\\n", " ")
