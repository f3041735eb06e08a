"""Adding an article: what is copied, what is proposed, what is refused, and what a kill leaves."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.cli import main as cli
from onrecord.corpus.corpus import find_root, load_seeds
from onrecord.corpus.layout import propose_zones
from onrecord.corpus.seeds import NEAR_DUPLICATE, Source, add_seed, begin_zone, shared_part
from onrecord.document import Zone, ZoneLabel
from onrecord.exceptions import InvalidInput

TEXT = (
    "Harbour talks end without a deal\n\nThe two ministers want to meet again\n\nBy Nora Lind\n\n"
    "VELDBURG – The fisheries ministers of Ruritania and Sylvania met on Monday. “We shall go on "
    "talking,” Ivo Marek told reporters.\r\nHe added that no date had been set.\n\nA longer quarrel\n\n"
    "The two states have argued over the quota since 2019.\n\nFollow us on the web\n"
)
SOURCE = Source(
    event="harbour-talks-2031",
    new_event=True,
    outlet="The Veldburg Courier",
    title="Harbour talks end without a deal",
    date="2031-03-04",
)


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root / "seeds", tmp_path / "clone" / "seeds")
    return tmp_path / "clone"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "courier.txt"
    path.write_bytes(TEXT.encode())
    return path


def manifest(clone: Path) -> bytes:
    return (clone / "seeds" / "manifest.jsonl").read_bytes()


def assert_refused(clone: Path, file: Path, message: str, source: Source = SOURCE) -> None:
    """The article is refused in one line, and nothing is changed."""
    before = {path: path.read_bytes() for path in (clone / "seeds").iterdir()}
    with pytest.raises(InvalidInput, match=message) as caught:
        add_seed(clone, file, source)
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in (clone / "seeds").iterdir()} == before


# What is added


def test_an_article_is_copied_byte_for_byte_and_listed_last(clone: Path, file: Path) -> None:
    before = manifest(clone)
    seed = add_seed(clone, file, SOURCE)
    assert (clone / "seeds" / "courier.txt").read_bytes() == file.read_bytes()
    assert manifest(clone).startswith(before)
    assert manifest(clone).count(b"\n") == before.count(b"\n") + 1
    assert [*load_seeds(clone).values()][-1] == seed
    assert seed.id == "veldburg-courier"
    assert seed.meta.title == SOURCE.title
    assert seed.meta.date == "2031-03-04"
    assert seed.meta.words == len(TEXT.split())


def test_what_the_article_does_not_say_is_null(clone: Path, file: Path) -> None:
    seed = add_seed(clone, file, Source(event="harbour-talks-2031", new_event=True))
    assert seed.id == "courier"
    assert (seed.meta.outlet, seed.meta.title, seed.meta.date) == (None, None, None)


def test_the_first_article_makes_the_folder(file: Path, tmp_path: Path) -> None:
    assert (
        add_seed(tmp_path / "new", file, SOURCE) == load_seeds(tmp_path / "new")["veldburg-courier"]
    )


def test_a_manifest_without_a_last_line_end_gets_one(clone: Path, file: Path) -> None:
    path = clone / "seeds" / "manifest.jsonl"
    path.write_bytes(manifest(clone).rstrip(b"\n"))
    add_seed(clone, file, SOURCE)
    assert len(load_seeds(clone)) == 6


def test_the_command_prints_the_zones(
    clone: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONRECORD_ROOT", str(clone))
    outlet = ["--outlet", "The Veldburg Courier", "--title", SOURCE.title or ""]
    assert cli.main(["seeds", "add", str(file), "--event", "talks", "--new-event", *outlet]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"veldburg-courier: 63 words, added as {clone}/seeds/courier.txt"
    assert lines[2].split()[:3] == ["0", "34", "headline"]
    assert cli.main(["seeds", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[:2] == ["veldburg-courier", "talks"]
    assert cli.main(["seeds", "add", str(file), "--event", "talks"]) == 2
    assert capsys.readouterr().err == "courier.txt: is the article 'veldburg-courier' again\n"
    assert find_root() == clone


# Zones


def test_zones_follow_the_layout() -> None:
    zones = propose_zones(TEXT, title=SOURCE.title, outlet=SOURCE.outlet)
    assert [(zone.label, zone.span.of(TEXT)[:12]) for zone in zones] == [
        ("headline", "Harbour talk"),
        ("subhead", "The two mini"),
        ("byline", "By Nora Lind"),
        ("body", "VELDBURG – T"),
        ("subhead", "A longer qua"),
        ("body", "The two stat"),
        ("promo", "Follow us on"),
    ]


def test_proposed_zones_are_mostly_those_of_the_five_articles(root: Path) -> None:
    same = total = 0
    for seed in load_seeds(root).values():
        proposed = propose_zones(seed.text, title=seed.meta.title, outlet=seed.meta.outlet)
        for zones in zip(labels(proposed), labels(seed.zones), strict=True):
            same += zones[0] == zones[1]
            total += 1
    assert same / total > 0.92


def labels(zones: tuple[Zone, ...]) -> list[str]:
    return [zone.label for zone in zones for _ in range(len(zone.span))]


@given(st.text(st.sampled_from("aB .\n\r“/-\u2028"), min_size=1), st.text("aB "))
def test_proposed_zones_tile_any_text(text: str, outlet: str) -> None:
    zones = propose_zones(text, outlet=outlet)
    if text.split():
        assert "".join(zone.span.of(text) for zone in zones) == text
        assert all(len(zone.span) for zone in zones)


# What is refused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbfOne.\n", r"courier.txt:1: begins with a byte order mark"),
        (b"One.\nTwo \x00 words.\n", r"courier.txt:2: holds a NUL character"),
        (b"One.\nTwo.\nCaf\xe9.\n", r"courier.txt:3: is not UTF-8"),
        ("One.\n".encode("utf-16"), r"courier.txt:1: (is not UTF-8|holds a NUL)"),
        (b" \n\t\n", r"courier.txt: holds no words"),
        (b"", r"courier.txt: holds no words"),
    ],
)
def test_a_text_in_another_encoding_is_refused_with_its_line(
    content: bytes, message: str, clone: Path, file: Path
) -> None:
    file.write_bytes(content)
    assert_refused(clone, file, message, Source(event="talks"))


def test_the_same_article_is_refused_under_any_name(clone: Path, file: Path) -> None:
    rt = load_seeds(clone)["rt"]
    file.write_bytes(rt.text.encode())
    assert_refused(clone, file, "^courier.txt: is the article 'rt' again$", Source(event="talks"))


def test_an_id_or_a_name_that_is_taken_is_refused(clone: Path, file: Path) -> None:
    assert_refused(
        clone, file, "^id: 'rt' is the id of 002_.*; give another", Source(event="talks", id="rt")
    )
    taken = file.with_name("002_DA910b11c4889550.txt")
    file.rename(taken)
    assert_refused(clone, taken, "is the file name of 'rt'")


@pytest.mark.parametrize("kept", [1.0, 0.6])
def test_a_near_duplicate_is_named(kept: float, clone: Path, file: Path) -> None:
    words = load_seeds(clone)["ibna"].text.split()
    file.write_text(" ".join(["New", "words", *words[: int(kept * len(words))]]))
    source = Source(event="talks", new_event=True, id="copy")
    assert_refused(clone, file, r"^courier.txt: is nearly the article 'ibna': \d+% of", source)


def test_the_five_articles_stay_clear_of_the_limit(root: Path) -> None:
    seeds = load_seeds(root)
    shares = {
        (one.id, other.id): round(shared_part(one.text, other.text), 3)
        for one, other in combinations(seeds.values(), 2)
    }
    positive = {pair: share for pair, share in shares.items() if share}
    assert positive == {("unnamed", "duvar"): 0.267, ("unnamed", "ibna"): 0.084}
    assert max(shares.values()) < NEAR_DUPLICATE


def test_a_copy_with_one_word_of_20_replaced_is_over_the_limit(root: Path) -> None:
    chance = random.Random(1)
    for seed in load_seeds(root).values():
        words = ["other" if chance.random() < 0.05 else word for word in seed.text.split()]
        assert shared_part(seed.text, " ".join(words)) > NEAR_DUPLICATE


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Source(event="Talks in May"), "event: 'Talks in May' is not small letters"),
        (Source(event="talks", id="../x"), "id: '../x' is not small letters"),
        (Source(event="talks", id="a\x1b[2J"), "id: 'a\\\\x1b"),
        (Source(event="talks", outlet="Cou\nrier"), "outlet: 'Cou\\\\nrier' is not one line"),
        (Source(event="talks", outlet="«»"), "id: none can be made from '«»'"),
        (Source(event="talks", title="Peace"), "title: 'Peace' is not in the article"),
        (Source(event="talks", date="4 March"), "date: '4 March' is no date"),
        (Source(event="talks", language="English"), "language: 'English' is not such as"),
    ],
)
def test_what_is_said_of_an_article_is_checked(
    source: Source, message: str, clone: Path, file: Path
) -> None:
    assert_refused(clone, file, message, source)


@pytest.mark.parametrize("name", [".hidden", "manifest.jsonl", "a\nb.txt", "a\x7f.txt", "a\\b.txt"])
def test_a_name_that_is_no_plain_one_is_refused(name: str, clone: Path, file: Path) -> None:
    assert_refused(clone, file.rename(file.with_name(name)), "cannot be the name of a seed")


@pytest.mark.parametrize("name", ["..", "/"])
def test_a_path_that_ends_in_no_name_is_refused(name: str, clone: Path) -> None:
    assert_refused(clone, Path(name), "file: '.*' cannot be the name of a seed; rename")


def test_a_link_is_not_followed(clone: Path, file: Path) -> None:
    link = file.with_name("link.txt")
    link.symlink_to(file)
    assert_refused(clone, link, r"link.txt: is a link; name the file itself")
    outside = file.with_name("outside.txt")
    (clone / "seeds" / file.name).symlink_to(outside)
    with pytest.raises(InvalidInput, match=r"seeds/courier.txt: is a link; remove it"):
        add_seed(clone, file, SOURCE)
    assert not outside.exists()


def test_what_is_no_plain_file_is_refused(clone: Path, file: Path) -> None:
    os.mkfifo(file.with_name("pipe"))
    assert_refused(clone, file.with_name("pipe"), "pipe: is no plain file")
    assert_refused(clone, file.parent, "is no plain file")
    assert_refused(clone, file.with_name("nothing"), "nothing: cannot be read: No such file")


# Interruptions

KILLED = """
import os, sys
from onrecord.corpus import seeds
write = seeds.write
def killed(path, content):
    if path.name == sys.argv[3]:
        os._exit(9)
    write(path, content)
seeds.write = killed
seeds.add_seed(sys.argv[1], sys.argv[2], seeds.Source(event="talks", new_event=True))
"""


@pytest.mark.parametrize("at", ["courier.txt", "manifest.jsonl"])
def test_a_kill_before_either_write_breaks_nothing_and_the_next_run_succeeds(
    at: str, clone: Path, file: Path
) -> None:
    before = load_seeds(clone)
    command = [sys.executable, "-c", KILLED, str(clone), str(file), at]
    assert subprocess.run(command).returncode == 9
    assert load_seeds(clone) == before
    add_seed(clone, file, SOURCE)
    assert [*load_seeds(clone)] == [*before, "veldburg-courier"]


def test_another_text_that_lies_in_the_way_is_not_overwritten(clone: Path, file: Path) -> None:
    (clone / "seeds" / "courier.txt").write_text("Something else.")
    assert_refused(clone, file, "seeds/courier.txt: is there, is not in the manifest")


def test_an_article_that_lies_in_the_folder_already_is_listed(clone: Path, file: Path) -> None:
    inside = Path(shutil.copy(file, clone / "seeds" / file.name))
    add_seed(clone, inside, SOURCE)
    assert len(load_seeds(clone)) == 6


def test_articles_added_at_the_same_time_are_all_listed(clone: Path, tmp_path: Path) -> None:
    code = "import sys; from onrecord.corpus import seeds; seeds.add_seed(*sys.argv[1:], seeds.Source(event='talks', new_event=True))"
    running = []
    for number in range(4):
        path = tmp_path / f"paper{number}.txt"
        path.write_text(f"Report number {number}.")
        running.append(subprocess.Popen([sys.executable, "-c", code, str(clone), str(path)]))
    assert [process.wait() for process in running] == [0] * 4
    assert {f"paper{number}" for number in range(4)} <= load_seeds(clone).keys()


def test_a_corpus_that_is_broken_gets_no_article(clone: Path, file: Path) -> None:
    path = clone / "seeds" / "002_da910b11c4889550.txt"
    path.write_bytes(path.read_bytes() + b"!")
    assert_refused(clone, file, "rt: sha256: is not the hash of")


# events


def test_an_event_that_no_article_reports_must_be_said_to_be_new(clone: Path, file: Path) -> None:
    slip = Source(event="nato-brussel-2021-03-24")
    message = (
        "^event: unknown event 'nato-brussel-2021-03-24'; did you mean 'nato-brussels-2021-03-24'\\? .*"
        "--new-event puts it into this one$"
    )
    assert_refused(clone, file, message, slip)
    assert add_seed(clone, file, Source(event="nato-brussels-2021-03-24")).id == "courier"


def test_the_first_event_of_a_folder_is_not_a_slip(tmp_path: Path, file: Path) -> None:
    assert add_seed(tmp_path / "new", file, Source(event="talks")).meta.event == "talks"


# zones


@pytest.fixture
def added(clone: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    add_seed(clone, file, SOURCE)
    monkeypatch.setenv("ONRECORD_ROOT", str(clone))
    return clone


def begins(root: Path) -> list[tuple[str, str]]:
    seed = load_seeds(root)["veldburg-courier"]
    return [(zone.label, " ".join(zone.span.of(TEXT).split()[:3])) for zone in seed.zones]


PROPOSED = [
    ("headline", "Harbour talks end"),
    ("subhead", "The two ministers"),
    ("byline", "By Nora Lind"),
    ("body", "VELDBURG – The"),
    ("subhead", "A longer quarrel"),
    ("body", "The two states"),
    ("promo", "Follow us on"),
]


def test_zones_are_set_by_the_words_with_which_they_begin(
    added: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begins(added) == PROPOSED
    others = manifest(added).splitlines()[:-1]
    zones = ["seeds", "zones", "veldburg-courier"]
    assert cli.main(zones) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[:4] == ["0", "34", "headline", "Harbour"]
    # a new border, one moved to the front, one taken away
    given = [
        "promo=A longer\nquarrel",
        "body=The two states have",
        "byline=VELDBURG",
        "body=The fisheries",
    ]
    given += ["body=Follow us"]
    assert cli.main([*zones, *(f"--begin={one}" for one in given)]) == 0
    assert begins(added) == [
        *PROPOSED[:2],
        ("byline", "By Nora Lind"),
        ("body", "The fisheries ministers"),
        ("promo", "A longer quarrel"),
        ("body", "The two states"),
    ]
    assert manifest(added).splitlines()[:-1] == others
    capsys.readouterr()
    before = manifest(added)
    assert cli.main([*zones, "--begin", "body=Follow us on the web"]) == 0
    assert capsys.readouterr().out.endswith("nothing changed\n")
    assert manifest(added) == before


@pytest.mark.parametrize(
    ("document", "begin", "message"),
    [
        ("veldburg-courier", "body=Peace", "zones: 'Peace' is not in the article"),
        ("veldburg-courier", "body=", "zones: '' is not in the article"),
        (
            "veldburg-courier",
            "body=The two",
            "zones: 'The two' is 2 times in the article; give more of the words that follow",
        ),
        (
            "veldburg-courier",
            "bodi=VELDBURG",
            "--begin: unknown zone 'bodi'; did you mean 'body'? (known: headline, byline, subhead, body, "
            "promo)",
        ),
        ("veldburg-courier", "VELDBURG", "--begin: 'VELDBURG' is not LABEL=WORDS"),
        (
            "veldburg-couriers",
            "body=VELDBURG",
            "unknown document 'veldburg-couriers'; did you mean",
        ),
    ],
)
def test_zones_that_cannot_be_set_change_nothing(
    document: str, begin: str, message: str, added: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = manifest(added)
    capsys.readouterr()
    assert (
        cli.main(["seeds", "zones", document, "--begin", "promo=Follow us", "--begin", begin]) == 2
    )
    assert message in capsys.readouterr().err
    assert manifest(added) == before


@given(st.lists(st.tuples(st.sampled_from(["headline", "body", "promo"]), st.integers(0, 30))))
def test_zones_tile_the_text_however_they_are_set(begun: list[tuple[ZoneLabel, int]]) -> None:
    zones: tuple[Zone, ...] = (Zone(0, 20, "headline"), Zone(20, 31, "body"))
    for label, start in begun:
        zones = begin_zone(zones, label, start)
        assert next(zone.label for zone in zones if zone.start <= start < zone.end) == label
    assert [zone.start for zone in zones] == [0, *(zone.end for zone in zones[:-1])]
    assert zones[-1].end == 31
    assert all(one.label != other.label for one, other in pairwise(zones))


def test_a_line_that_is_the_title_is_a_headline_wherever_it_stands() -> None:
    text = "World\n\nHome page of the paper.\n\nTalks  end.\n\nThey met on Monday.\n"
    found = propose_zones(text, title="Talks end.")
    assert [(zone.label, zone.span.of(text).split()[0]) for zone in found] == [
        ("headline", "World"),
        ("body", "Home"),
        ("headline", "Talks"),
        ("body", "They"),
    ]
