"""The report in a real browser, from a file: every page, every filter, from the board to the words."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from many_articles import ARTICLES, report_of_many
from playwright.sync_api import Browser, Page, expect

from onrecord.report.build import build_report

WIDTHS = (400, 800, 1600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report, moved after it was made."""
    made = tmp_path_factory.mktemp("made")
    build_report(made / "report")
    return Path(shutil.move(made / "report", tmp_path_factory.mktemp("moved") / "elsewhere"))


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    """A page; what its console says and what it asks for beyond the folder is a failure."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(folder.as_uri()) else wrong.append(request.url)
        ),
    )
    yield page
    page.close()
    assert wrong == []


def test_every_page_opens_and_fits_at_every_width(page: Page, folder: Path) -> None:
    paths = sorted(folder.rglob("*.html"))
    assert len(paths) > 50
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            page.goto(path.as_uri())
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, (width, path.name)


def test_from_the_board_to_the_words_in_the_text(page: Page, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="The board", exact=True).click()
    table = page.locator("table.sortable").first
    names = table.locator("tbody th")
    first = names.first.inner_text().splitlines()[0]
    table.get_by_role("button", name="quotes").click()
    table.get_by_role("button", name="quotes").click()
    assert table.locator("th[aria-sort=ascending]").count() == 1
    assert names.first.inner_text().splitlines()[0] != first
    table.get_by_role("link", name="rules", exact=True).click()

    page.locator("a.jump[href*='layer=quotes&kind=missed']").click()
    expect(page.locator("#layer")).to_have_value("quotes")
    expect(page.locator("#kind")).to_have_value("missed")
    counted = int(page.locator("#count").inner_text().split()[0])
    page.locator("#document").select_option("ibna")
    assert "document=ibna" in page.url
    assert int(page.locator("#count").inner_text().split()[0]) < counted
    item = page.locator("#list li").first
    expect(item.locator("mark.a").first).to_be_visible()
    words = "".join(item.locator("mark.a").all_inner_texts())

    item.get_by_role("link").click()
    assert "/read/ibna.html#" in page.url
    expect(page.locator("#b")).to_have_value("rules")
    chosen = page.locator("#text .on")
    expect(chosen.first).to_be_in_viewport()
    assert "".join("".join(chosen.all_inner_texts()).split()) == "".join(words.split())
    expect(page.locator("#details div").first).to_contain_text("gold quote, only here")
    assert page.get_by_role("checkbox", name="entities").is_checked() is False


def test_two_systems_lie_on_one_text(page: Page, folder: Path) -> None:
    """Overlapping spans never hide one another: each piece tells of all that are over it."""
    page.goto((folder / "read" / "duvar.html").as_uri())
    text = page.locator("#text").inner_text()
    page.locator("#a").select_option("claude")
    page.locator("#b").select_option("spacy-sm")
    assert page.locator("#text").inner_text() == text
    assert {"a=claude", "b=spacy-sm"} <= set(page.url.partition("#")[2].split("&"))
    every = int(page.locator("#differ").inner_text().split()[0])
    page.get_by_role("checkbox", name="quotes").uncheck()
    page.get_by_role("checkbox", name="stances").uncheck()
    fewer = int(page.locator("#differ").inner_text().split()[0])
    assert 0 < fewer < every
    page.reload()
    assert int(page.locator("#differ").inner_text().split()[0]) == fewer
    page.keyboard.press("n")
    on = page.locator("#text .on").first
    where = on.get_attribute("data-start")
    page.keyboard.press("n")
    assert on.get_attribute("data-start") != where
    page.keyboard.press("p")
    assert on.get_attribute("data-start") == where
    page.get_by_role("checkbox", name="quotes").check()
    page.locator("#a").select_option("gold")
    page.locator("#b").select_option("claude")
    inside = page.locator("#text .piece", has_text="Ankara").first  # a name in what is said
    inside.click()
    expect(page.locator("#details div")).to_have_count(4)


def test_errors_are_searched_by_words_and_by_who_is_in_them(page: Page, folder: Path) -> None:
    page.goto((folder / "system" / "rules.html").as_uri() + "#layer=quotes")
    every = int(page.locator("#count").inner_text().split()[0])
    page.locator("#words").fill("Blinken")
    expect(page.locator("#count")).not_to_contain_text(str(every))
    found = int(page.locator("#count").inner_text().split()[0])
    assert 0 < found < every
    assert "words=Blinken" in page.url
    for item in page.locator("#list li").all():
        assert "blinken" in item.inner_text().lower()
    page.reload()
    assert int(page.locator("#count").inner_text().split()[0]) == found
    page.locator("#words").fill("")
    page.locator("#kind").select_option("wrong-speaker")
    offered = page.locator("#subkind option:not([hidden])").all_inner_texts()
    page.locator("#subkind").select_option(offered[-1])
    assert all(offered[-1] in item.inner_text() for item in page.locator("#list li").all())
    assert page.locator("#list li").count() > 0


def test_a_row_of_the_board_shows_which_scores_it_is_better_than(page: Page, folder: Path) -> None:
    page.goto((folder / "board.html").as_uri())
    tables = page.locator("table.better")
    for number in (0, tables.count() - 3):  # the articles, and the probes from the text alone
        table = tables.nth(number)
        leader = table.locator("tbody tr", has=page.locator("td[data-better]")).first
        marked = sum(
            len((cell.get_attribute("data-better") or "").split())
            for cell in leader.locator("td[data-better]").all()
        )
        leader.focus()
        assert table.locator("td.beaten").count() == marked > 0
        table.get_by_role("button", name="quotes").click()  # sorted, the same are marked
        leader = table.locator("tbody tr", has=page.locator("td[data-better]")).first
        leader.hover()
        assert table.locator("td.beaten").count() > 0
        page.mouse.move(0, 0)
        expect(table.locator("td.beaten")).to_have_count(0)


def test_the_probes_lead_to_their_sets_and_to_what_a_system_gave(page: Page, folder: Path) -> None:
    page.goto((folder / "probes.html").as_uri())
    quotes = page.locator("details", has_text="quotes: who is better")
    quotes.locator("summary").click()
    row = quotes.locator("tbody tr").first
    row.focus()
    beaten = (row.get_attribute("data-better") or "").split()
    assert quotes.locator("tr.beaten").count() == len(beaten) > 4

    line = page.locator("table.sortable tbody tr", has_text="speaker-inversion")
    names = page.locator("table.sortable thead th").all_inner_texts()
    cell = line.locator("td").nth(names.index("spacy-sm") - 1)
    right, of = cell.inner_text().split("/")
    cell.get_by_role("link").click()
    expect(page.locator("#system")).to_have_value("spacy-sm")
    shown = page.locator("#count").inner_text()
    assert shown.startswith(f"{right} of {of} sets right")
    sets = page.locator("details.set")
    opened = sets.first
    assert opened.locator("ins").count() > 0
    members = opened.locator(".members > div")
    expect(opened.locator(".gave strong")).to_have_count(members.count())
    for member in members.all():
        passage = member.locator(".passage").inner_text()
        for words in member.locator(".gave li").all_inner_texts():
            assert words.partition("‘")[2].partition("’")[0].partition(" … ")[0] in passage
    wrong = sets.filter(has_text="· wrong").count()
    assert 0 < wrong < sets.count()
    page.locator("#wrong").check()
    assert page.locator("details.set:visible").count() == wrong
    page.reload()
    expect(page.locator("#wrong")).to_be_checked()


def test_a_report_of_many_articles_opens_and_fits(browser: Browser, tmp_path: Path) -> None:
    folder = report_of_many(tmp_path)
    page = browser.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    paths = [*folder.glob("*.html"), *sorted((folder / "system").iterdir())]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            page.goto(path.as_uri())
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, (width, path.name)
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="acts of saying").click()
    first = page.locator("tbody th").first.inner_text()
    page.get_by_role("link", name="Next").first.click()
    assert page.locator("tbody th").first.inner_text() != first
    page.get_by_role("link", name="Articles", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(ARTICLES)
    page.locator("tbody th a").last.click()
    page.locator("#b").select_option("system-002")
    expect(page.locator("#differ")).to_contain_text("places where the two differ")
    page.close()
    assert wrong == []


def test_the_pictures_of_the_guide(
    page: Page, folder: Path, picture: Callable[[Page, str], None]
) -> None:
    """``--pictures docs/pictures`` writes them."""
    page.set_viewport_size({"width": 1100, "height": 640})
    views = {
        "event": ("index.html", "Who said what"),
        "board": ("board.html", "From the text alone"),
        "article": ("read/duvar.html#b=rules", "layers"),
        "set": ("probes/nested.html#system=spacy-sm", "nested-01, names invented"),
    }
    for name, (address, words) in views.items():
        page.goto(f"{folder.as_uri()}/{address}")
        expect(page.get_by_text(words).first).to_be_visible()
        page.get_by_text(words).first.scroll_into_view_if_needed()
        if name == "event":
            page.locator("#said").evaluate("heading => heading.scrollIntoView()")
        picture(page, name)


@pytest.mark.parametrize(
    "name",
    ["index", "board", "comparisons", "probes", "system/rules", "read/rt#b=rules", "probes/nested"],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, folder: Path, name: str, scheme: str) -> None:
    path, _, fragment = name.partition("#")
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{(folder / f'{path}.html').as_uri()}#{fragment}")
    found = Axe().run(page).response["violations"]
    context.close()
    serious = [
        (v["id"], v["nodes"][0]["html"][:120])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_tables_are_there_without_javascript(browser: Browser, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "system" / "rules.html").as_uri())
    expect(page.locator("table").first).to_contain_text("entities")
    page.goto((folder / "read" / "rt.html").as_uri())
    expect(page.locator("#text")).to_contain_text("Cavusoglu")
    assert "PERSON" in (
        page.locator("#text .piece", has_text="Cavusoglu").first.get_attribute("title") or ""
    )
    context.close()
