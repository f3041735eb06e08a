"""The scheme in Label Studio's words: the controls, labels and relations of label_config.xml."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from string import ascii_lowercase
from typing import TYPE_CHECKING, NamedTuple

from onrecord.corpus.registry import Target
from onrecord.document import MENTION_TYPES, POLARITIES
from onrecord.exceptions import InvalidInput

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TEXT = "text"
"""The text that all controls annotate."""
MENTION = "mention"
"""The control of mentions; its labels are the 18 types."""
PART = "part"
"""The control of the parts of quotes and stances; its labels are ``PARTS``."""

CONTENT, CUE, SOURCE, EVIDENCE = "Content", "Cue", "Source", "Evidence"
PARTS = (CONTENT, CUE, SOURCE, EVIDENCE)
LABELS = {MENTION: MENTION_TYPES, PART: PARTS}


class Field(NamedTuple):
    """What a region carries beside its label: the result's type and the regions that may have it."""

    type: str
    control: str
    labels: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key of the answer within ``value``."""
        return "choices" if self.type == "choices" else "text"


FIELDS = {
    "entity": Field("textarea", MENTION, MENTION_TYPES),
    "speaker": Field("textarea", PART, (CONTENT,)),
    "utterance": Field("textarea", PART, (CONTENT,)),
    "holder": Field("textarea", PART, (EVIDENCE,)),
    "target": Field("choices", PART, (EVIDENCE,)),
    "polarity": Field("choices", PART, (EVIDENCE,)),
}
"""What is filled in for a region."""

CHOSEN = {f"{name}-id": name for name in ("entity", "speaker", "holder", "utterance")}
"""The controls that offer ids to choose from, and the field that each fills in.

Their choices are in a task's data, not in the label config: the registry's ids, and utterances of
other articles.
"""

NEW = "new:"
"""The choice that stands for an id which is not offered: it is typed into the field."""


CONFLICT, VERSIONS = "conflict", "versions"
"""The controls with which an adjudication tells what two passes differ in; they annotate nothing."""


def control(name: str) -> Field:
    """What a control fills in: a field, or a field whose id is chosen."""
    return FIELDS[CHOSEN[name]]._replace(type="choices") if name in CHOSEN else FIELDS[name]


RELATIONS = {
    "cue": (CONTENT, CUE),
    "source": (CONTENT, SOURCE),
    "continuation": (CONTENT, CONTENT),
    "parent": (CONTENT, CONTENT),
    "evidence": (EVIDENCE, EVIDENCE),
}
"""What each relation joins. All but ``parent``, from the inner quote to the outer, go either way."""


def implied_relation(one: str, other: str) -> str | None:
    """The one relation that can join regions with these labels; None if there is none or a choice."""
    fitting = [name for name, ends in RELATIONS.items() if sorted(ends) == sorted((one, other))]
    return fitting[0] if len(fitting) == 1 else None


def same_config(one: str, other: str) -> bool:
    """Whether two label configs differ in nothing but white space and comments."""
    from xml.etree import ElementTree

    try:
        canonical = [
            ElementTree.canonicalize(re.sub(r"\s+", " ", xml), strip_text=True)
            for xml in (one, other)
        ]
    except ElementTree.ParseError:
        return False
    return canonical[0] == canonical[1]


_TARGET_CHOICES = re.compile(
    r'^( *)(<Choices\b[^>]*\bname="target"[^>]*>).*?</Choices>', re.DOTALL | re.MULTILINE
)
_FAVOR_HOTKEY = re.compile(r'<Choice value="favor"[^>]*\bhotkey=')


def with_targets(config: str, targets: Iterable[Target]) -> str:
    """A label config with a choice for each target, its proposition as the hint, in their order.

    Where the polarities have hotkeys, the first 26 targets have them too: shift+a, shift+b, …
    All else stays as it is written.

    Raises:
        InvalidInput: the config has not exactly one place for them, a line that begins with
            ``<Choices … name="target" …>``.
    """
    from xml.sax.saxutils import quoteattr

    places = _TARGET_CHOICES.findall(config)
    if len(places) != 1:
        reason = f'the label config has {len(places)} lines that begin <Choices … name="target"'
        raise InvalidInput(reason, field="target")
    ((margin, opening),) = places
    letters = ascii_lowercase if _FAVOR_HOTKEY.search(config) else ""
    choices = []
    for number, target in enumerate(targets):
        hotkey = f' hotkey="shift+{letters[number]}"' if number < len(letters) else ""
        value, hint = quoteattr(target.id), quoteattr(target.proposition)
        choices.append(f"{margin}  <Choice value={value}{hotkey} hint={hint}/>\n")
    made = f"{margin}{opening}\n{''.join(choices)}{margin}</Choices>"
    return _TARGET_CHOICES.sub(lambda _: made, config)


def adds_targets(before: str, after: str) -> bool:
    """Whether a label config is another one with stance targets added, and nothing else changed.

    The targets' hotkeys do not matter.
    """
    from xml.etree import ElementTree

    try:
        old, new = ElementTree.fromstring(before), ElementTree.fromstring(after)
    except (ElementTree.ParseError, ValueError):
        return False
    known = {choice.get("value") for choices in _targets(old) for choice in choices}
    for root in (old, new):
        for choices in _targets(root):
            for choice in list(choices):
                choice.attrib.pop("hotkey", None)
                if choice.get("value") not in known:
                    choices.remove(choice)
    one, other = (ElementTree.tostring(root, encoding="unicode") for root in (old, new))
    return same_config(one, other)


def _targets(root: Element) -> list[Element]:
    return [choices for choices in root.iter("Choices") if choices.get("name") == "target"]


def check_config(config: str, targets: Collection[str]) -> None:
    """Check that a label config is that of this scheme, with exactly these stance targets.

    Raises:
        InvalidInput: it is not XML, or a control has other choices than the scheme.
    """
    expected = {
        **{name: set(labels) for name, labels in LABELS.items()},
        "relations": set(RELATIONS),
        "polarity": set(POLARITIES),
        "target": set(targets),
        **{name: set() for name, field in FIELDS.items() if field.type == "textarea"},
        **{name: set() for name in CHOSEN},
    }
    found = choices(config)
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise InvalidInput("is missing from the label config", field=name)
        if name in (CONFLICT, VERSIONS):
            continue
        if name not in expected:
            raise InvalidInput("is a control that the scheme does not know", field=name)
        _compare(name, expected[name], found[name])


def choices(config: str) -> dict[str, set[str]]:
    """The labels or choices of each control of a label config; those of relations are ``relations``.

    Raises:
        InvalidInput: it is not XML.
    """
    return {name: set(values) for name, values in _controls(config)}


def _compare(name: str, expected: set[str], found: set[str]) -> None:
    missing, extra = sorted(expected - found), sorted(found - expected)
    differences = [
        f"{what} {', '.join(map(repr, values))}"
        for what, values in (("lacks", missing), ("has unknown", extra))
        if values
    ]
    if differences:
        raise InvalidInput(f"the label config {' and '.join(differences)}", field=name)


def _controls(config: str) -> Iterator[tuple[str, list[str]]]:
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(config)
    except (ElementTree.ParseError, ValueError) as error:
        raise InvalidInput(f"the label config is not XML: {error}") from None
    for element in root.iter():
        if element.tag == "Relations":
            yield "relations", [child.get("value", "") for child in element.iter("Relation")]
        elif element.get("toName") is not None:
            if element.tag == "Filter":
                continue
            inner = (*element.iter("Label"), *element.iter("Choice"))
            yield element.get("name", ""), [child.get("value", "") for child in inner]
