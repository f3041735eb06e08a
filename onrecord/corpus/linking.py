"""Linking by names: which names are the same entity, by how they are written. For systems."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence

Name = tuple[str, str]
"""The type of a mention and its words."""
_Surnames = Mapping[str, set[str]]


def link_names(names: Sequence[Sequence[Name]]) -> list[list[str]]:
    """The entity of each name: its normalised form, or that of the full name it is the surname of.

    The surname of a person joins the one full name that ends in it, in the same document or else
    in all of them.

        link_names([[("PERSON", "Kari Vold"), ("PERSON", "Vold")]])   # [["kari vold", "kari vold"]]

    Args:
        names: the names of each document.

    Returns:
        The entities of each document's names, in their order.
    """
    full = [_surnames(found) for found in names]
    anywhere = _surnames([name for found in names for name in found])
    return [
        [_entity(label, words, (own, anywhere)) for label, words in found]
        for found, own in zip(names, full, strict=True)
    ]


def normalise_name(words: str) -> str:
    """The name without case, diacritics, an article in front and a possessive at the end."""
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", words).replace("ı", "i").casefold()
        if not unicodedata.combining(character)
    )
    bare = " ".join(bare.split())
    return re.sub(r"^the (?=.)|(?<=.)['’]s$|(?<=s)['’]$", "", bare) or words


def _surnames(names: Sequence[Name]) -> _Surnames:
    """The full names of persons by their last word."""
    found: dict[str, set[str]] = defaultdict(set)
    for label, words in names:
        name = normalise_name(words)
        if label == "PERSON" and " " in name:
            found[name.rpartition(" ")[2]].add(name)
    return found


def _entity(label: str, words: str, scopes: Sequence[_Surnames]) -> str:
    name = normalise_name(words)
    if label == "PERSON":
        for full in scopes:
            if len(full.get(name, ())) == 1:
                return min(full[name])
    return name
