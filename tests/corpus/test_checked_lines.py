"""`validate` reads predictions a document at a time, and says what it says of all of them at hand."""

from __future__ import annotations

import gc
import gzip
import json
import tempfile
import weakref
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from builders import REGISTRY, TARGETS, article, quote, stance
from hypothesis import given
from hypothesis import strategies as st
from strategies import corpora

from onrecord.cli.common import borders_line, clashes_line, unresolved_line
from onrecord.cli.main import main
from onrecord.corpus import articles, corpus
from onrecord.corpus.borders import border_problems
from onrecord.corpus.checking import check_documents, check_predictions
from onrecord.corpus.corpus import (
    Corpus,
    ManifestRecord,
    load_articles,
    read_predictions,
    read_seed,
)
from onrecord.corpus.files import encode_document, encode_documents, encode_lines, read_lines, write
from onrecord.corpus.lines import require_same_layers
from onrecord.corpus.registry import Registry
from onrecord.corpus.resolution import (
    Unresolved,
    mentioned,
    resolve_names,
    speakers_and_holders,
)
from onrecord.corpus.streams import parts
from onrecord.corpus.validation import validate_layers
from onrecord.document import LAYERS, Document, Mention, Quote, Span
from onrecord.exceptions import InvalidInput, OnRecordError

# -- the reference: everything at hand -------------------------------------------------------------


def whole_predictions(path: Path, gold: Corpus) -> list[Document]:
    """What a file holds, in the order of the corpus; everything is read before anything is said."""
    found: dict[str, Document] = {}
    first = None
    for part in parts(path):
        for line in read_lines(part, gold.by_id):
            first = first or line
            try:
                if line.document.id in found:
                    raise InvalidInput("is in another part too", document=line.document.id)
                require_same_layers(line, first.number, first.layers)
                found[line.document.id] = validate_layers(line.document, targets=gold.target_ids)
            except InvalidInput as error:
                raise error.at(file=part, line=line.number) from None
    for document in gold.documents:
        if document.id not in found:
            reason = "is missing (where a system finds nothing, its layers are empty lists)"
            raise InvalidInput(reason, file=path, document=document.id)
    return [found[document.id] for document in gold.documents]


def whole_unresolved(documents: Sequence[Document], registry: Registry) -> Unresolved:
    """Who names no actor, by the meanings of all documents."""
    names = resolve_names(documents, registry)
    given = [
        (document, name)
        for document in documents
        for name in speakers_and_holders([document])
        if names[document.id][name] is None
    ]
    counts = Counter(name for _, name in given)
    mentions = {}
    for name in counts:
        own = {id(document): document for document, other in given if other == name}
        found = mentioned(own.values(), [name]) or mentioned(documents, [name])
        if found:
            mentions[name] = tuple(words for words, _ in by_frequency(found[name]))
    total = sum(1 for _ in speakers_and_holders(documents))
    return Unresolved(total=total, given=by_frequency(counts), mentions=mentions)


def by_frequency(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def whole_clashes(documents: Sequence[Document], registry: Registry) -> dict[str, dict[str, str]]:
    """The ids that name different actors, in the order of the documents."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for document in documents:
        for id in dict.fromkeys(mention.entity for mention in document.mentions):
            if id is None:
                continue
            says = document.with_layers(
                mentions=[m for m in document.mentions if m.entity == id],
                quotes=[Quote(id="q", content=(Span(0, 1),), speaker=id)],
            )
            actor = resolve_names([says], registry)[document.id][id]
            if actor is not None:
                found[id].setdefault(actor, document.id)
    return {id: actors for id, actors in found.items() if len(actors) > 1}


def reference(files: Sequence[Path], root: Path) -> tuple[int, str, str]:
    """Exit status, output and errors of `validate` for files of predictions."""
    out, err = [], []
    try:
        gold = load_articles(root)
    except InvalidInput as error:
        return 2, "", f"{error}\n"
    for file in files:
        try:
            documents = whole_predictions(file, gold)
        except OnRecordError as error:
            err.append(str(error))
            continue
        counts = [sum(len(getattr(d, layer)) for d in documents) for layer in KINDS]
        out.append(
            f"{file}: valid: {len(documents)} documents, {counts[0]} mentions, "
            f"{counts[1]} quotes, {counts[2]} stances"
        )
        nobody = unresolved_line(whole_unresolved(documents, gold.registry), gold.registry)
        out += [] if nobody is None else [f"{file}: {nobody}"]
        borders = [(d.id, *one) for d in documents for one in border_problems(d)]
        for warning in (
            clashes_line(whole_clashes(documents, gold.registry), gold.registry),
            borders_line(len(borders), borders[0] if borders else None),
        ):
            err += [] if warning is None else [f"{file}: warning: {warning}"]
    status = 2 if len(out) == 0 or any("warning" not in line for line in err) else 0
    return status, *("".join(f"{line}\n" for line in lines) for lines in (out, err))


KEPT = articles._KEPT
KINDS = ("mentions", "quotes", "stances")

# -- what is said ----------------------------------------------------------------------------------


@given(corpora(), st.data())
def test_a_document_at_a_time_says_what_all_at_hand_say(
    case: tuple[Corpus, tuple[Document, ...]], data: st.DataObject
) -> None:
    gold, predicted = case
    order = data.draw(st.permutations(predicted))
    cut = data.draw(st.integers(0, len(order)))
    places = {id: place for place, id in enumerate(gold.by_id)}
    with tempfile.TemporaryDirectory() as folder:
        for number, part in enumerate((order[:cut], order[cut:])):
            path = Path(folder) / f"part-{number}.jsonl"
            write(path, encode_documents(part, text=False))
        path = Path(folder)
        documents = whole_predictions(path, gold)
        assert tuple(read_predictions(path, gold)) == tuple(documents)
        checked = check_predictions(
            path, gold.by_id, places.get, targets=gold.target_ids, registry=REGISTRY
        )
    assert checked == check_documents(documents, REGISTRY)
    assert checked.unresolved == whole_unresolved(documents, REGISTRY)
    clashes = whole_clashes(documents, REGISTRY)
    assert json.dumps(checked.clashes) == json.dumps(clashes)  # the order too
    borders = [(d.id, *one) for d in documents for one in border_problems(d)]
    assert checked.crossings == len(borders)
    assert checked.crossing == (borders[0] if borders else None)


def save_clone(root: Path, documents: Sequence[Document]) -> None:
    """A clone with these articles."""
    records = []
    for document in documents:
        write(root / "seeds" / document.meta.file, document.text.encode())
        record = ManifestRecord(
            id=document.id,
            file=document.meta.file,
            outlet=None,
            title=None,
            date=None,
            language="en",
            event="talks",
            sha256=document.sha256,
            words=len(document.text.split()),
            zones=document.zones,
        )
        records.append(record)
    write(root / "seeds" / "manifest.jsonl", encode_lines(records))
    write(root / "annotation" / "registry.jsonl", encode_lines(REGISTRY))
    write(root / "annotation" / "targets.jsonl", encode_lines(TARGETS))


def said(id: str, name: str, speaker: str) -> Document:
    """An article in which an entity ``e1`` has a name and someone speaks, and half a promo zone."""
    text = f"⟦{name}|PERSON|e1⟧ said “we go” to Oslo. Read the Gazette"
    document = article(text, id, promo="Read")
    return document.with_layers(
        quotes=[quote(document, "q1", "“we go”", speaker=speaker)],
        stances=[stance(document, speaker, "talks", "favor", "“we go”")],
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Four articles, and predictions good and bad beside them."""
    documents = [
        said("a", "Vold", "e1"),
        said("b", "Jónsson", "he"),
        said("c", "Harald", "e1"),
        said("d", "Vold", "e2"),
    ]
    crossing = documents[2].text.index("Oslo. Read")
    documents[2] = documents[2].with_layers(
        mentions=[*documents[2].mentions, Mention(crossing, crossing + 10, "ORG", "e2")]
    )
    save_clone(tmp_path, documents)
    lines = [encode_document(document, text=False, layers=LAYERS) for document in documents]
    alone = msgspec.structs.replace(documents[0], id="z")

    def changed(number: int, old: bytes, new: bytes) -> bytes:
        assert old in lines[number]
        return b"".join([*lines[:number], lines[number].replace(old, new, 1), *lines[number + 1 :]])

    files = {
        "good.jsonl": b"".join(lines),
        "reversed.jsonl": b"".join(reversed(lines)),
        "packed.jsonl.gz": b"".join(lines),
        "with-text.jsonl": encode_documents(documents, text=True),
        "bare.jsonl": encode_documents([d.bare() for d in documents], text=False),
        "parts/part-1.jsonl": b"\n".join(lines[2:]),
        "parts/part-0.jsonl": b"\xef\xbb\xbf" + b"\n".join(lines[:2]),
        "no-json.jsonl": b"".join([lines[0], b"{\n", *lines[1:]]),
        "no-utf8.jsonl": changed(1, b"he", b"h\xff"),
        "unknown.jsonl": b"".join([*lines, encode_document(alone, text=False, layers=LAYERS)]),
        "twice.jsonl": b"".join([*lines, lines[1]]),
        "twice-and-broken.jsonl": b"".join([*lines, changed(0, b"PERSON", b"PER")]),
        "in-two/part-0.jsonl": b"".join(lines),
        "in-two/part-1.jsonl": lines[3],
        "missing.jsonl": b"".join([lines[3], lines[0]]),
        "empty.jsonl": b"",
        "layers.jsonl": changed(2, b'"entities",', b""),
        "no-layer.jsonl": changed(0, b'"entities"', b'"entries"'),
        "label.jsonl": changed(3, b"PERSON", b"PER"),
        "target.jsonl": changed(1, b'"talks"', b'"talk"'),
        "hash.jsonl": changed(2, documents[2].sha256.encode(), documents[1].sha256.encode()),
        "field.jsonl": changed(2, b'"mentions"', b'"mention"'),
        "past-the-end.jsonl": changed(1, b'"end":', b'"end":9'),
    }
    for name, content in files.items():
        write(tmp_path / name, content)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"".join(lines))[:-20])
    (tmp_path / "no-parts").mkdir()
    return tmp_path


def validated(
    capsys: pytest.CaptureFixture[str], root: Path, files: Sequence[Path]
) -> tuple[int, str, str]:
    status = main(["validate", *map(str, files), "--gold", str(root)])
    return status, *capsys.readouterr()


GOOD = ("good.jsonl", "reversed.jsonl", "packed.jsonl.gz", "with-text.jsonl", "bare.jsonl", "parts")


def test_good_and_bad_files_are_told_as_if_all_were_at_hand(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = sorted(
        path.name for path in clone.iterdir() if path.name not in ("seeds", "annotation")
    )
    files = [clone / name for name in (*names, "nothing.jsonl")]
    expected = reference(files, clone)
    assert validated(capsys, clone, files) == expected
    assert sum(": valid: 4 documents" in line for line in expected[1].splitlines()) == len(GOOD)
    for file in files:
        expected = reference([file], clone)
        assert validated(capsys, clone, [file]) == expected
        assert expected[0] == (0 if file.name in GOOD else 2), file


def test_the_reference_says_all_there_is_to_say(clone: Path) -> None:
    status, out, err = reference([clone / "reversed.jsonl"], clone)
    assert status == 0
    assert "6 of 8 speakers and holders name no actor: 'e1' (2, mentioned as 'Harald'), " in out
    assert "'e2' (2, mentioned as 'Oslo. Read'), 'he' (2)" in out
    assert (
        "1 entity id names different actors in different documents, such as 'e1' (Kari Vold in a"
        in err
    )
    assert "1 span does not keep to the zones as annotations must, such as c: mentions[1]" in err


@pytest.mark.parametrize(
    "damage",
    [
        lambda root: (root / "seeds" / "c.txt").write_text("other"),
        lambda root: (root / "seeds" / "b.txt").unlink(),
        lambda root: (root / "seeds" / "manifest.jsonl").write_text(""),
        lambda root: (root / "seeds" / "manifest.jsonl").write_bytes(
            (root / "seeds" / "manifest.jsonl").read_bytes() * 2
        ),
        lambda root: (root / "annotation" / "registry.jsonl").write_text("{}\n"),
        lambda root: (root / "annotation" / "targets.jsonl").unlink(),
    ],
)
def test_what_is_wrong_with_the_clone_is_told_before_any_file(
    clone: Path, damage: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(clone)
    files = [clone / "good.jsonl", clone / "label.jsonl"]
    expected = reference(files, clone)
    assert (expected[0], expected[1], expected[2].count("\n")) == (2, "", 1)
    assert validated(capsys, clone, files) == expected


def test_a_manifest_with_a_byte_order_mark_is_read(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = clone / "seeds" / "manifest.jsonl"
    manifest.write_bytes(b"\xef\xbb\xbf" + manifest.read_bytes())
    expected = reference([clone / "good.jsonl"], clone)
    assert expected[0] == 0
    assert validated(capsys, clone, [clone / "good.jsonl"]) == expected


# -- what is held ----------------------------------------------------------------------------------


class Text(str):
    """A text that can be watched: a document that is held holds its text."""


def test_hardly_more_than_one_document_is_held_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = [said(f"d{number:03}", "Vold", "e2") for number in range(120)]
    save_clone(tmp_path, documents)
    write(tmp_path / "system.jsonl", encode_documents(documents, text=False))
    del documents
    read: list[weakref.ref[Text]] = []
    most = 0

    def watched(root: Path, record: ManifestRecord) -> Document:
        nonlocal most
        text = Text(read_seed(root, record).text)
        read.append(weakref.ref(text))
        most = max(most, sum(one() is not None for one in read))
        return msgspec.structs.replace(read_seed(root, record), text=text)

    for module in (articles, corpus):
        monkeypatch.setattr(module, "read_seed", watched)
    assert main(["validate", str(tmp_path / "system.jsonl"), "--gold", str(tmp_path)]) == 0
    assert "valid: 120 documents" in capsys.readouterr().out
    assert len(read) >= 240  # each is looked at before anything is said, and with its line
    assert most <= KEPT + 4
    at_hand = load_articles(tmp_path)
    gc.collect()
    assert sum(one() is not None for one in read) == len(at_hand) == 120  # so they are seen
