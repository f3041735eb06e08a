"""The dataset: ``data/`` made from the gold's export, registry, targets, votes and seeds, and nothing else.

A corpus that has probes (sources in ``annotation/probes``) has configs for them too.

``data/croissant.json``, which describes the rest, says besides what the card, CITATION.cff and
``annotation/responsible_ai.yaml`` say; a corpus that has neither of these two has none. Each config is one file, ``data/<config>/test.jsonl``. ``.huggingface.yaml`` declares the features
and, in each config's ``description``, the sha256 of its file: that hash is part of the key under
which ``datasets`` caches a config, so that a changed gold is never served from an old cache.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.canary import marked
from onrecord.corpus.corpus import Corpus, Status, load_articles
from onrecord.corpus.exports.exports import read_pre_annotations
from onrecord.corpus.files import encode_json, encode_lines, write_changed
from onrecord.corpus.gold import RENAMED, Build
from onrecord.corpus.layers import is_export, read_layers
from onrecord.corpus.renaming import NAMES, read_renames, rename
from onrecord.corpus.tokens import passages, tag, tokenize
from onrecord.corpus.votes import NONE, Vote, read_votes
from onrecord.dataset.croissant import SOURCES, describe
from onrecord.document import POLARITIES, Document, Quote, Span, derive_forms
from onrecord.exceptions import InvalidInput
from onrecord.probes.files import PROBE_CONFIGS, encode_probes, render_all, source_files

CONFIGS = (
    "documents",
    "entities",
    "quotes",
    "utterances",
    "stances",
    "registry",
    "targets",
    "votes",
)
"""The configs of the annotated articles; the first is the default, and a gold without votes has not the
last. Renamed articles and probes have more of their own."""
RENAMED_CONFIGS: dict[str, str] = msgspec.structs.asdict(RENAMED)
"""The configs of the renamed articles, by those of the articles that they are like."""

DECLARED = ".huggingface.yaml"
"""Where configs and features are declared, beside the card's short front matter; ``datasets`` and the
Hub read both."""


def read_gold(root: Path) -> tuple[Corpus, str]:
    """The gold as the export gives it, and the export's name.

    ``annotation/exports/gold.json`` is the adjudicated gold; until there is one, ``draft.json``.

    Raises:
        InvalidInput: seeds, registry, targets or export are missing or break the rules.
    """
    articles = load_articles(root)
    exports = root / "annotation" / "exports"
    adjudicated = (exports / "gold.json").exists()
    name = "gold.json" if adjudicated or not (exports / "draft.json").exists() else "draft.json"
    status: Status = "gold" if adjudicated else "draft"
    documents = read_layers(exports / name, articles, partial=True)
    have = {document.id for document in documents}
    missing = [document.id for document in articles if document.id not in have]
    if missing:
        reason = f"has no annotation of {', '.join(missing)}, which seeds/manifest.jsonl lists"
        raise InvalidInput(reason, file=exports / name)
    for document in documents:
        for entity in _entities(document):
            if entity not in articles.registry:
                raise InvalidInput(
                    f"{entity!r} is not in the registry yet (see `onrecord annotate merge`)",
                    file=exports / name,
                    document=document.id,
                )
    voted = root / "annotation" / "votes.jsonl"
    votes = (
        read_votes(voted, documents, articles.registry, articles.target_ids)
        if voted.exists()
        else ()
    )
    return Corpus(documents, articles.registry, articles.targets, status, votes), name


def _entities(document: Document) -> Iterator[str]:
    yield from (m.entity for m in document.mentions if m.entity is not None)
    yield from (q.speaker for q in document.quotes if q.speaker is not None)
    yield from (s.holder for s in document.stances)


def make(root: Path) -> dict[Path, bytes]:
    """Every file of the dataset and the card, as they follow from the export and the seeds.

    Raises:
        InvalidInput: what they are made from is missing or breaks the rules.
    """
    corpus, export = read_gold(root)
    contents = encode(corpus)
    renamed = None
    if (root / NAMES).exists():
        renamed = rename(corpus, read_renames(root / NAMES))
        contents |= encode_renamed(renamed)
    if source_files(root):
        contents |= encode_probes(render_all(root))
    files = {root / "data" / name / "test.jsonl": content for name, content in contents.items()}
    made = Build(
        export=export,
        gold=corpus.hash,
        renamed=None if renamed is None else renamed.hash,
        status=corpus.status,
        pre_annotations=_pre_annotations(root / "annotation" / "exports"),
    )
    files[root / "data" / "build.json"] = encode_json(marked(msgspec.to_builtins(made)))
    if any((root / name).exists() for name in SOURCES):
        files[root / "data" / "croissant.json"] = describe(root, contents)
    files[root / DECLARED] = _declared(root / DECLARED, contents)
    return files


def _pre_annotations(exports: Path) -> dict[str, dict[str, tuple[str, ...]]]:
    """The passes whose annotators were shown a system's output, the gold's among them."""
    passes = {
        path.name: read_pre_annotations(path)
        for path in sorted(exports.glob("*.json"))
        if is_export(path)
    }
    return {name: shown for name, shown in passes.items() if shown}


def encode(corpus: Corpus) -> dict[str, bytes]:
    """What ``<config>/test.jsonl`` holds, for each config.

    Raises:
        InvalidInput: an utterance has more than one principal, or a mention ends inside a token.
    """
    rows = _rows(corpus)
    return {
        name: encode_lines(marked(msgspec.to_builtins(row)) for row in rows[name])
        for name in CONFIGS
        if name != "votes" or corpus.votes
    }


def encode_renamed(renamed: Corpus) -> dict[str, bytes]:
    """What ``<config>/test.jsonl`` holds, for each config of the renamed articles.

    Raises:
        InvalidInput: as in :func:`encode`.
    """
    like = encode(renamed)
    return {name: like[of] for of, name in RENAMED_CONFIGS.items() if of in like}


def _rows(corpus: Corpus) -> dict[str, Iterable[Any]]:
    """The rows of every config."""
    return {
        "documents": (document.canonical() for document in corpus),
        "entities": _entity_rows(corpus),
        "quotes": _quote_rows(corpus),
        "utterances": _utterance_rows(corpus),
        "stances": _stance_rows(corpus),
        "registry": corpus.registry,
        "targets": corpus.targets,
        "votes": corpus.votes,
    }


def build(root: Path) -> list[Path]:
    """Write what :func:`make` gives; the files that changed."""
    return write_changed(make(root))


def check(root: Path) -> None:
    """Make sure that ``data/`` and the card are what the export and the seeds give.

    Raises:
        InvalidInput: a file is missing, differs, or should not be there.
    """
    files = make(root)
    for path, content in files.items():
        name = path.relative_to(root)
        if not path.exists():
            raise InvalidInput("is missing; run `onrecord dataset build`", file=name)
        if path.read_bytes() != content:
            raise InvalidInput(
                "is not what the export gives; run `onrecord dataset build`", file=name
            )
    data = root / "data"
    for path in sorted([*data.rglob("*.jsonl"), *data.glob("croissant.json")]):
        if path not in files:
            raise InvalidInput("is not part of the dataset", file=path.relative_to(root))


def _declared(path: Path, contents: dict[str, bytes]) -> bytes:
    """What is declared, with the hash of each config's file in its description.

    A config that this gold has no rows for may be declared or not.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path) from None
    for name in (*CONFIGS, *RENAMED_CONFIGS.values(), *PROBE_CONFIGS):
        digest = hashlib.sha256(contents.get(name, b"")).hexdigest()
        text, found = re.subn(
            rf"(- config_name: {name}\n(?:  (?!- ).*\n)*?  description: sha256:)[0-9a-f]*",
            rf"\g<1>{digest}",
            text,
            count=1,
        )
        if not found and name in contents:
            raise InvalidInput(f"has no config {name!r} with a description", file=path)
    return text.encode("utf-8")


def _entity_rows(corpus: Corpus) -> Iterator[dict[str, Any]]:
    for document in corpus:
        tagged = 0
        for number, passage in enumerate(passages(document)):
            mentions = [m for m in document.mentions if passage.start <= m.start < passage.end]
            tokens = list(tokenize(document.text, passage))
            tagged += len(mentions)
            yield {
                "doc_id": document.id,
                "passage": number,
                "zone": _zone(passage.start, document),
                "tokens": [token.of(document.text) for token in tokens],
                "starts": [token.start for token in tokens],
                "ends": [token.end for token in tokens],
                "tags": tag(tokens, mentions, document),
            }
        assert tagged == len(document.mentions)


def _quote_rows(corpus: Corpus) -> Iterator[dict[str, Any]]:
    for document in corpus:
        forms = derive_forms(document.quotes, document.text)
        for quote, form in zip(document.quotes, forms, strict=True):
            yield {
                "doc_id": document.id,
                "outlet": document.meta.outlet,
                "quote_id": quote.id,
                "content": _spans(quote.content, document.text),
                "cue": _span(quote.cue, document.text),
                "source": _span(quote.source, document.text),
                "speaker": quote.speaker,
                "speaker_name": _name(quote.speaker, corpus),
                "utterance": quote.utterance,
                "parent": quote.parent,
                "form": form,
                "zone": _zone(quote.content[0].start, document),
            }


def principal_problems(corpus: Corpus) -> Iterator[InvalidInput]:
    """Every utterance that has more than one principal."""
    for utterance, members in _reports(corpus):
        try:
            _principal(utterance, members, corpus)
        except InvalidInput as error:
            yield error


def _reports(corpus: Corpus) -> list[tuple[str, list[tuple[Document, Quote]]]]:
    """The utterances by id, each with the quotes that report it."""
    reports: dict[str, list[tuple[Document, Quote]]] = defaultdict(list)
    for document in corpus:
        for quote in document.quotes:
            if quote.utterance is not None:
                reports[quote.utterance].append((document, quote))
    return sorted(reports.items())


def _utterance_rows(corpus: Corpus) -> Iterator[dict[str, Any]]:
    forms = {
        (document.id, quote.id): form
        for document in corpus
        for quote, form in zip(
            document.quotes, derive_forms(document.quotes, document.text), strict=True
        )
    }
    for utterance, members in _reports(corpus):
        yield {
            "utterance": utterance,
            "principal": _principal(utterance, members, corpus),
            "documents": len({document.id for document, _ in members}),
            "reports": [
                {
                    "doc_id": document.id,
                    "outlet": document.meta.outlet,
                    "quote_id": quote.id,
                    "speaker": quote.speaker,
                    "form": forms[document.id, quote.id],
                    "text": " … ".join(span.of(document.text) for span in quote.content),
                }
                for document, quote in members
            ],
        }


def _principal(
    utterance: str, members: Sequence[tuple[Document, Quote]], corpus: Corpus
) -> str | None:
    """For whom an utterance was made; the guidelines allow one principal only."""
    principals = {
        None if quote.speaker is None else corpus.registry.principal(quote.speaker)
        for _, quote in members
    }
    if len(principals) > 1:
        document, quote = members[0]
        names = ", ".join(sorted(str(principal) for principal in principals))
        raise InvalidInput(
            f"the utterance {utterance!r} has more than one principal: {names}",
            document=document.id,
            field=f"quote {quote.id}",
        )
    return principals.pop()


def _stance_rows(corpus: Corpus) -> Iterator[dict[str, Any]]:
    votes = {(v.doc_id, v.holder, v.target): v for v in corpus.votes if v.ask == "stance"}
    for document in corpus:
        for stance in document.stances:
            yield {
                "doc_id": document.id,
                "outlet": document.meta.outlet,
                "holder": stance.holder,
                "holder_name": _name(stance.holder, corpus),
                "principal": corpus.registry.principal(stance.holder),
                "target": stance.target,
                "polarity": stance.polarity,
                "evidence": _spans(stance.evidence, document.text),
                **_voted(votes.get((document.id, stance.holder, stance.target))),
            }


def _voted(vote: Vote | None) -> dict[str, Any]:
    """How many readers gave each answer, null where none was asked, and whether that leaves it open."""
    if vote is None:
        return {"votes": None, "contested": False}
    given = {answer.answer: answer.votes for answer in vote.answers}
    votes = {answer: given.get(answer, 0) for answer in (*POLARITIES, NONE)}
    return {"votes": votes, "contested": vote.contested}


def _span(span: Span | None, text: str) -> dict[str, Any] | None:
    return None if span is None else {"start": span.start, "end": span.end, "text": span.of(text)}


def _spans(spans: Sequence[Span], text: str) -> list[dict[str, Any] | None]:
    return [_span(span, text) for span in spans]


def _name(entity: str | None, corpus: Corpus) -> str | None:
    if entity is None:
        return None
    return corpus.registry[entity].name if entity in corpus.registry else entity


def _zone(position: int, document: Document) -> str | None:
    return next((z.label for z in document.zones if z.start <= position < z.end), None)
