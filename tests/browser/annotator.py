"""An annotator at Label Studio's screen: what a person does there by mouse and keyboard.

Every step waits until the screen shows what it did.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Locator, Page, Response, expect

from onrecord.annotation.labelstudio.server import Credentials

FIRST_PAGE = 60_000.0
"""How many milliseconds the server may take to send a page for the first time."""

DOUBLE_CLICK = 600
"""Milliseconds after which Label Studio no longer takes two drags to one place for a double click,
which gives the second the label of the first."""

_RECTANGLES = """
async (words) => {
  const walker = document.createTreeWalker(
    document.querySelector(".lsf-htx-richtext"), NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  const text = nodes.map((node) => node.data).join("");
  const start = text.indexOf(words), end = start + words.length;
  if (start < 0 || text.indexOf(words, start + 1) >= 0)
    throw new Error("not once in the text: " + words);
  const range = document.createRange();
  let before = 0;
  for (const node of nodes) {
    const after = before + node.length;
    if (before <= start && start < after) range.setStart(node, start - before);
    if (before < end && end <= after) range.setEnd(node, end - before);
    before = after;
  }
  range.startContainer.parentElement.scrollIntoView({block: "center"});
  const measure = () => Array.from(range.getClientRects())
    .filter((one) => one.width > 0)
    .map((one) => [one.left, one.right, (one.top + one.bottom) / 2]);
  let earlier, now = measure();
  do {
    earlier = now;
    await new Promise((done) => setTimeout(done, 100));
    now = measure();
  } while (JSON.stringify(earlier) !== JSON.stringify(now));
  return now;
}
"""
"""The rectangles of some words in the article, line by line, once the page stands still."""

_MARKED = """
() => {
  const pieces = {}, labels = {};
  for (const one of document.querySelectorAll(".htx-highlight")) {
    const region = Array.from(one.classList).find((name) => /^htx-highlight-.+-\\d+$/.test(name));
    (pieces[region] ??= []).push(one);
    if (one.dataset.label) labels[region] = one.dataset.label;
  }
  return Object.fromEntries(Object.entries(labels).map(([region, label]) => [label, {
    words: pieces[region].map((one) => one.textContent).join(""),
    shades: pieces[region].map((one) => getComputedStyle(one).backgroundColor),
  }]));
}
"""
"""What each region marks; where another begins in it, it is cut, and only its last piece is labelled."""

_SEARCHING = ".onrecord-pick input[placeholder^=search]:focus"
"""The search that has the keys."""


class Annotator(NamedTuple):
    """A person with a browser's page open at the server ``url``."""

    page: Page
    url: str

    def log_in(self, credentials: Credentials) -> None:
        self.page.goto(f"{self.url}/user/login/", timeout=FIRST_PAGE)
        self.page.fill("input[name=email]", credentials.username)
        self.page.fill("input[name=password]", credentials.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url, timeout=FIRST_PAGE)

    def open_project(self, project: int) -> None:
        self.page.goto(f"{self.url}/projects/{project}/data", timeout=FIRST_PAGE)
        expect(self.page.get_by_role("button", name="Label All Tasks")).to_be_visible(
            timeout=FIRST_PAGE
        )

    def label_all_tasks(self) -> None:
        """Start labelling, which shows the instruction first."""
        self.page.get_by_role("button", name="Label All Tasks").click()
        expect(self.page.get_by_label("Close modal")).to_be_visible(timeout=FIRST_PAGE)

    def close_instruction(self) -> None:
        self.page.get_by_label("Close modal").click()
        expect(self.page.get_by_label("Close modal")).to_have_count(0)

    def open_task(self, project: int, task: int) -> None:
        self.page.goto(f"{self.url}/projects/{project}/data?task={task}", timeout=FIRST_PAGE)
        self.read()

    def open_from_the_list(self, document: str) -> None:
        self.page.get_by_text(document, exact=True).click()
        self.read()

    def read(self) -> str:
        """The article as the screen shows it, once all of the page is there."""
        text = self.page.locator(".lsf-htx-richtext")
        expect(text).to_be_visible(timeout=FIRST_PAGE)
        self.page.wait_for_load_state("networkidle")
        return text.inner_text()

    def mark(self, key: str, label: str, words: str) -> None:
        """Press a label's key and drag over the words."""
        number = len(self.marked()) + 1
        self.page.keyboard.press(key)
        expect(self.page.locator(".lsf-label_selected")).to_contain_text(label)
        self.page.wait_for_timeout(DOUBLE_CLICK)
        rectangles = self.page.evaluate(_RECTANGLES, words)
        (left, _, top), (_, right, bottom) = rectangles[0], rectangles[-1]
        self.page.mouse.move(left + 1, top)
        self.page.mouse.down()
        self.page.mouse.move((left + right) / 2, bottom, steps=4)
        self.page.mouse.move(right - 1, bottom, steps=4)
        self.page.mouse.up()
        region = self.page.locator(f".htx-highlight[data-label='{number}:{label}']")
        expect(region.first).to_be_visible()
        assert self.marked()[f"{number}:{label}"] == words

    def marked(self) -> dict[str, str]:
        """The words of each region, by its number in the list and its label, such as ``3:Cue``."""
        return {name: region["words"] for name, region in self.page.evaluate(_MARKED).items()}

    def shades(self, name: str) -> list[str]:
        """The background colours of a region's pieces, as CSS gives them."""
        shades: list[str] = self.page.evaluate(_MARKED)[name]["shades"]
        return shades

    def in_the_list(self, label: str, words: str) -> Locator:
        """A region's line in the list at the right, scrolled to."""
        region = self.page.locator(f".htx-highlight[data-label$=':{label}']")
        expect(region.first).to_be_visible()
        names = [name for name, marked in self.marked().items() if marked == words]
        (number,) = (name.removesuffix(f":{label}") for name in names if name.endswith(f":{label}"))
        self.show("Regions")
        self.page.locator(".lsf-tree-list-holder").evaluate(
            "(list, share) => { list.scrollTop = share * list.scrollHeight; }",
            (int(number) - 1) / len(self.marked()),
        )
        number_shown = self.page.get_by_text(number, exact=True)
        return self.page.locator(".lsf-outliner-item").filter(has=number_shown)

    def select(self, label: str, words: str) -> None:
        """Choose a region in the list, where regions on the same words stand apart."""
        self.in_the_list(label, words).click()
        expect(self.page.locator(".lsf-label_selected")).to_contain_text(label)

    def leave(self) -> None:
        """Press Esc, so that no region is selected; again, where a field still had the first."""
        selected = self.page.locator(".htx-highlight.__active")
        for _ in range(4):
            self.page.keyboard.press("Escape")
            with contextlib.suppress(AssertionError):
                expect(selected).to_have_count(0, timeout=2_000)
                return
        expect(selected).to_have_count(0)

    def fields(self) -> set[str]:
        """The fields that the screen offers for the selected region."""
        shown = self.page.locator(".onrecord-side h4:visible, .onrecord-side h5:visible")
        known = {"entity", "speaker", "utterance", "holder", "polarity", "target"}
        return known & set(shown.all_inner_texts())

    def fill(self, field: str, answer: str) -> None:
        """Type an answer into a field of the selected region and press Enter.

        Of a field whose id can be chosen, the choice of a new one comes first.
        """
        if self.page.locator(f".onrecord-pick:visible input[name={field}]").count():
            self.find("new", "new: …")
        box = self.page.locator(f"input[name={field}]:visible")
        box.click()
        self.page.keyboard.type(answer)
        self.page.keyboard.press("Enter")
        answers = self.page.locator(f"[name^='{field}:']:visible")
        expect(answers).to_have_text(answer)

    def search(self, key: str, typed: str) -> None:
        """Press the key of a search and type into it."""
        self.page.keyboard.press(key)
        expect(self.page.locator(_SEARCHING)).to_be_visible()
        self.page.keyboard.type(typed)

    def take(self, choice: str | re.Pattern[str]) -> None:
        """Press Enter, which takes the first choice that a search has found.

        The search is then hidden, and a moment later keys go to the page again, no more to it.
        """
        self.page.keyboard.press("Enter")
        expect(self.chosen()).to_have_attribute("name", choice)
        expect(self.page.locator(_SEARCHING)).to_have_count(0)

    def find(self, typed: str, choice: str) -> None:
        """Search an entity, speaker or holder, and take the first choice that is found."""
        self.search("i", typed)
        self.take(choice)

    def found(self) -> Locator:
        """The choices that a search leaves to choose from."""
        return self.page.locator(".onrecord-pick .lsf-choice:visible")

    def chosen(self) -> Locator:
        """The box of the choice that stands for the selected region's entity, speaker or holder."""
        return self.page.locator(".onrecord-pick .lsf-choice input:checked:visible")

    def choose(self, key: str, choice: str) -> None:
        """Press the key of a choice for the selected region."""
        self.page.keyboard.press(key)
        expect(self.page.locator(f"input[name='{choice}']:visible")).to_be_checked()

    def relate(self, one: tuple[str, str], other: tuple[str, str], name: str | None = None) -> None:
        """Select a region, press Alt+R, choose another in the list; name the relation if asked."""
        self.show("Relations")
        relations = self.page.locator(".lsf-relations__item")
        before = relations.count()
        self.select(*one)
        self.page.keyboard.press("Alt+r")
        self.in_the_list(*other).click()
        self.show("Relations")
        expect(relations).to_have_count(before + 1)
        if name is not None:
            self._name_relation(relations.last, name)
        self.leave()

    def _name_relation(self, relation: Locator, name: str) -> None:
        relation.hover()
        relation.get_by_label("Show Relation Labels").click()
        relation.locator(".lsf-relation-meta button").click()
        self.page.get_by_role("option", name=name, exact=True).click()
        expect(relation.locator(".lsf-relation-meta button")).to_contain_text(name)
        self.page.keyboard.press("Escape")

    def show(self, tab: str) -> None:
        """Bring a tab of the panel at the right to the front: Regions or Relations."""
        tabs = self.page.locator("[id$=_droppable]:visible")
        tabs.filter(has_text=re.compile(f"^{tab}$")).click()

    def submit(self) -> None:
        """Press Submit and wait until the server has the annotation."""
        with self.page.expect_response(_saves("POST", r"/api/tasks/\d+/annotations")) as answer:
            self.page.get_by_label("Submit current annotation").click()
        assert answer.value.status == 201

    def update(self) -> None:
        """Press Update and wait until the server has the change."""
        with self.page.expect_response(_saves("PATCH", r"/api/annotations/\d+")) as answer:
            self.page.get_by_text("Update", exact=True).click()
        assert answer.value.status == 200


def _saves(method: str, path: str) -> Callable[[Response], bool]:
    """Whether a response answers a request of this method to such a path."""
    return lambda response: (
        response.request.method == method and re.search(path, response.url) is not None
    )
