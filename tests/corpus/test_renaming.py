"""The articles renamed: nothing of the old names is left, and the gold is where it was."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from builders import article, quote, stance
from command import assert_refused, onrecord_command
from hypothesis import given
from hypothesis import strategies as st

import onrecord
from onrecord import Corpus, Document, Entity, Registry, Target
from onrecord.corpus.renaming import NAMES, Renames, kept_names, read_renames, rename
from onrecord.dataset.build import read_gold
from onrecord.document import NAME_TYPES
from onrecord.exceptions import InvalidInput

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def gold() -> Corpus:
    return onrecord.load(ROOT)


@pytest.fixture(scope="module")
def renamed() -> Corpus:
    return onrecord.load(ROOT, renamed=True)


def test_what_is_loaded_is_what_the_names_make_of_the_export(renamed: Corpus) -> None:
    exported, _ = read_gold(ROOT)
    made = rename(exported, read_renames(ROOT / NAMES))
    assert (made.documents, made.targets, made.votes) == (
        renamed.documents,
        renamed.targets,
        renamed.votes,
    )
    assert made.hash == renamed.hash


def seen(corpus: Corpus) -> str:
    """All that a reader sees of a corpus, but the ids and files of its articles."""
    parts = [f"{d.text}\n{d.meta.title}\n{d.meta.outlet}" for d in corpus]
    parts += [" ".join((e.id, e.name, *e.aliases, *e.offices)) for e in corpus.registry]
    parts += [f"{target.id} {target.proposition}" for target in corpus.targets]
    items = (
        (m.entity for d in corpus for m in d.mentions),
        (q.utterance for d in corpus for q in d.quotes),
        (s.holder for d in corpus for s in d.stances),
        (vote.holder for vote in corpus.votes),
        (answer.answer for vote in corpus.votes for answer in vote.answers),
    )
    parts += sorted({str(item) for group in items for item in group})
    return "\n".join(parts)


def test_no_name_of_the_articles_is_left_in_any_case(gold: Corpus, renamed: Corpus) -> None:
    names = {name for entity in gold.registry for name in (entity.id, entity.name, *entity.aliases)}
    for document in gold:
        names |= {m.of(document.text) for m in document.mentions if m.label in NAME_TYPES}
    words = seen(renamed)
    common = {"Price", "price", "West", "west", "Patriot", "US", "us"}  # words in small letters too
    for name in sorted(names):
        flags = 0 if name in common else re.IGNORECASE
        found = re.search(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", words, flags)
        assert found is None, name
    for part in ("turk", "ankara", "blinken", "cavusoglu", "çavuşoğlu", "russia", "biden", "erdo"):
        assert part not in words.casefold()


def test_nothing_but_names_is_changed(gold: Corpus, renamed: Corpus) -> None:
    renames = read_renames(ROOT / NAMES)
    back = {new: old for old, new in renames.names.items()}
    assert len(back) == len(renames.names)
    restored = Renames(back)
    for old, new in zip(gold, renamed, strict=True):
        assert restored.of(new.text).text == old.text
        assert (new.id, new.meta.file) == (old.id, old.meta.file)


def test_every_span_has_its_words_renamed(gold: Corpus, renamed: Corpus) -> None:
    renames = read_renames(ROOT / NAMES)
    for old, new in zip(gold, renamed, strict=True):
        before = [*old.zones, *old.mentions]
        after = [*new.zones, *new.mentions]
        for one, other in ((old, before), (new, after)):
            other += [span for q in one.quotes for span in (*q.content, q.cue, q.source) if span]
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            words, others = (
                text[span.start : span.end] for text, span in ((old.text, one), (new.text, other))
            )
            assert others == words or renames.of(words).text in others or len(words) > 200
            assert words[:1].isspace() == others[:1].isspace()
        assert [m.label for m in new.mentions] == [m.label for m in old.mentions]
        assert [s.polarity for s in sorted(new.stances, key=str)].sort() == (
            [s.polarity for s in old.stances].sort()
        )


def test_what_finds_the_same_scores_the_same(gold: Corpus, renamed: Corpus) -> None:
    """For a reader to whom names are nothing the renamed articles are as easy as the articles."""

    def half(corpus: Corpus) -> list[Document]:
        return [
            document.with_layers(
                mentions=document.mentions[::2],
                quotes=[q for q in document.quotes if q.parent is None and int(q.id[1:]) % 3],
                stances=[stance for n, stance in enumerate(document.stances) if n % 2],
            )
            for document in corpus
        ]

    kept = half(gold)
    exported = Corpus(tuple(kept), gold.registry, gold.targets, votes=gold.votes)
    moved = rename(exported, read_renames(ROOT / NAMES)).documents
    for layer in onrecord.LAYERS:
        one, other = onrecord.score(gold, kept)[layer], onrecord.score(renamed, moved)[layer]
        assert one.f1 not in (None, 0.0, 1.0), layer
        assert other.f1 == pytest.approx(one.f1, abs=1e-12), layer


@given(
    st.text("ab <>", max_size=40),
    st.dictionaries(
        st.text("abx", min_size=4, max_size=6), st.text("<>", min_size=1, max_size=8), min_size=1
    ),
)
def test_places_outside_names_have_the_same_words_around_them(
    text: str, names: dict[str, str]
) -> None:
    new = Renames(names).of(text)
    inside = {place for start, end, _ in new.edits for place in range(start + 1, end)}
    outside = [place for place in range(len(text) + 1) if place not in inside]
    moved = [new.at(place) for place in outside]
    assert moved == sorted(moved)
    assert (moved[0], moved[-1]) == (0, len(new.text))
    for place in inside:
        with pytest.raises(InvalidInput, match="inside a name"):
            new.at(place)


REGISTRY = Registry(
    [
        Entity(
            id="vold", name="Kari Vold", label="PERSON", aliases=("Kari Vold", "Vold"), actor=True
        ),
        Entity(
            id="norway", name="Norway", label="GPE", aliases=("Norway", "Norwegian"), actor=True
        ),
    ]
)
TARGETS = (Target(id="norway-quota", proposition="Norway should cut the quota."),)


def corpus(text: str = "⟦Vold|PERSON|vold⟧ said ⟦Norway|GPE|norway⟧ was out.") -> Corpus:
    one = article(text, "one")
    one = one.with_layers(
        quotes=[quote(one, "q1", "was out", cue="said", speaker="vold", utterance="vold-out")],
        stances=[stance(one, "norway", "norway-quota", "against", "was out")],
    )
    return Corpus((one,), REGISTRY, TARGETS)


NORDIC = {"Kari": "Lise", "Vold": "Tann", "Norwegian": "Sorlandic", "Norway": "Sorland"}


def test_text_gold_registry_and_targets_change_together() -> None:
    new = rename(corpus(), Renames(NORDIC))
    [document] = new.documents
    assert document.text == "Tann said Sorland was out."
    assert [(m.of(document.text), m.entity) for m in document.mentions] == [
        ("Tann", "lise-tann"),
        ("Sorland", "sorland"),
    ]
    [found] = document.quotes
    assert (found.content[0].of(document.text), found.speaker, found.utterance) == (
        "was out",
        "lise-tann",
        "utterance-01",
    )
    [held] = document.stances
    assert (held.holder, held.target) == ("sorland", "target-01")
    assert new.registry["sorland"].aliases == ("Sorland", "Sorlandic")
    assert new.targets[0].proposition == "Sorland should cut the quota."


@pytest.mark.parametrize(
    ("text", "names", "reason"),
    [
        (None, {**NORDIC, "Lise": "Vold"}, "two entities|left"),
        (None, {**NORDIC, "Kari Vold": "Sorland"}, "two entities have the new name 'sorland'"),
        ("⟦Vold|PERSON|vold⟧ said ⟦NORWAY|GPE|norway⟧ was out.", NORDIC, "'NORWAY' is left in one"),
        (
            None,
            {**NORDIC, "d Norw": "x"},
            "one: a span begins or ends inside a name, at 10",
        ),
    ],
)
def test_what_cannot_be_renamed_is_told(
    text: str | None, names: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        rename(corpus(text) if text else corpus(), Renames(names))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("names = 3", "Expected `object`"),
        ("[names]\nVold = ''", "names.'Vold': an empty name"),
        ("[names]\nVold = 'Tannen'\nTann = 'x'", "'Tannen' has 'Tann' in it"),
        ("[names\n", "Expected"),
    ],
)
def test_a_faulty_list_of_names_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "renames.toml"
    file.write_text(content)
    with pytest.raises(InvalidInput, match=reason):
        read_renames(file)


def test_a_system_is_run_and_scored_on_the_renamed_articles(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = onrecord_command(
        "predict", ROOT / "baselines/rules.py", "--renamed", "-o", out, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    for verb in ("validate", "score", "errors", "compare"):
        files = [out, out] if verb == "compare" else [out]
        if verb == "compare":
            (tmp_path / "other.jsonl").write_bytes(out.read_bytes())
            files = [out, tmp_path / "other.jsonl"]
        done = onrecord_command(verb, *files, "--renamed", cwd=ROOT)
        assert done.returncode == 0, done.stderr
    assert_refused(onrecord_command("score", out, cwd=ROOT), "sha256")
    done = onrecord_command("score", out, "--renamed", "--probes", cwd=ROOT)
    assert done.returncode == 2
    assert "not allowed with" in done.stderr


def test_a_clone_without_renamed_articles_says_so(tmp_path: Path, gold: Corpus) -> None:
    from builders import write_gold

    write_gold(tmp_path, gold)
    with pytest.raises(InvalidInput, match="holds no renamed articles"):
        onrecord.load(tmp_path, renamed=True)


def test_a_changed_renamed_article_is_found(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "data", tmp_path / "data")
    file = tmp_path / "data" / "renamed" / "test.jsonl"
    first, rest = file.read_text(encoding="utf-8").split("\n", 1)
    plain = msgspec.json.decode(first)
    plain["stances"] = plain["stances"][1:]
    file.write_text(msgspec.json.encode(plain).decode() + "\n" + rest, encoding="utf-8")
    with pytest.raises(InvalidInput, match="was changed since it was built"):
        onrecord.load(tmp_path, renamed=True)


def test_every_name_of_the_articles_has_another_one(gold: Corpus) -> None:
    renames = read_renames(ROOT / NAMES)
    assert kept_names(gold, renames) == ()
    fewer = msgspec.structs.replace(
        renames, names={old: new for old, new in renames.names.items() if old != "Reuters"}
    )
    assert "Reuters" in kept_names(gold, fewer)
