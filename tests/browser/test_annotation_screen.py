"""The annotation screen in a real browser: what is marked there is what a pull brings back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from annotator import Annotator
from labelstudio_fixture import CLONE, LabelStudio
from playwright.sync_api import Page, expect

from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import workflow
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.exports.exports import read_tasks, write_export
from onrecord.corpus.exports.scheme import FIELDS, LABELS, MENTION, PARTS
from onrecord.document import (
    VALUE_TYPES,
    Document,
    Mention,
    Meta,
    Quote,
    Span,
    Stance,
    Zone,
    text_hash,
)
from onrecord.exceptions import InvalidInput

Picture = Callable[[Page, str], None]

TEXT = """İzmir’de görüşme 😀: 12\u00a0000 at the quay
Marie Durand, a minister, said on Monday that the talks had been useful, and reminded reporters: \
“They must go on.”
A spokesman added that a visitor had warned that every fine hurts.
Ruritania offered a second round of talks, though only if the harbour stays open. 🚢 The crowd \
cheered.
"""
HTML = """Ünal’s page 😀\u00a0<script>window.ran = "script"</script>
<img src="nowhere" onerror="window.ran = 'image'"> &amp; <b>bold</b> &lt;i&gt; <style>*{display:none}</style>
Marie Durand left.
"""


DURAND, RURITANIA = "Marie Durand · durand", "Ruritania · state"
"""How the search shows the entities of the registry."""

CONFIG = ElementTree.parse(CLONE / "annotation" / "label_config.xml")
KEYS = {one.attrib["value"]: one.attrib["hotkey"] for one in CONFIG.iter("Label")}
ALL_LABELS = (*LABELS[MENTION], *PARTS)


def article(id: str, text: str) -> Document:
    """An article whose first line, where it has more, is its headline."""
    meta = Meta(file=f"{id}.txt", outlet="The Quay Post", title="Talks to go on")
    border = text.find("\n") + 1
    zones = (Zone(0, border, "headline"),) if border else ()
    zones += (Zone(border, len(text), "body"),)
    return Document(id=id, text=text, sha256=text_hash(text), meta=meta, zones=zones)


def at(text: str, words: str) -> Span:
    assert text.count(words) == 1, words
    return Span(text.index(words), text.index(words) + len(words))


def mention(text: str, words: str, label: str, entity: str | None = None) -> Mention:
    span = at(text, words)
    return Mention(span.start, span.end, label, entity)


def push(studio: LabelStudio, annotator: str, seed: Document, *passes: Document) -> tuple[int, int]:
    """Give an annotator's project one article; the numbers of the project and its task."""
    api.push(
        studio.client,
        annotator,
        [seed],
        config=workflow.read_config(studio.root),
        instruction=workflow.read_instruction(studio.root),
        targets=load_articles(studio.root).target_ids,
        annotations=passes,
        registry=load_articles(studio.root).registry,
    )
    (project,) = [
        one.id for one in studio.client.projects.list() if one.title == f"onrecord: {annotator}"
    ]
    (task,) = api.pull(studio.client, annotator)
    return project, task["id"]


def pull(studio: LabelStudio, annotator: str, seed: Document) -> Document:
    """What an annotator has done, as `onrecord annotate pull` reads and checks it."""
    corpus = load_articles(studio.root)
    tasks = api.pull(studio.client, annotator)
    (found,) = read_tasks(tasks, {seed.id: seed}, corpus.target_ids, corpus.registry)
    return found.numbered()


def test_an_article_is_annotated_from_login_to_submit_and_pulled_as_it_was_marked(
    newcomer: Annotator, label_studio: LabelStudio, picture: Picture
) -> None:
    seed = article("quay", TEXT)
    project, _ = push(label_studio, "annotator-1", seed)
    page = newcomer.page
    page.goto(f"{newcomer.url}/user/login/")
    picture(page, "login")
    newcomer.log_in(label_studio.secrets())
    expect(page.get_by_text("onrecord: annotator-1")).to_be_visible()
    picture(page, "projects")
    newcomer.open_project(project)
    expect(page.get_by_text("quay", exact=True)).to_be_visible()
    picture(page, "tasks")
    newcomer.label_all_tasks()
    expect(page.get_by_text("press the key of a label")).to_be_visible()
    picture(page, "instruction")
    newcomer.close_instruction()
    newcomer.read()
    expect(page.get_by_text("quay · The Quay Post · Talks to go on")).to_be_visible()
    zones = "headline “İzmir’de görüşme 😀: 12 000 at the quay”, body “Marie Durand, a minister, … 🚢 The crowd cheered.”"
    expect(page.get_by_text(f"Zones, whose borders no span crosses: {zones}")).to_be_visible()
    picture(page, "screen")

    newcomer.mark("g", "GPE", "Ruritania")
    newcomer.select("GPE", "Ruritania")
    assert newcomer.fields() == {"entity"}
    newcomer.search("i", "ru")
    expect(newcomer.found()).to_have_count(1)
    expect(newcomer.found()).to_contain_text(RURITANIA)
    picture(page, "search")
    newcomer.take(RURITANIA)
    picture(page, "mention")
    newcomer.leave()
    newcomer.mark("d", "DATE", "Monday")
    newcomer.mark("2", "CARDINAL", "12\u00a0000")
    newcomer.mark("p", "PERSON", "Marie Durand")
    newcomer.select("PERSON", "Marie Durand")
    newcomer.find("mar", DURAND)
    newcomer.leave()

    useful, must, warned, hurts = (
        ("Content", "that the talks had been useful"),
        ("Content", "“They must go on.”"),
        ("Content", "that a visitor had warned that every fine hurts"),
        ("Content", "that every fine hurts"),
    )
    newcomer.mark("s", "Source", "Marie Durand")
    newcomer.mark("v", "Cue", "said")
    for content in (useful, must, warned, hurts):
        newcomer.mark("c", *content)
    newcomer.mark("s", "Source", "A spokesman")
    newcomer.mark("v", "Cue", "added")
    newcomer.mark("s", "Source", "a visitor")
    newcomer.mark("v", "Cue", "warned")
    newcomer.select(*useful)
    newcomer.find("mar", DURAND)
    newcomer.fill("utterance", "talks-useful")
    newcomer.leave()
    newcomer.relate(useful, ("Cue", "said"))
    newcomer.relate(useful, ("Source", "Marie Durand"))
    newcomer.relate(useful, must, "continuation")
    newcomer.select(*useful)
    picture(page, "quote")
    newcomer.leave()
    newcomer.relate(warned, ("Cue", "added"))
    newcomer.relate(warned, ("Source", "A spokesman"), "source")
    newcomer.relate(hurts, ("Cue", "warned"))
    newcomer.relate(hurts, ("Source", "a visitor"))
    newcomer.relate(hurts, warned, "parent")
    newcomer.show("Relations")
    picture(page, "relations")

    offered, condition = (
        ("Evidence", "offered a second round of talks"),
        ("Evidence", "only if the harbour stays open"),
    )
    newcomer.mark("x", *offered)
    newcomer.mark("x", *condition)
    newcomer.select(*offered)
    newcomer.find("rur", RURITANIA)
    newcomer.choose("9", "mixed")
    newcomer.choose("Shift+e", "us-turkey-dialogue")
    picture(page, "stance")
    newcomer.leave()
    newcomer.relate(offered, condition)
    newcomer.submit()
    newcomer.open_project(project)
    expect(page.get_by_text("quay", exact=True)).to_be_visible()
    picture(page, "submitted")

    found = pull(label_studio, "annotator-1", seed)
    assert found.mentions == (
        mention(TEXT, "12\u00a0000", "CARDINAL"),
        mention(TEXT, "Marie Durand", "PERSON", "durand"),
        mention(TEXT, "Monday", "DATE"),
        mention(TEXT, "Ruritania", "GPE", "state"),
    )
    assert found.quotes == (
        Quote(
            id="q1",
            content=(at(TEXT, useful[1]), at(TEXT, must[1])),
            cue=at(TEXT, "said"),
            source=at(TEXT, "Marie Durand"),
            speaker="durand",
            utterance="talks-useful",
        ),
        Quote(
            id="q2",
            content=(at(TEXT, warned[1]),),
            cue=at(TEXT, "added"),
            source=at(TEXT, "A spokesman"),
        ),
        Quote(
            id="q3",
            content=(at(TEXT, hurts[1]),),
            cue=at(TEXT, "warned"),
            source=at(TEXT, "a visitor"),
            parent="q2",
        ),
    )
    assert found.stances == (
        Stance(
            holder="state",
            target="us-turkey-dialogue",
            polarity="mixed",
            evidence=(at(TEXT, offered[1]), at(TEXT, condition[1])),
        ),
    )


def test_a_new_entity_is_chosen_to_be_new_and_named(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    seed = article("new", "Sylvania wants talks.")
    annotator.open_task(*push(label_studio, "new", seed))
    annotator.mark("g", "GPE", "Sylvania")
    annotator.select("GPE", "Sylvania")
    assert annotator.page.locator("input[name=entity]:visible").count() == 0
    annotator.fill("entity", "Sylvania")
    annotator.leave()
    annotator.submit()
    expected = (mention(seed.text, "Sylvania", "GPE", "new:Sylvania"),)
    assert pull(label_studio, "new", seed).mentions == expected


def test_a_chosen_entity_is_taken_off_and_another_chosen_by_the_mouse(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    seed = article("other", "Ruritania wants talks.")
    said = seed.with_layers(mentions=[mention(seed.text, "Ruritania", "GPE", "durand")])
    annotator.open_task(*push(label_studio, "other", seed, said))
    annotator.select("GPE", "Ruritania")
    expect(annotator.found()).to_have_count(1)
    annotator.chosen().click()
    expect(annotator.found()).to_have_count(3)
    annotator.found().get_by_text(RURITANIA).click()
    expect(annotator.chosen()).to_have_attribute("name", RURITANIA)
    annotator.leave()
    annotator.update()
    expected = (mention(seed.text, "Ruritania", "GPE", "state"),)
    assert pull(label_studio, "other", seed).mentions == expected


def test_what_is_typed_beside_a_choice_is_shown_and_refused_by_pull(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    seed = article("twice", "Ruritania wants talks.")
    said = seed.with_layers(mentions=[mention(seed.text, "Ruritania", "GPE", "new:Sylvania")])
    annotator.open_task(*push(label_studio, "twice", seed, said))
    annotator.select("GPE", "Ruritania")
    annotator.chosen().click()
    annotator.find("rur", RURITANIA)
    expect(annotator.page.locator("[name^='entity:']:visible")).to_have_text("new:Sylvania")
    annotator.leave()
    annotator.update()
    with pytest.raises(InvalidInput, match="the entity 'state' chosen and 'new:Sylvania' typed"):
        pull(label_studio, "twice", seed)


def test_an_utterance_of_another_article_is_offered_with_its_words(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    corpus = load_articles(label_studio.root)
    other, seed = corpus.bare()[:2]
    words = Span(other.text.index("."), other.text.index(".") + 1)
    quote = Quote(id="q1", content=(words,), utterance="of-the-other")
    given = label_studio.root / "given.json"
    write_export(given, [other.with_layers(quotes=[quote])])
    workflow.push(label_studio.root, "offered", only=[seed.id], utterances=given)
    (task,) = api.pull(label_studio.client, "offered")
    assert task["meta"] == {"pre_annotations": ["utterances-of-given"]}
    annotator.open_task(task["project"], task["id"])
    said = "held their"
    annotator.mark("c", "Content", said)
    annotator.select("Content", said)
    annotator.search("j", "other")
    annotator.take(re.compile("^of-the-other · “"))
    annotator.leave()
    annotator.submit()
    (found,) = pull(label_studio, "offered", seed).quotes
    assert found.utterance == "of-the-other"


def test_nothing_in_an_articles_text_runs_and_all_of_it_is_shown(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    seed = article("html", HTML)
    annotator.open_task(*push(label_studio, "html", seed))
    shown = annotator.read().replace("\u00a0", " ")
    assert [line for line in shown.splitlines() if line] == HTML.replace("\u00a0", " ").splitlines()
    text = annotator.page.locator(".lsf-htx-richtext")
    assert text.locator("script, img, b, style").count() == 0
    zones = annotator.page.get_by_text("headline “Ünal’s page")
    assert zones.inner_text().endswith("Durand left.”")
    assert zones.locator("script, img, b, style").count() == 0
    assert annotator.page.evaluate("window.ran") is None
    annotator.mark("p", "PERSON", "Marie Durand")
    annotator.select("PERSON", "Marie Durand")
    annotator.find("mar", DURAND)
    annotator.submit()
    expected = (mention(HTML, "Marie Durand", "PERSON", "durand"),)
    assert pull(label_studio, "html", seed).mentions == expected


def test_a_field_appears_only_for_the_labels_that_take_it(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    seed = article("fields", " ".join(ALL_LABELS))
    annotator.open_task(*push(label_studio, "fields", seed))
    assert annotator.fields() == set()
    for label, key in KEYS.items():
        annotator.mark(key, label, label)
    for label in ALL_LABELS:
        annotator.select(label, label)
        assert annotator.fields() == expected_fields(label), label
        annotator.leave()


def expected_fields(label: str) -> set[str]:
    return {name for name, field in FIELDS.items() if label in field.labels} - (
        {"entity"} if label in VALUE_TYPES else set()
    )


def test_a_key_pressed_on_the_wrong_region_fills_in_nothing(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    """The keys of polarity and target mean nothing to a region that takes neither."""
    seed = article("wrong", "Ruritania said no.")
    project, task = push(label_studio, "wrong", seed)
    annotator.open_task(project, task)
    annotator.mark("d", "DATE", "Ruritania")
    annotator.select("DATE", "Ruritania")
    for key in ("7", "Shift+a", *"bhijyz"):
        annotator.page.keyboard.press(key)
    annotator.leave()
    annotator.submit()
    assert pull(label_studio, "wrong", seed).mentions == (mention(seed.text, "Ruritania", "DATE"),)


def test_what_overlaps_stays_told_apart(annotator: Annotator, label_studio: LabelStudio) -> None:
    """Mentions are underlined; the parts of quotes and stances are shaded, in all their pieces."""
    seed = article("overlap", "Ruritania said that Sylvania wants talks.")
    annotator.open_task(*push(label_studio, "overlap", seed))
    for number, (key, label, words) in enumerate(
        (
            ("g", "GPE", "Ruritania"),
            ("o", "ORG", "Sylvania"),
            ("s", "Source", "Ruritania said"),
            ("v", "Cue", "said that Sylvania"),
            ("c", "Content", "that Sylvania wants talks"),
            ("x", "Evidence", "Sylvania wants talks"),
        ),
        start=1,
    ):
        annotator.mark(key, label, words)
        annotator.leave()
        shades = annotator.shades(f"{number}:{label}")
        if number < 3:
            assert shades == ["rgba(0, 0, 0, 0)"]
            continue
        assert len(shades) > 1
        (shade,) = set(shades)
        assert shade.endswith(", 0.3)")


def test_a_name_needs_an_entity_and_a_further_piece_needs_nothing(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    seed = article("required", "Ruritania wants talks, and soon, if all agree.")
    annotator.open_task(*push(label_studio, "required", seed))
    annotator.mark("g", "GPE", "Ruritania")
    annotator.mark("x", "Evidence", "wants talks")
    annotator.mark("x", "Evidence", "if all agree")
    annotator.select("Evidence", "wants talks")
    annotator.find("rur", RURITANIA)
    annotator.choose("7", "favor")
    annotator.choose("Shift+e", "us-turkey-dialogue")
    annotator.leave()
    annotator.relate(("Evidence", "wants talks"), ("Evidence", "if all agree"))
    annotator.page.keyboard.press("Control+Enter")
    warning = annotator.page.get_by_text("This name has no entity")
    expect(warning).to_be_visible()
    annotator.page.get_by_role("button", name="OK").click()
    expect(warning).to_be_hidden()
    assert annotator.fields() == {"entity"}
    annotator.find("state", RURITANIA)
    annotator.leave()
    annotator.submit()
    found = pull(label_studio, "required", seed)
    assert [one.entity for one in found.mentions] == ["state"]
    assert [len(one.evidence) for one in found.stances] == [2]


def test_what_was_submitted_can_be_opened_from_the_list_and_changed(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    seed = article("again", "Ruritania wants talks.")
    said = seed.with_layers(mentions=[mention(seed.text, "Ruritania", "GPE", "state")])
    project, _ = push(label_studio, "again", seed, said)
    annotator.open_project(project)
    annotator.open_from_the_list("again")
    annotator.select("GPE", "Ruritania")
    annotator.page.keyboard.press("Backspace")
    annotator.mark("o", "ORG", "Ruritania")
    annotator.select("ORG", "Ruritania")
    annotator.fill("entity", "new:Ruritania (club)")
    annotator.leave()
    annotator.update()
    expected = (mention(seed.text, "Ruritania", "ORG", "new:Ruritania (club)"),)
    assert pull(label_studio, "again", seed).mentions == expected


def test_the_list_of_regions_has_room_for_fifteen_lines(
    annotator: Annotator, label_studio: LabelStudio
) -> None:
    names = [f"Port-{number}" for number in range(10, 30)]
    seed = article("long", " ".join(names))
    mentions = [mention(seed.text, name, "LOC", "state") for name in names]
    annotator.open_task(*push(label_studio, "long", seed, seed.with_layers(mentions=mentions)))
    panel = annotator.page.locator(".lsf-tree-list-holder").bounding_box()
    assert panel is not None
    boxes = [line.bounding_box() for line in annotator.page.locator(".lsf-outliner-item").all()]
    bottom = panel["y"] + panel["height"]
    whole = [one for one in boxes if one is not None and one["y"] + one["height"] <= bottom + 1]
    assert len(whole) >= 15


def test_what_two_passes_differ_in_is_told_beside_the_text_and_marked_in_it(
    annotator: Annotator, label_studio: LabelStudio, tmp_path: Path, picture: Picture
) -> None:
    studio = label_studio
    corpus = load_articles(studio.root)
    seeds = corpus.bare()
    duvar = next(seed for seed in seeds if seed.id == "duvar")
    words = at(duvar.text, "held")
    for name, label in (("anna", "ORDINAL"), ("ben", "CARDINAL")):
        marked = duvar.with_layers(mentions=[Mention(words.start, words.end, label)])
        done = [marked if seed.id == "duvar" else seed for seed in seeds]
        write_export(tmp_path / f"{name}.json", done)
    workflow.adjudicate(
        studio.root, tmp_path / "anna.json", tmp_path / "ben.json", annotator="carl"
    )
    tasks = {task["data"]["id"]: task for task in api.pull(studio.client, "carl")}
    annotator.open_task(tasks["duvar"]["project"], tasks["duvar"]["id"])
    page = annotator.page
    for tab in ("pass of anna", "pass of ben"):
        expect(page.get_by_text(tab, exact=True)).to_be_visible()
    annotator.in_the_list("Conflict", "held").click()
    versions = page.locator("[name^='versions:']:visible")
    expect(versions).to_have_text(["mention label", "anna: ORDINAL", "ben: CARDINAL"])
    picture(page, "adjudication")
    page.keyboard.press("Backspace")
    assert annotator.marked() == {}
    annotator.mark("1", "ORDINAL", "held")
    annotator.leave()
    annotator.submit()
    (task,) = (task for task in api.pull(studio.client, "carl") if task["data"]["id"] == "duvar")
    (found,) = read_tasks([task], {"duvar": duvar}, corpus.target_ids, corpus.registry)
    assert found.mentions == (Mention(words.start, words.end, "ORDINAL"),)


def test_guidelines_targets_and_registry_unfold_behind_the_button_instructions(
    annotator: Annotator, label_studio: LabelStudio, picture: Picture
) -> None:
    seed = article("reference", "Ruritania wants talks.")
    annotator.open_task(*push(label_studio, "reference", seed))
    page = annotator.page
    page.get_by_role("button", name="Instructions").first.click()
    expect(page.get_by_text("Marie Durand", exact=True)).to_be_hidden()
    page.get_by_text("Registry", exact=True).click()
    expect(page.get_by_text("Marie Durand", exact=True)).to_be_visible()
    page.get_by_text("Targets", exact=True).click()
    expect(page.get_by_text("Turkey should stay anchored in NATO.")).to_be_visible()
    picture(page, "reference")
    annotator.close_instruction()
