"""A label config that would take away what annotations use."""

from __future__ import annotations

import pytest
from labelstudio_fixture import LabelStudio, by_hand

import onrecord
from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import workflow
from onrecord.annotation.labelstudio.usage import find_lost
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.exports.exports import annotation
from onrecord.exceptions import ServerError


def test_what_a_config_lacks_is_named_once(
    gold: onrecord.Corpus, label_studio: LabelStudio
) -> None:
    config = workflow.read_config(label_studio.root)
    tasks = [{"annotations": [annotation(document)]} for document in gold]
    assert find_lost(tasks, config) == ()
    changed = config
    for value in ('Label value="GPE"', 'Relation value="cue"', 'Choice value="favor"'):
        changed = changed.replace(value, value.replace('="', '="x'))
    assert find_lost(tasks, changed) == ("mention 'GPE'", "polarity 'favor'", "relations 'cue'")


def test_a_target_in_use_that_is_gone_is_named_on_push(label_studio: LabelStudio) -> None:
    corpus = load_articles(label_studio.root)
    (one, *_) = corpus.bare()
    config = workflow.read_config(label_studio.root)
    api.push(
        label_studio.client,
        "in-use",
        [one],
        config=config,
        targets=corpus.target_ids,
        annotations=[by_hand(one)],
    )
    renamed = config.replace('value="keep-s400"', 'value="keep-it"')
    with pytest.raises(ServerError) as caught:
        api.push(
            label_studio.client,
            "in-use",
            [one],
            config=renamed,
            targets=corpus.target_ids - {"keep-s400"} | {"keep-it"},
        )
    assert str(caught.value) == (
        "project 'onrecord: in-use' has another label config and uses target 'keep-s400', "
        "which the new one lacks; pull it and rename it first"
    )
