"""The words of the small questions: a file of ``prompts/`` with the data of one question."""

import re
import string
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "prompts"
CANARY = re.compile("canary GUID", re.IGNORECASE)  # in a line that is for no model


class Question(NamedTuple):
    """A question: instructions, the question with its data, and all lines that are its own."""

    system: str
    user: str
    varying: str


def question(prompt: str, data: dict[str, str]) -> Question:
    """The question of a prompt file: instructions above the line ---, question and data below.

    Text of articles can neither close the tags around it nor add placeholders, and no line that
    carries the canary is asked.
    """
    template = (FOLDER / f"{prompt}.txt").read_text(encoding="utf-8")
    quoted = {name: re.sub(r"<(?=/?text>)", "< ", value) for name, value in data.items()}

    def filled(part: str) -> str:
        text = string.Template(part).substitute(quoted)
        return "\n".join(ln for ln in text.splitlines() if not CANARY.search(ln)).strip()

    instructions, asked = template.split("\n---\n")
    own = [line for line in instructions.splitlines() if "$" in line]
    return Question(filled(instructions), filled(asked), "\n".join(map(filled, [*own, asked])))
