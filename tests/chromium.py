"""Headless Chromium for the tests that need one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

PROGRAM = shutil.which("chromium")
REQUIRED = os.environ.get("TRACKER_REQUIRE_BROWSER") == "1"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MISSING = "Chromium is missing: apt-get install chromium"
SKIPPED = pytest.mark.skipif(not PROGRAM and not REQUIRED, reason=MISSING)
NEEDED = [pytest.mark.browser, SKIPPED]


@contextmanager
def launched() -> Iterator[Browser]:
    """Start it after the site: Playwright keeps a loop in this thread."""
    assert PROGRAM, MISSING
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()
