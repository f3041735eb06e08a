"""Options arrive as what a system's signature says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from builders import article, corpus

from onrecord.exceptions import InvalidInput, SystemFailure
from onrecord.systems.options import typed
from onrecord.systems.run import load_system, run


def example(
    document: object,
    targets: object,
    least: float = 0.5,
    size=3,  # type: ignore[no-untyped-def]
    deep: bool = False,
    seed: int | None = None,
    way: Literal["up", "down"] = "up",
    beams: Literal[1, 2] = 1,
    limit: int = None,  # type: ignore[assignment]  # noqa: RUF013
    name: str = "x",
    both: int | str = 1,
) -> None:
    """Takes an option of each kind."""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("least", "1", 1.0), ("least", "1e-3", 0.001), ("size", "12", 12), ("deep", "true", True),
        ("deep", "No", False), ("deep", "0", False), ("seed", "7", 7), ("seed", "none", None),
        ("way", "down", "down"), ("name", "3", "3"), ("both", "3", "3"), ("unknown", "3", "3"),
        ("beams", "2", 2), ("limit", "none", None),
    ],
)  # fmt: skip
def test_a_value_is_of_the_type_of_its_annotation_or_default(
    name: str, value: str, expected: Any
) -> None:
    (found,) = typed({name: value}, example).values()
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("least", "half", "option least: 'half' is not a float"),
        ("size", "3.5", "option size: '3.5' is not an int"),
        ("deep", "maybe", r"option deep: 'maybe' is not a bool \(true or false\)"),
        ("seed", "x", "option seed: 'x' is not an int"),
        ("beams", "3", "option beams: '3' is none of: 1, 2"),
        ("way", "left", "option way: 'left' is none of: up, down"),
    ],
)
def test_a_wrong_value_is_one_line(name: str, value: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        typed({name: value}, example)


def test_a_class_gets_them_too(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "class Mine:\n"
        "    def __init__(self, batch: 'int' = 1):\n"
        "        self.batch = batch + 1\n"
        "    def predict_all(self, documents, targets):\n"
        "        assert self.batch == 9\n"
        "        return documents\n"
    )
    articles = corpus(article("Oslo waits.", "one"))
    assert run(load_system(file, {"batch": "8"}), articles).failures == ()
    with pytest.raises(SystemFailure, match=r"mine\.py: option batch: 'many' is not an int"):
        load_system(file, {"batch": "many"})


def test_an_option_that_there_is_not_is_named_and_no_line_of_the_library(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def predict(document, targets):\n    return document\n")
    with pytest.raises(SystemFailure, match=r"predict: got an unexpected keyword argument 'nope'$"):
        load_system(file, {"nope": "1"})
    file.write_text("def predict(document):\n    return document\n")
    with pytest.raises(SystemFailure, match=r"predict: too many positional arguments$"):
        load_system(file)
