"""Small articles and corpora for tests, written as words, never as offsets."""

from __future__ import annotations

from pathlib import Path

from onrecord.annotation.drafts import Locator, locate, read_marked
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_documents, encode_json, encode_lines, write
from onrecord.corpus.gold import Build
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.document import Document, Meta, Quote, Stance, Zone, text_hash

MARKS = r"⟦([^⟦⟧|]+)\|[^⟦⟧]*⟧"


def article(marked: str, id: str = "gazette", *, promo: str | None = None) -> Document:
    """A document from text with marked mentions; ``promo`` is how its promotional tail begins."""
    import re

    text = re.sub(MARKS, r"\1", marked)
    border = text.index(promo) if promo else len(text)
    zones = [Zone(0, border, "body")] if border else []
    if promo:
        zones.append(Zone(border, len(text), "promo"))
    return Document(
        id=id,
        text=text,
        sha256=text_hash(text),
        meta=Meta(file=f"{id}.txt", outlet=id, language="en", event="talks"),
        zones=tuple(zones),
        mentions=tuple(read_marked(marked, text)),
    )


def quote(
    document: Document,
    id: str,
    *content: Locator,
    cue: Locator | None = None,
    source: Locator | None = None,
    speaker: str | None = None,
    utterance: str | None = None,
    parent: str | None = None,
) -> Quote:
    text = document.text
    return Quote(
        id=id,
        content=tuple(locate(words, text) for words in content),
        cue=None if cue is None else locate(cue, text),
        source=None if source is None else locate(source, text),
        speaker=speaker,
        utterance=utterance,
        parent=parent,
    )


def stance(
    document: Document, holder: str, target: str, polarity: str, *evidence: Locator
) -> Stance:
    spans = tuple(locate(words, document.text) for words in evidence)
    return Stance(holder=holder, target=target, polarity=polarity, evidence=spans)


REGISTRY = Registry(
    [
        Entity(id="norway", name="Norway", label="GPE", aliases=("Norwegian", "Oslo"), actor=True),
        Entity(id="iceland", name="Iceland", label="GPE", aliases=("Icelandic",), actor=True),
        Entity(
            id="kari-vold",
            name="Kari Vold",
            label="PERSON",
            aliases=("Vold",),
            actor=True,
            represents="norway",
        ),
        Entity(
            id="einar-jonsson",
            name="Einar Jónsson",
            label="PERSON",
            aliases=("Jónsson",),
            actor=True,
            represents="iceland",
        ),
        Entity(id="oslo", name="Oslo", label="GPE"),
    ]
)

TARGETS = (
    Target(id="quota", proposition="Norway should raise the cod quota."),
    Target(id="talks", proposition="Norway and Iceland should go on talking."),
)


def corpus(*documents: Document) -> Corpus:
    return Corpus(tuple(documents), REGISTRY, TARGETS)


def write_gold(root: Path, gold: Corpus) -> None:
    """The data of a clone, as `onrecord.load` reads them."""
    build = Build(export="gold.json", gold=gold.hash, status="gold")
    files = {
        "documents/test.jsonl": encode_documents(gold.documents, text=True),
        "registry/test.jsonl": encode_lines(gold.registry),
        "targets/test.jsonl": encode_lines(gold.targets),
        "build.json": encode_json(build),
    }
    if gold.votes:
        files["votes/test.jsonl"] = encode_lines(gold.votes)
    for name, content in files.items():
        (root / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        write(root / "data" / name, content)
