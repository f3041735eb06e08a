"""How far a run is, as it is told on a terminal and elsewhere."""

from __future__ import annotations

import io

from onrecord.systems.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def told(stream: io.StringIO, *steps: tuple[float, int], total: int | None = 1000) -> list[str]:
    """What is written when so many documents are done at these times."""
    clock = Clock()
    line = ProgressLine("mine", stream, clock)
    for clock.now, done in steps:
        line(done, total)
    return [part.rstrip() for part in stream.getvalue().replace("\n", "\r").split("\r") if part]


def test_a_line_on_a_terminal_has_rate_and_time_left() -> None:
    assert told(Terminal(), (1.0, 50), (1.01, 60), (2.0, 100), (20.0, 1000)) == [
        "mine: 50/1,000 documents, 50 a second, 0:19 left",
        "mine: 100/1,000 documents, 50 a second, 0:18 left",
        "mine: 1,000/1,000 documents, 50 a second",
    ]


def test_a_shorter_line_leaves_nothing_of_a_longer_one() -> None:
    stream = Terminal()
    told(stream, (1.0, 50), (20.0, 1000))
    first, second = stream.getvalue().rstrip("\n").split("\r")[1:]
    assert len(second) >= len(first)


def test_elsewhere_a_line_is_written_every_half_minute() -> None:
    steps = [(float(second), second) for second in range(1, 100)]
    assert told(io.StringIO(), *steps, total=7200) == [
        "mine: 30/7,200 documents, 1.0 a second, 1:59:30 left",
        "mine: 60/7,200 documents, 1.0 a second, 1:59:00 left",
        "mine: 90/7,200 documents, 1.0 a second, 1:58:30 left",
    ]
    assert told(io.StringIO(), (5.0, 1000)) == []


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    reused = [(0.5, 900)]
    steps = [(float(second), 900 + second) for second in range(1, 62)]
    assert (
        told(Terminal(), *reused, *steps)[-1]
        == "mine: 961/1,000 documents, 1.0 a second, 0:39 left"
    )


def test_without_a_total_there_is_no_time_left() -> None:
    assert told(Terminal(), (1.0, 50), total=None) == ["mine: 50 documents, 50 a second"]
