"""Checking sources of probes: what is missing or wrong in a set, each in one line."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from onrecord.annotation.drafts import MARK
from onrecord.corpus.names import TITLES
from onrecord.corpus.registry import Registry, Target
from onrecord.corpus.validation import find_problems
from onrecord.document import NAME_TYPES, Document, Mention
from onrecord.exceptions import AuthoringError
from onrecord.probes.dresses import DRESSES, VARIABLE, Cast, Dress, Wardrobe
from onrecord.probes.outcome import outcomes
from onrecord.probes.probe import Item, Probe
from onrecord.probes.rendering import render
from onrecord.probes.sources import LETTERS, Source, SourceMember, SourceSet

NEAR = 4
"""Changes with fewer words between them than this are one stretch."""
SENTENCE_WORDS = 5
"""Shorter sentences may stand in several sets."""
PHRASE_WORDS = 6
"""No run of so many words may stand in the articles or the guidelines."""


class Found(msgspec.Struct, frozen=True):
    """Something wrong in a source."""

    file: str
    line: int
    """Where the set begins."""
    place: str
    """The set, with the letter of the member where it is one member's."""
    reason: str

    def __str__(self) -> str:
        return " ".join(f"{self.file}:{self.line}: {self.place}: {self.reason}".split())


class Checker(msgspec.Struct, frozen=True):
    """The names and targets by which sources are checked."""

    wardrobe: Wardrobe
    registry: Registry
    targets: tuple[Target, ...]
    phrases: frozenset[tuple[str, ...]] = frozenset()
    """Runs of words that a passage must not have, see :func:`phrases_of`."""

    def check(self, sources: Mapping[Path, Source], others: Iterable[Source] = ()) -> list[Found]:
        """What is wrong in the sources.

        Args:
            sources: by their files.
            others: sources that are right already, which the sentences are compared with too.
        """
        found = []
        for path, source in sources.items():
            lines = _lines(path)
            for of in source.sets:
                for letter, reason in self._set_problems(source, of):
                    place = f"{of.id}-{letter}" if letter else of.id
                    found.append(Found(str(path), lines.get(of.id, 1), place, reason))
        found += _repeated_ids(sources, others)
        found += _repeated_sentences(sources, others)
        return found

    def _set_problems(self, source: Source, of: SourceSet) -> Iterator[tuple[str, str]]:
        probes: dict[Dress, list[Probe]] = {}
        for number, member in enumerate(of.members):
            letter = LETTERS[number]
            told = False
            for reason in itertools.chain(
                _words_problems(member, self.wardrobe),
                _borrowed(member, self.phrases),
                _form(of, number),
            ):
                yield letter, reason
            for dress in DRESSES:
                reasons: list[str] = []
                try:
                    probe = render(source, of, number, dress, self.wardrobe)
                except AuthoringError as error:
                    reasons = [str(error).partition(": ")[2]]
                else:
                    probes.setdefault(dress, []).append(probe)
                    reasons = list(self._problems(probe))
                if reasons and not told:
                    told = True  # the other dress has the same, in other names
                    cast = self.wardrobe.cast(of.id, dress)
                    for reason in reasons:
                        yield letter, _in_variables(reason, cast)
        if all(len(members) == len(of.members) for members in probes.values()):
            for members in list(probes.values())[:1]:
                yield from _comparison(members)

    def _problems(self, probe: Probe) -> Iterator[str]:
        document = probe.document
        ids = [target.id for target in self.targets]
        problems = list(find_problems(document, targets=ids, registry=self.registry))
        for field, reason in problems:
            yield f"{field}: {reason}"
        yield from _unnamed(document)
        yield from _item_problems(probe, ids)
        if not problems:
            yield from self._unfair(probe)

    def _unfair(self, probe: Probe) -> Iterator[str]:
        """Items that the gold itself would get wrong, given under ids of its own."""
        [outcome] = outcomes([probe], [_under_own_ids(probe.document)], self.registry)
        for number, found in enumerate(outcome.found):
            if not found:
                yield (
                    f"focus[{number}]: {_told(probe.focus[number])}: the annotation has no such "
                    "item, or its speaker or holder is not named so that names tell who it is"
                )
        for number, given in enumerate(outcome.given):
            if given:
                yield f"decoys[{number}]: {_told(probe.decoys[number])}: the annotation has it"


def _in_variables(reason: str, cast: Cast) -> str:
    """The reason with the variables of entities in place of the registry's ids."""
    for variable, id in cast.entities.items():
        reason = re.sub(rf"(?<![\w-]){re.escape(id)}(?![\w-])", variable, reason)
    return reason


def _lines(path: Path) -> dict[str, int]:
    """The line on which the id of each set stands."""
    found: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = re.match(r"\s*id\s*=\s*[\"']([^\"']+)[\"']", line)
        if match:
            found.setdefault(match[1], number)
    return found


def _form(of: SourceSet, number: int) -> Iterator[str]:
    """What a member lacks, and whether it differs from the original as members must."""
    member, original = of.members[number], of.members[0]
    if not member.focus and not member.decoys:
        yield "has no focus and no decoys"
    if number == 0:
        if member.change is not None or member.edit is not None:
            yield "is the original, and has a change or an edit"
        return
    if member.change is None:
        yield "has no change (contrast or invariance)"
    if not member.edit:
        yield "has no edit (in words)"
    stretches = differing_stretches(_tokens(original.text), _tokens(member.text))
    if not stretches:
        yield "has the words of the original"
    elif len(stretches) > 1:
        shown = "; ".join(f"{' '.join(a)!r} → {' '.join(b)!r}" for a, b in stretches)
        yield f"differs from the original in {len(stretches)} stretches: {shown}"


def _tokens(marked: str) -> list[str]:
    """The words, variables and punctuation of a source without its marks, in small letters."""
    text = MARK.sub(lambda match: match[1], marked.strip())
    return [
        token if token.startswith("{") else token.casefold()
        for token in re.findall(r"\{[^{}]*\}|\w+|[^\w\s]|\n", text)
    ]


Stretch = tuple[tuple[str, ...], tuple[str, ...]]


def differing_stretches(one: Sequence[str], other: Sequence[str]) -> list[Stretch]:
    """Where two sequences of tokens differ: what one has there, and what the other.

    Changes with fewer than four words between them are one stretch. So is an exchange of two
    stretches for each other, the move of one, and two names that change places wherever they stand.
    Punctuation that changes elsewhere with it, or alone, is no stretch more.
    """
    if list(one) == list(other):
        return []
    stretches = _stretches(one, other)
    whole = [(tuple(one), tuple(other))]
    if len(stretches) > 1 and (_is_exchange(one, other) or _is_swap_of_names(one, other)):
        return whole
    worded = [stretch for stretch in stretches if _words([*stretch[0], *stretch[1]])]
    return worded or whole


def _stretches(one: Sequence[str], other: Sequence[str]) -> list[Stretch]:
    blocks: list[list[int]] = []
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        if blocks and _words(one[blocks[-1][1] : a]) < NEAR:
            blocks[-1][1], blocks[-1][3] = b, d
        else:
            blocks.append([a, b, c, d])
    return [(tuple(one[a:b]), tuple(other[c:d])) for a, b, c, d in blocks]


def _words(tokens: Sequence[str]) -> int:
    return sum(token[0].isalnum() or token[0] == "{" for token in tokens)


def _is_exchange(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two stretches have changed places (X M Y is now Y M X), or one has moved (M empty)."""
    left, right = _bare(one), _bare(other)
    if sorted(left) != sorted(right):
        return False
    while left and left[0] == right[0]:
        del left[0], right[0]
    while left and left[-1] == right[-1]:
        del left[-1], right[-1]
    return any(
        right == left[j:] + left[i:j] + left[:i]
        for i in range(1, len(left))
        for j in range(i, len(left))
    )


def _bare(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if _words([token])]


def _is_swap_of_names(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the second sequence is the first with two variables in each other's place."""
    if len(one) != len(other):
        return False
    renamed: dict[str, str] = {}
    for a, b in zip(one, other, strict=True):
        if a == b:
            continue
        if not (a.startswith("{") and b.startswith("{")):
            return False
        left, right = _stem(a), _stem(b)
        if renamed.setdefault(left, right) != right or renamed.setdefault(right, left) != left:
            return False
    return len(renamed) == 2


def _stem(variable: str) -> str:
    """The entity's part of a variable."""
    return re.sub(r"\.(?:last|first|adj|people|short|long|plain)\}$", "}", variable)


_TITLE_WORDS = frozenset(word for title in TITLES for word in title.split()) | {"I"}
_AT_START = re.compile(r"(?:^|[.!?:…—–]|\n)[\s\"'“”‘’«»(]*$|[“‘«\"(]$")


def _words_problems(member: SourceMember, wardrobe: Wardrobe) -> Iterator[str]:
    """Names that are no variable, and capitals in the middle of a sentence that are not marked."""
    for match in MARK.finditer(member.text):
        words, label, entity = match.groups()
        if label not in NAME_TYPES:
            continue
        if not VARIABLE.search(words) and not (entity or "").endswith(".ministry"):
            yield f"the name {words!r} is no variable"
    outside = MARK.sub(lambda match: " " * (len(match[0]) - 1) + "x", member.text.strip())
    for match in re.finditer(r"\{[^{}]*\}", outside):
        yield f"the variable {match[0]} is not marked as a mention"
    names = _known_names(wardrobe)
    for match in re.finditer(r"(?<![\w{.])[A-Z][\w’'-]*", outside):
        word = re.sub(r"[’']s$", "", match[0])
        if word in names:
            yield f"the name {word!r} is no variable"
        elif word not in _TITLE_WORDS and not _AT_START.search(outside[: match.start()]):
            yield f"{word!r} is capitalised in mid-sentence, and neither a variable nor marked"


def phrases_of(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of six words in a text, in small letters."""
    words = re.findall(r"\w+", text.casefold())
    return frozenset(
        tuple(words[i : i + PHRASE_WORDS]) for i in range(len(words) - PHRASE_WORDS + 1)
    )


def _borrowed(member: SourceMember, phrases: frozenset[tuple[str, ...]]) -> Iterator[str]:
    """Phrases of the articles or the guidelines."""
    plain = MARK.sub(lambda match: match[1], member.text)
    for part in VARIABLE.split(plain)[::2]:
        for phrase in sorted(phrases_of(part) & phrases):
            yield f"has a phrase of the articles or the guidelines: {' '.join(phrase)!r}"


def _known_names(wardrobe: Wardrobe) -> frozenset[str]:
    """Names of one word that a passage must not have outside variables."""
    names = {entity.name for entity in wardrobe.registry()}
    return frozenset(name for name in names if " " not in name)


def _unnamed(document: Document) -> Iterator[str]:
    """Speakers and holders that the passage never mentions."""
    mentioned = {mention.entity for mention in document.mentions}
    for quote in document.quotes:
        if quote.speaker is not None and quote.speaker not in mentioned:
            yield f"{quote.id}.speaker: {quote.speaker} is not mentioned in the passage"
    for stance in document.stances:
        if stance.holder not in mentioned:
            yield f"stance on {stance.target}: {stance.holder} is not mentioned in the passage"


def _item_problems(probe: Probe, targets: Iterable[str]) -> Iterator[str]:
    for field, items in (("focus", probe.focus), ("decoys", probe.decoys)):
        for number, item in enumerate(items):
            if item.layer != probe.layer:
                yield (
                    f"{field}[{number}]: {_told(item)} is of the layer {item.layer}, "
                    f"the phenomenon of {probe.layer}"
                )
            if item.target is not None and item.target not in targets:
                yield f"{field}[{number}]: unknown target {item.target!r}"
            if field == "decoys" and item in probe.focus:
                yield f"{field}[{number}]: {_told(item)} is the focus too"
            if item.kind == "mention" and item.label == "":
                yield f"{field}[{number}]: has no type"


def _told(item: Item) -> str:
    """An item in a few words."""
    if item.kind == "stance":
        return f"stance {item.holder} {item.polarity} {item.target}"
    if item.kind == "mention":
        return f"mention of type {item.label}"
    if item.kind == "quote":
        return f"quote of {item.speaker or 'nobody'}"
    return item.kind


def _comparison(members: Sequence[Probe]) -> Iterator[tuple[str, str]]:
    """What is wrong between the members of a set in one dress."""
    texts: dict[str, str] = {}
    for probe in members:
        other = texts.setdefault(probe.document.text, probe.member)
        if other != probe.member:
            yield probe.member, f"renders to the text of {probe.set}-{other}"
    original = members[0]
    for probe in members[1:]:
        same = _answer(probe) == _answer(original)
        if probe.change == "contrast" and same:
            yield probe.member, "is a contrast, and has the focus and decoys of the original"
        if probe.change == "invariance" and _outline(probe) != _outline(original):
            yield probe.member, "is an invariance, and its focus or decoys are not the original's"


def _answer(probe: Probe) -> list[object]:
    """Focus and decoys, with the words of their spans and which occurrence of these is meant."""
    text = probe.document.text
    entity = {mention.span: mention.entity for mention in probe.document.mentions}
    return [
        sorted(
            str(
                (
                    [
                        (span.of(text), text.count(span.of(text), 0, span.start))
                        for span in item.spans
                    ],
                    [entity.get(span) for span in item.spans],
                    msgspec.structs.replace(item, spans=()),
                )
            )
            for item in items
        )
        for items in (probe.focus, probe.decoys)
    ]


def _outline(probe: Probe) -> list[object]:
    """Focus and decoys, whatever the words are and the quotes' numbers."""
    return [
        sorted(str(msgspec.structs.replace(item, spans=(), quotes=())) for item in items)
        for items in (probe.focus, probe.decoys)
    ]


def _under_own_ids(document: Document) -> Document:
    """The document as a system would give it that knows all but the registry's ids."""

    def own(entity: str | None) -> str | None:
        return None if entity is None else f"own:{entity}"

    def renamed(mention: Mention) -> Mention:
        return msgspec.structs.replace(mention, entity=own(mention.entity))

    return document.with_layers(
        mentions=[renamed(mention) for mention in document.mentions],
        quotes=[
            msgspec.structs.replace(quote, speaker=own(quote.speaker)) for quote in document.quotes
        ],
        stances=[
            msgspec.structs.replace(stance, holder=f"own:{stance.holder}")
            for stance in document.stances
        ],
    )


def _repeated_ids(sources: Mapping[Path, Source], others: Iterable[Source]) -> Iterator[Found]:
    seen: dict[str, str] = {of.id: source.phenomenon for source in others for of in source.sets}
    for path, source in sources.items():
        lines = _lines(path)
        for of in source.sets:
            if of.id in seen:
                reason = f"is already the id of a set of {seen[of.id]}"
                yield Found(str(path), lines.get(of.id, 1), of.id, reason)
            seen.setdefault(of.id, source.phenomenon)


def _repeated_sentences(
    sources: Mapping[Path, Source], others: Iterable[Source]
) -> Iterator[Found]:
    """Sentences of one set that another has, names aside."""
    seen: dict[str, str] = {}
    for source in others:
        for of in source.sets:
            for sentence in _sentences(of):
                seen.setdefault(sentence, of.id)
    for path, source in sources.items():
        lines = _lines(path)
        for of in source.sets:
            for sentence in _sentences(of):
                if seen.setdefault(sentence, of.id) != of.id:
                    reason = f"has a sentence of {seen[sentence]}, names aside: {sentence!r}"
                    yield Found(str(path), lines.get(of.id, 1), of.id, reason)


def _sentences(of: SourceSet) -> list[str]:
    """The sentences of a set, each once, in small letters and with {} for every variable."""
    found: dict[str, None] = {}
    for member in of.members:
        text = VARIABLE.sub("{}", MARK.sub(lambda match: match[1], member.text))
        for sentence in re.split(r"(?<=[.!?])[\"'”’]*\s+|\n+", text):
            words = re.findall(r"\{\}|\w+", sentence.casefold())
            if len(words) >= SENTENCE_WORDS:
                found[" ".join(words)] = None
    return list(found)
