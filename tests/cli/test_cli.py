"""The command line as a user runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from command import assert_refused, onrecord_command

import onrecord
from onrecord.corpus.files import encode_documents

SYSTEM = """
from onrecord import Mention
def predict(document, targets, fail=""):
    if document.id == fail:
        raise ValueError("no idea")
    return document.with_layers(mentions=[Mention(0, 4, "GPE")])
"""


@pytest.fixture
def system(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SYSTEM)
    return path


@pytest.fixture
def perfect(tmp_path: Path, gold: onrecord.Corpus) -> Path:
    path = tmp_path / "perfect.jsonl"
    path.write_bytes(encode_documents(gold.documents, text=False))
    return path


def test_predict_then_validate_then_score(system: Path, tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"
    done = onrecord_command("predict", system, "-o", output)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    printed = onrecord_command("predict", system)
    assert printed.stdout == output.read_text(encoding="utf-8")
    done = onrecord_command("validate", output)
    assert done.stdout == f"{output}: valid: 5 documents, 5 mentions, 0 quotes, 0 stances\n"
    done = onrecord_command("score", output)
    assert done.returncode == 0
    assert "layer" in done.stdout
    assert "gold:" in done.stdout
    assert "|docs:5|" in done.stdout


def test_predict_reports_a_failing_document_and_exits_with_1(system: Path, tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"
    done = onrecord_command("predict", system, "-o", output, "--option", "fail=rt")
    assert done.returncode == 1
    assert done.stderr == f"{system}: rt: ValueError: no idea (mine.py:5) (counts as empty)\n"
    assert len(output.read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "nothing.py"], "nothing.py: no such file"),
        (["validate", "nothing.jsonl"], "nothing.jsonl: no such file"),
        (["score", "nothing.jsonl"], "nothing.jsonl: no such file"),
        (["compare", "nothing.jsonl", "none.jsonl"], "nothing.jsonl: no such file"),
        (["compare", "a.jsonl"], "a comparison takes two or more systems"),
        (["compare", "a.jsonl", "b.jsonl", "a.jsonl"], "a.jsonl: is given twice"),
        (["compare", "a.jsonl", "b.jsonl", "--gold", "nowhere"], "nowhere: no such file"),
        (["show", "herald"], "unknown document 'herald' (known: unnamed, duvar, rt"),
        (["show", "rt", "nothing.jsonl"], "nothing.jsonl: no such file"),
        (["annotate", "draft", "nothing.toml", "-o", "x"], "nothing.toml"),
        (["annotate", "pull", "--annotator", "x", "--url", "http://127.0.0.1:9"], "127.0.0.1:9"),
    ],
)
def test_bad_input_gets_one_line_and_exit_status_2(arguments: list[str], message: str) -> None:
    assert_refused(onrecord_command(*arguments), message)


def test_what_a_system_prints_is_no_prediction(tmp_path: Path) -> None:
    file = tmp_path / "chatty.py"
    file.write_text(
        "print('loading')\ndef predict(document, targets):\n    print('hello')\n    return document\n"
    )
    done = onrecord_command("predict", file)
    assert done.returncode == 0
    assert all(line.startswith('{"id":') for line in done.stdout.splitlines())
    assert done.stderr.startswith("loading\nhello\n")


def test_a_full_disk_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "onrecord", "show", "rt"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "output: No space left on device\n")


def test_an_option_that_is_no_pair_is_refused(system: Path) -> None:
    assert_refused(
        onrecord_command("predict", system, "--option", "fail"),
        "--option: 'fail' is not NAME=VALUE",
    )


def test_validate_goes_on_after_a_bad_file(perfect: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(perfect.read_bytes()[:-30])
    done = onrecord_command("validate", bad, perfect)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{bad}:5: not JSON")
    assert done.stdout.startswith(f"{perfect}: valid: 5 documents")


def test_validate_passes_on_exports_and_data(root: Path) -> None:
    exports = sorted((root / "annotation" / "exports").glob("*.json"))
    assert exports
    done = onrecord_command("validate", *exports, root / "data")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": valid: 5 documents") == len(exports) + 1


SPEAKING = """
from onrecord import Mention, Quote, Span
def predict(document, targets):
    word = WORDS.get(document.id, "Blinken")
    place = document.text.index(word)
    said = [
        Quote(id=f"q{n}", content=(Span(n, n + 5),), speaker=name) for n, name in enumerate(SPEAKERS)
    ]
    return document.with_layers(
        mentions=[Mention(place, place + len(word), "PERSON", "e1")], quotes=said
    )
"""


def speaking(folder: Path, *speakers: str, **words: str) -> Path:
    """A system for which each of the speakers says something in every article.

    Its entity ``e1`` has one mention in each, Blinken but for the ``words`` of some articles.
    """
    file = folder / "speaking.py"
    file.write_text(SPEAKING.replace("SPEAKERS", repr(speakers)).replace("WORDS", repr(words)))
    return file


def test_predict_and_validate_say_who_is_nobody(tmp_path: Path) -> None:
    names = ["us", "he", "the spokesman", "it", "Turkey,", "State Dept.", "he", "e1"]
    file, output = speaking(tmp_path, *names), tmp_path / "preds.jsonl"
    said = (
        "25 of 40 speakers and holders name no actor: 'he' (10), 'it' (5), 'the spokesman' (5), …\n"
    )
    done = onrecord_command("predict", file, "-o", output)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{file}: {said}")
    done = onrecord_command("validate", output)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines(keepends=True)[1:] == [f"{output}: {said}"]


def test_a_nobody_that_is_an_entity_is_told_with_its_mentions(tmp_path: Path) -> None:
    file = speaking(tmp_path, "e1", rt="meeting")
    done = onrecord_command("predict", file, "-o", tmp_path / "preds.jsonl")
    assert done.stderr == (
        f"{file}: 1 of 5 speakers and holders names no actor: 'e1' (1, mentioned as 'meeting')\n"
    )


def test_validate_warns_of_an_id_that_names_different_actors(tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"
    done = onrecord_command("predict", speaking(tmp_path, "e1", duvar="Turkey"), "-o", output)
    assert (done.returncode, done.stderr) == (0, "")
    done = onrecord_command("validate", output)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stderr == (
        f"{output}: warning: 1 entity id names different actors in different documents, such as 'e1' "
        "(Antony Blinken in unnamed, Turkey in duvar); linking takes an id for one entity in all "
        "documents\n"
    )


def test_score_as_json_is_canonical_and_complete(perfect: Path) -> None:
    done = onrecord_command("score", perfect, "--json")
    answer = msgspec.json.decode(done.stdout)
    assert answer["status"] == "gold"
    (result,) = answer["results"]
    assert result["file"] == str(perfect)
    scores = result["scores"]
    assert [scores[layer]["f1"] for layer in onrecord.LAYERS] == [1.0] * 5
    assert done.stdout == onrecord_command("score", perfect, "--json").stdout
    assert set(scores["entities"]["table"]["rows"][0]) == {"document", "tp", "gold", "predicted"}


def test_an_export_is_scored_like_a_system(root: Path) -> None:
    export = root / "annotation" / "exports" / "gold.json"
    done = onrecord_command("score", export)
    assert done.returncode == 0, done.stderr
    assert "entities    1.000" in done.stdout


def test_all_zones_counts_more(perfect: Path) -> None:
    some = msgspec.json.decode(onrecord_command("score", perfect, "--json").stdout)
    all = msgspec.json.decode(onrecord_command("score", perfect, "--json", "--zones", "all").stdout)
    counted = [
        sum(row["gold"] for row in answer["results"][0]["scores"]["entities"]["table"]["rows"])
        for answer in (some, all)
    ]
    assert counted[0] < counted[1]


def test_compare_names_systems_by_their_stem_or_by_their_path_where_stems_clash(
    root: Path, perfect: Path, tmp_path: Path
) -> None:
    rules = root / "eval" / "predictions" / "rules.jsonl"
    export = root / "annotation" / "exports" / "gold.json"
    done = onrecord_command("compare", rules, perfect, export)
    assert (done.returncode, done.stderr) == (0, "")
    first_cells = [line.split()[0] for line in done.stdout.splitlines() if line]
    assert first_cells[:4] == ["entities", "gold", "perfect", "rules"]
    assert (
        "five documents cannot give p below 0.0625: no difference is resolved beyond them"
        in done.stdout
    )
    assert done.stdout.splitlines()[-1].startswith("gold:")
    other = tmp_path / "rules.jsonl"
    shutil.copy(rules, other)
    done = onrecord_command("compare", rules, other, perfect)
    assert (done.returncode, done.stderr) == (0, "")
    names = {line.split()[0] for line in done.stdout.splitlines()[1:4]}
    assert "perfect" in names
    assert len(names) == 3
    assert all(name.endswith("rules.jsonl") for name in names - {"perfect"})
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 100  # all but the signature


def test_compare_as_json_is_canonical_and_complete(root: Path, perfect: Path) -> None:
    rules = root / "eval" / "predictions" / "rules.jsonl"
    done = onrecord_command("compare", rules, perfect, "--json")
    assert done.stdout == onrecord_command("compare", perfect, rules, "--json").stdout
    answer = msgspec.json.decode(done.stdout)
    assert answer["status"] == "gold"
    comparison = answer["comparison"]
    assert list(comparison["predictions"]) == ["perfect", "rules"]
    assert set(comparison["layers"]) == set(onrecord.LAYERS)
    for layer in comparison["layers"].values():
        assert layer["leader"] == "perfect"
        assert [pair["beyond"]["resolved"] for pair in layer["pairs"]] == [False]
    here = {name: layer["pairs"][0]["here"] for name, layer in comparison["layers"].items()}
    assert here["linking"] is here["utterances"] is None
    assert all(here[layer]["resolved"] for layer in ("entities", "quotes", "stances"))
    all_zones = onrecord_command("compare", rules, perfect, "--json", "--zones", "all").stdout
    assert "|zones:all|" in msgspec.json.decode(all_zones)["comparison"]["signature"]


def test_compare_takes_the_gold_of_another_clone(root: Path, perfect: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "data", tmp_path / "clone" / "data")
    rules = root / "eval" / "predictions" / "rules.jsonl"
    there = onrecord_command("compare", rules, perfect, "--gold", tmp_path / "clone", "--markdown")
    here = onrecord_command("compare", rules, perfect, "--markdown")
    assert there.returncode == 0
    assert there.stdout == here.stdout
    assert there.stdout.startswith("| entities")


def test_show_prints_every_layer_readably(gold: onrecord.Corpus) -> None:
    done = onrecord_command("show", "unnamed")
    assert done.returncode == 0
    assert "[Mevlüt Çavuşoğlu|PERSON mevlut-cavusoglu]" in done.stdout.replace("\n", " ")
    assert "QUOTES" in done.stdout
    assert "STANCES" in done.stdout
    for quote in gold["unnamed"].quotes:
        assert f"  {quote.id} | " in done.stdout
    for stance in gold["unnamed"].stances:
        assert f"  {stance.holder} | {stance.polarity} | {stance.target}" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 140


def test_show_takes_the_layers_of_a_file(system: Path, tmp_path: Path) -> None:
    output = tmp_path / "preds.jsonl"
    onrecord_command("predict", system, "-o", output)
    done = onrecord_command("show", "rt", output)
    assert "[Turk|GPE]ey tells US" in done.stdout
    assert "1 mentions, 0 quotes, 0 stances" in done.stdout


def test_dataset_check_says_when_data_is_not_what_the_export_gives(
    root: Path, tmp_path: Path
) -> None:
    for name in ("seeds", "annotation", "data"):
        shutil.copytree(root / name, tmp_path / name)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(root / name, tmp_path)
    done = onrecord_command("dataset", "check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "data/ is what the export and the seeds give\n")
    (tmp_path / "data" / "quotes" / "test.jsonl").write_text("")
    assert_refused(
        onrecord_command("dataset", "check", cwd=tmp_path),
        "data/quotes/test.jsonl: is not what the export gives; run `onrecord dataset build`",
    )
    done = onrecord_command("dataset", "build", cwd=tmp_path)
    assert done.stdout == "wrote data/quotes/test.jsonl\n"
    done = onrecord_command("dataset", "build", cwd=tmp_path)
    assert done.stdout == "data/ is what the export gives; nothing written\n"


def test_drafts_become_predictions(root: Path, tmp_path: Path) -> None:
    seeds = onrecord.load_seeds(root)
    files = []
    for id, seed in seeds.items():
        file = tmp_path / f"{id}.toml"
        file.write_text(f"id = '{id}'\ntext = '''{seed.text}'''\n", encoding="utf-8")
        files.append(file)
    output = tmp_path / "draft.jsonl"
    done = onrecord_command("annotate", "draft", *files, "-o", output)
    assert (done.returncode, done.stderr) == (0, "")
    done = onrecord_command("validate", output)
    assert "5 documents, 0 mentions" in done.stdout
    done = onrecord_command("annotate", "draft", *files[1:], "-o", output)
    assert (done.returncode, done.stderr) == (0, "no draft of unnamed\n")
    assert done.stdout.endswith(": 4 documents\n")


def test_every_command_has_help() -> None:
    for command in (
        [], ["predict"], ["validate"], ["score"], ["compare"], ["agreement"], ["show"], ["annotate"], ["annotate", "up"],
        ["annotate", "down"], ["annotate", "push"], ["annotate", "pull"], ["annotate", "status"],
        ["annotate", "draft"], ["annotate", "conflicts"], ["dataset"], ["dataset", "build"], ["dataset", "check"],
        ["dataset", "describe"], ["dataset", "join"],
    ):  # fmt: skip
        done = onrecord_command(*command, "--help")
        assert done.returncode == 0
        assert "usage: onrecord" in done.stdout.replace("cli.py", "onrecord")
