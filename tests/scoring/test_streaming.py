"""Scores of shards are those of the whole, to the last bit, however the shards are cut and by whom."""

from __future__ import annotations

import gzip
import json
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from builders import article, corpus, quote, write_gold
from command import assert_refused, onrecord_command
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import corpora

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_document, encode_documents, encode_json, write
from onrecord.corpus.gold import open_gold
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.votes import Answer, Vote
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput
from onrecord.scoring import streaming
from onrecord.scoring.scores import Scores, headlines, score_shards
from onrecord.systems.engines import Processes, Serial

Case = tuple[Corpus, tuple[Document, ...]]


def shards_of(size: int) -> pytest.MonkeyPatch:
    """Shards that are full with so many bytes, until it is undone."""
    patch = pytest.MonkeyPatch()
    patch.setattr(streaming, "SHARD", size)
    return patch


@contextmanager
def saved(
    gold: Corpus, predictions: Sequence[Document], layers: Sequence[str] | None
) -> Iterator[Path]:
    """A folder with the gold and the predictions."""
    with tempfile.TemporaryDirectory() as folder:
        write_gold(Path(folder), gold)
        content = encode_documents(predictions, text=False, layers=layers)
        write(Path(folder) / "system.jsonl", content)
        yield Path(folder)


def voted(gold: Corpus, data: st.DataObject) -> Corpus:
    """The gold with some of its stances and speakers left open."""
    cells = [(d.id, s.holder, s.target) for d in gold for s in d.stances]
    quotes = [(d.id, q.id) for d in gold for q in d.quotes]
    votes = [
        Vote(
            id=f"{number}",
            doc_id=item[0],
            ask="stance" if len(item) == 3 else "speaker",
            holder=item[1] if len(item) == 3 else None,
            target=item[2] if len(item) == 3 else None,
            quotes=() if len(item) == 3 else (item[1],),
            answers=(Answer("favor", 1), Answer("none", 1)),
            contested=data.draw(st.booleans()),
        )
        for number, item in enumerate([*cells, *quotes])
    ]
    return msgspec.structs.replace(gold, votes=tuple(votes))


def as_bytes(scores: Scores | None) -> bytes:
    assert scores is not None
    return encode_json(scores.to_dict())


@settings(max_examples=60)
@given(corpora(), st.data(), st.sampled_from([1, 600, 10**9]))
def test_scores_of_shards_are_those_of_the_whole(
    case: Case, data: st.DataObject, size: int
) -> None:
    gold, predictions = voted(case[0], data), case[1]
    zones, contested = data.draw(st.booleans()), data.draw(st.booleans())
    layers = data.draw(st.none() | st.just(["entities", "quotes"]))
    whole = onrecord.score(gold, Predictions(predictions, layers), zones=zones, contested=contested)
    patch = shards_of(size)
    with saved(gold, predictions, layers) as folder:
        stream = open_gold(folder)
        assert stream is not None
        options = {"zones": zones, "contested": contested}
        file = folder / "system.jsonl"
        assert as_bytes(score_shards(stream, file, Serial(), **options)) == as_bytes(whole)
        found = headlines(stream, file, Serial(), **options)
        wanted = data.draw(st.sets(st.sampled_from(LAYERS), min_size=1))
        some = tuple(layer for layer in LAYERS if layer in wanted)
        listed = data.draw(st.sampled_from([0, 100]))
        fewer = headlines(stream, file, Serial(), listed=listed, layers=some, **options)
    patch.undo()
    assert found is not None
    assert fewer is not None
    assert fewer.layers == tuple(layer for layer in whole.layers if layer in wanted)
    if isinstance(fewer, Scores):
        assert fewer.predictions == whole.predictions
    assert (found.signature, found.layers, found.declared) == (
        whole.signature,
        whole.layers,
        whole.declared,
    )
    for layer in LAYERS:
        for part in ("f1", "precision", "recall", "interval"):
            assert getattr(found[layer], part) == getattr(whole[layer], part), (layer, part)
            if layer in wanted:
                assert getattr(fewer[layer], part) == getattr(whole[layer], part), (layer, part)


TEXT = "⟦Vold|PERSON|kari-vold⟧ said that cod waits. She said “we go.”"


def two(speaker: str) -> Case:
    """Two articles; the system's ids of whoever speaks in the second are mentioned in the first."""
    first, second = article(TEXT, "first"), article("He said “boats wait.”", "second")
    first = first.with_layers(quotes=[quote(first, "q1", "“we go.”", speaker="kari-vold")])
    second = second.with_layers(quotes=[quote(second, "q1", "“boats wait.”", speaker="kari-vold")])
    predicted = [
        first.with_layers(
            mentions=[msgspec.structs.replace(m, entity="person-7") for m in first.mentions],
            quotes=[quote(first, "q1", "“we go.”", speaker="person-7")],
        ),
        second.with_layers(quotes=[quote(second, "q1", "“boats wait.”", speaker=speaker)]),
    ]
    return corpus(first, second), tuple(predicted)


def as_the_whole(gold: Corpus, predicted: Sequence[Document], *, shard: int) -> Scores:
    """The scores of shards of so many bytes, after it was made sure that they are those of the whole."""
    patch = shards_of(shard)
    with saved(gold, predicted, None) as folder:
        stream = open_gold(folder)
        assert stream is not None
        scores = score_shards(stream, folder / "system.jsonl", Serial())
    patch.undo()
    assert as_bytes(scores) == as_bytes(onrecord.score(gold, predicted))
    assert scores is not None
    return scores


@pytest.mark.parametrize(("speaker", "right"), [("person-7", 2), ("Vold", 2), ("person-8", 1)])
def test_an_id_that_only_another_document_mentions_means_whom_it_means_there(
    speaker: str, right: int
) -> None:
    gold, predicted = two(speaker)
    scores = as_the_whole(gold, predicted, shard=1)
    assert scores.quotes.table.right() in ([1, 1], [1, 0])
    assert sum(scores.quotes.table.right()) == right


@pytest.mark.parametrize("speaker", ["Kari Vold", "p1", "Per Holm", "kari-vold"])
@pytest.mark.parametrize("size", [1, 10**9])
def test_a_gold_whose_names_are_no_ids_of_the_registry_is_counted_as_the_whole(
    speaker: str, size: int
) -> None:
    """The second article's speaker is a name, or an id that only the first article mentions."""
    _, predicted = two("person-7")
    first, second = article(TEXT.replace("kari-vold", "p1"), "first"), predicted[1]
    first = first.with_layers(quotes=[quote(first, "q1", "“we go.”", speaker="kari-vold")])
    second = second.with_layers(quotes=[quote(second, "q1", "“boats wait.”", speaker=speaker)])
    gold = corpus(first, second)
    scores = as_the_whole(gold, predicted, shard=size)
    assert sum(scores.quotes.table.right()) == (1 if speaker == "Per Holm" else 2)


@pytest.fixture
def folder(tmp_path: Path, gold: Corpus) -> Path:
    """The five articles with their own layers as predictions, cut differently."""
    write_gold(tmp_path, gold)
    documents = [document.with_layers(mentions=document.mentions[1:]) for document in gold]
    write(tmp_path / "one.jsonl", encode_documents(documents, text=False, layers=LAYERS))
    lines = [encode_document(document, text=False, layers=LAYERS) for document in documents]
    write(tmp_path / "parts" / "part-00000.jsonl", b"".join(lines[:2]))
    write(tmp_path / "parts" / "part-00001.jsonl", b"")
    write(tmp_path / "parts" / "part-00002.jsonl.gz", b"\n".join(lines[2:]))
    write(tmp_path / "other-order.jsonl", b"".join(reversed(lines)))
    pretty = [json.dumps(json.loads(line), ensure_ascii=True).encode() + b"\n" for line in lines]
    write(tmp_path / "other-form.jsonl", b"\xef\xbb\xbf" + b"\n".join(pretty))
    write(tmp_path / "short.jsonl", b"".join(lines[:-1]))
    write(tmp_path / "twice.jsonl", b"".join([*lines, lines[0]]))
    broken = lines[3].replace(b'"label":"', b'"label":"X', 1)
    write(tmp_path / "broken.jsonl", b"".join([*lines[:3], broken, *lines[4:]]))
    write(tmp_path / "no-json.jsonl", b"".join([*lines[:2], b"{\n", *lines[2:]]))
    undeclared = lines[4].replace(b'"entities",', b"", 1)
    write(tmp_path / "other-layers.jsonl", b"".join([*lines[:4], undeclared]))
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    done = onrecord_command(*arguments, "--gold", folder, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def without_names(output: str, *names: str) -> str:
    for name in names:
        output = output.replace(name, "FILE")
    return output


def test_parts_another_form_another_order_and_two_processes_give_the_same_scores(
    folder: Path, gold: Corpus
) -> None:
    """The last but one is read as a whole, since the gold has another order."""
    one = run(folder, "score", "one.jsonl", "--json")
    expected = without_names(one, "one.jsonl")
    for file in ("parts", "other-form.jsonl", "other-order.jsonl"):
        assert without_names(run(folder, "score", file, "--json"), file) == expected
    assert run(folder, "score", "one.jsonl", "--json", "--jobs", "2") == one
    assert run(folder, "score", "one.jsonl", "--jobs", "2") == run(folder, "score", "one.jsonl")
    documents = onrecord.read(folder / "parts", gold)
    assert documents == onrecord.read(folder / "one.jsonl", gold)


def test_systems_are_compared_over_parts_and_by_processes_as_over_files(folder: Path) -> None:
    write(folder / "gold.jsonl", encode_documents(onrecord.load(folder), text=False, layers=LAYERS))
    one = run(folder, "compare", "one.jsonl", "gold.jsonl", "--json")
    for arguments in (("parts", "gold.jsonl"), ("one.jsonl", "gold.jsonl", "--jobs", "2")):
        other = run(folder, "compare", *arguments, "--json")
        assert other.replace('"parts"', '"one"') == one


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("short.jsonl", "short.jsonl: un-gender-edict: is missing"),
        ("twice.jsonl", "twice.jsonl:6: {first}: the document of line 1 again"),
        ("broken.jsonl", "broken.jsonl:4: {fourth}: mentions[0].label: unknown type"),
        ("no-json.jsonl", "no-json.jsonl:3: not JSON"),
        ("other-layers.jsonl", "other-layers.jsonl:5: {last}: layers: linking"),
        ("none.jsonl", "none.jsonl: no such file"),
        ("data", "data: is a folder without parts (part-00000.jsonl and so on)"),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_wrong_is_told_as_it_is_of_the_whole(
    folder: Path, gold: Corpus, file: str, message: str, jobs: str
) -> None:
    ids = [document.id for document in gold]
    message = message.format(first=ids[0], fourth=ids[3], last=ids[4])
    message = message.replace("un-gender-edict", ids[4])
    done = onrecord_command("score", file, "--gold", folder, "--jobs", jobs, cwd=folder)
    assert_refused(done, message)
    if (folder / file).is_file():
        with pytest.raises(InvalidInput) as caught:
            onrecord.score(gold, folder / file)
        assert str(caught.value).endswith(done.stderr.removeprefix("error: ").strip())


def test_a_gold_that_was_changed_is_refused_though_predictions_are_wrong_too(folder: Path) -> None:
    file = folder / "data" / "documents" / "test.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"label":"GPE"', b'"label":"LOC"', 1))
    for predictions in ("one.jsonl", "broken.jsonl"):
        done = onrecord_command("score", predictions, "--gold", folder, cwd=folder)
        assert_refused(done, "was changed since it was built")


def test_two_parts_of_one_number_are_refused(folder: Path) -> None:
    (folder / "parts" / "part-0.jsonl").write_bytes(b"")
    done = onrecord_command("score", "parts", "--gold", folder, cwd=folder)
    assert_refused(done, "part-00000.jsonl: is the same part as part-0.jsonl")


def test_a_packed_part_that_is_not_whole_is_refused(folder: Path) -> None:
    part = folder / "parts" / "part-00002.jsonl.gz"
    part.write_bytes(part.read_bytes()[:-30])
    done = onrecord_command("score", "parts", "--gold", folder, cwd=folder)
    assert_refused(done, "part-00002.jsonl.gz: cannot be unpacked")
    assert gzip.compress(b"")[:2] == b"\x1f\x8b"


def test_processes_give_what_one_gives(folder: Path) -> None:
    patch = shards_of(1)
    stream = open_gold(folder)
    assert stream is not None
    file = folder / "one.jsonl"
    one, several = (score_shards(stream, file, engine) for engine in (Serial(), Processes(2)))
    patch.undo()
    assert as_bytes(one) == as_bytes(several)


def test_texts_are_not_kept(tmp_path: Path) -> None:
    """Ten times the documents take hardly more memory while they are read, one beside the other."""
    peaks = []
    patch = shards_of(2**18)
    for number in (30, 300):
        documents = [article(TEXT + f" {n} and more." * 3000, f"d{n:03}") for n in range(number)]
        gold = corpus(*documents)
        root = tmp_path / str(number)
        write_gold(root, gold)
        write(root / "system.jsonl", encode_documents(documents, text=False))
        del gold, documents
        stream = open_gold(root)
        assert stream is not None
        tracemalloc.start()
        assert headlines(stream, root / "system.jsonl", Serial()) is not None
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    patch.undo()
    assert peaks[1] < 1.5 * peaks[0]
