"""What a project shows of itself: cards, lists and what annotators work by."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from labelstudio_fixture import CLONE, LabelStudio

from onrecord.annotation.labelstudio import workflow
from onrecord.annotation.labelstudio.projects import recording, reference, require_guidelines
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.exceptions import ServerError

SEEDS = load_articles(CLONE).seeds()
OLD, NEW = "a" * 64, "b" * 64


def test_what_annotators_work_by_is_folded_html_and_nothing_in_it_runs() -> None:
    html = reference(
        "# Rules\n\n[E1](#e1) <script>run()</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        [Target(id="t", proposition="Ruritania & <b>Sylvania</b>.")],
        [Entity(id="x", name="<img src=x onerror=run()>", label="ORG", aliases=("X",))],
    )
    assert html.count("<details><summary>") == 3
    assert "<h1>Rules</h1>" in html
    assert "<td>1</td>" in html
    assert "E1 &lt;script&gt;" in html
    assert "<td>Ruritania &amp; &lt;b&gt;Sylvania&lt;/b&gt;.</td>" in html
    assert "<td>&lt;img src=x onerror=run()&gt;</td><td>ORG</td><td>X</td>" in html
    assert "<a " not in html


def test_what_is_not_there_is_not_shown() -> None:
    assert reference("", (), Registry(())) == ""


@pytest.mark.parametrize(
    "recorded",
    [
        {"expert_instruction": recording("<p>Work.</p>", OLD), "description": "The pass of anna."},
        {"expert_instruction": "", "description": f"Guidelines: sha256 {OLD}"},
    ],
)
def test_a_project_that_is_annotated_by_other_guidelines_is_refused(
    recorded: dict[str, str],
) -> None:
    project = SimpleNamespace(title="onrecord: anna", **recorded)
    require_guidelines(project, [{"annotations": []}], NEW)
    require_guidelines(project, [{"annotations": [{}]}], OLD)
    require_guidelines(project, [{"annotations": [{}]}], "")
    with pytest.raises(
        ServerError, match=r"by other guidelines \(aaaaaaaaaaaa, now bbbbbbbbbbbb\)"
    ):
        require_guidelines(project, [{"annotations": [{}]}], NEW)


@pytest.fixture
def guidelines(label_studio: LabelStudio) -> Iterator[None]:
    path = label_studio.root / "annotation" / "guidelines.md"
    path.write_text("# Rules\n", encoding="utf-8")
    yield
    path.unlink()


@pytest.mark.usefixtures("guidelines")
def test_a_card_has_a_sentence_and_the_list_names_the_articles(label_studio: LabelStudio) -> None:
    workflow.push(label_studio.root, "carla")
    client = label_studio.client
    (project,) = [one for one in client.projects.list() if one.title == "onrecord: carla"]
    assert project.description == (
        "The pass of carla: who is mentioned, who said what, and who stands where."
    )
    told = workflow.read_instruction(label_studio.root)
    hash = workflow.hash_guidelines(label_studio.root)
    assert project.expert_instruction == recording(told, hash)
    assert "Marie Durand" in told
    (view,) = client.views.list(project=project.id)
    hidden = {one for columns in view.data["hiddenColumns"].values() for one in columns}
    assert {"tasks:data.entities", "tasks:data.actors", "tasks:data.utterances"} <= hidden
    assert "tasks:data.id" not in hidden
    workflow.push(label_studio.root, "carla")
    assert len(client.views.list(project=project.id)) == 1
