"""A real browser for the tests of the annotation screen, and where its pictures go."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from annotator import Annotator
from labelstudio_fixture import LabelStudio
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SIZE: ViewportSize = {"width": 1280, "height": 800}


def find_browser() -> str:
    """The browser's program: ``$ONRECORD_CHROMIUM``, or the first of ``PROGRAMS`` on PATH.

    Raises:
        pytest.UsageError: there is none.
    """
    configured = os.environ.get("ONRECORD_CHROMIUM")
    if configured:
        if not os.access(configured, os.X_OK):
            raise pytest.UsageError(f"$ONRECORD_CHROMIUM is {configured}, which is no program")
        return configured
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise pytest.UsageError(
            "no browser found; install Chromium (Debian: chromium) or set ONRECORD_CHROMIUM"
        )
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="write pictures of the screens that the annotation guide shows",
    )


def pytest_configure(config: pytest.Config) -> None:
    del config
    find_browser()
    expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def newcomer(browser: Browser, label_studio: LabelStudio) -> Iterator[Annotator]:
    """Somebody who has not logged in yet, in a profile of their own."""
    page = browser.new_page(viewport=SIZE)
    yield Annotator(page, label_studio.url)
    page.close()


@pytest.fixture(scope="session")
def annotator(browser: Browser, label_studio: LabelStudio) -> Annotator:
    """Somebody who has logged in, in a profile of their own."""
    person = Annotator(browser.new_page(viewport=SIZE), label_studio.url)
    person.log_in(label_studio.secrets())
    return person


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Write a picture of a page under a name, if the option ``--pictures`` asks for pictures."""
    folder: Path | None = request.config.getoption("--pictures")

    def write(page: Page, name: str) -> None:
        if folder is None:
            return
        image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(folder / f"{name}.png", optimize=True)

    return write
