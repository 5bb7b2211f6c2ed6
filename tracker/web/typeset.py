"""PDF and PNG from records: a typst template and data, never markup made of text.

Data goes in as JSON through `sys.inputs`, so that no text of a record is ever read as
markup. PDFs are PDF/UA-1 (ISO 14289-1): tagged, with title and language; typst refuses
a character that no font can draw, which `drawable` makes use of.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parents[1] / "templates" / "pdf"
FONT_PACKAGES = (
    ("fontpkg_noto_sans_arabic", "files"),
    ("fontpkg_noto_sans_thai", "files"),
    ("fontpkg_noto_sans_khmer", "files"),
    ("noto_cjk_sans_otc", "."),
)
FAMILIES = (
    "Libertinus Serif",
    "Noto Sans Arabic",
    "Noto Sans Thai",
    "Noto Sans Khmer",
    "Noto Sans CJK SC",
    "Noto Sans CJK TC",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
)
# What Libertinus Serif draws for certain: Latin, Greek, Cyrillic and their punctuation.
PLAIN = re.compile(
    r"[\x20-\x7e\xa0-\u0233\u0384-\u03ce\u0400-\u045f\u2010-\u2027\u20ac]*"
)
CHARACTER = (
    '#set document(title: "x")\n#set text(font: json(bytes(sys.inputs.fonts)))\n'
)
CHARACTER += "#sys.inputs.text"
PAPERS = {"a4": "a4", "letter": "us-letter"}


@cache
def fonts() -> typst.Fonts:
    """The fonts in the wheels: a page looks the same on every machine."""
    folders = [
        str(files(name).joinpath(folder))
        for name, folder in FONT_PACKAGES
        if find_spec(name)
    ]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


@cache
def families() -> tuple[str, ...]:
    known = set(fonts().families())
    return tuple(family for family in FAMILIES if family in known)


@lru_cache(maxsize=4096)
def drawable(text: str) -> bool:
    """Whether the fonts at hand have every character of `text`."""
    if PLAIN.fullmatch(text):
        return True
    compiler = typst.Compiler(CHARACTER.encode(), font_paths=fonts())
    inputs = {"text": text, "fonts": json.dumps(families())}
    try:
        compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError:
        return False
    return True


def legible(data: Any) -> Any:
    """`data` with the name of each character that no font at hand can draw."""
    if isinstance(data, dict):
        return {key: legible(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [legible(value) for value in data]
    if isinstance(data, str) and not drawable(data):
        return "".join(c if drawable(c) else f"[U+{ord(c):04X}]" for c in data)
    return data


@dataclass(frozen=True)
class Typesetter:
    """One document: a template of `templates/pdf` with its data."""

    template: str
    data: dict[str, Any]

    def compiler(self, **layout: Any) -> typst.Compiler:
        data = {**self.data, **layout, "fonts": families()}
        return typst.Compiler(
            str(TEMPLATES / self.template),
            root=str(TEMPLATES),
            font_paths=fonts(),
            sys_inputs={"data": json.dumps(legible(data))},
        )

    def pages(self, **layout: Any) -> int:
        found = self.compiler(**layout).query("<pages>", field="value", one=True)
        return int(json.loads(found))

    def pdf(self, day: date, **layout: Any) -> bytes:
        """The PDF; the same data on the same day gives the same bytes."""
        found = self.compiler(**layout).compile(
            format="pdf",
            pdf_standards="ua-1",
            timestamp=datetime.combine(day, time(), UTC),
        )
        assert isinstance(found, bytes)
        return found

    def png(self, ppi: float) -> bytes:
        found = self.compiler().compile(format="png", ppi=ppi)
        assert isinstance(found, bytes)
        return found


def fit(
    pages: Callable[..., int], layouts: Sequence[dict[str, Any]], most: int
) -> dict[str, Any]:
    """The first layout, from roomy to tight, that needs at most `most` pages.

    The roomiest is tried first: it does for five in six.
    """
    if pages(**layouts[0]) <= most:
        return layouts[0]
    low, high = 1, len(layouts) - 1
    while low < high:
        middle = (low + high) // 2
        if pages(**layouts[middle]) <= most:
            high = middle
        else:
            low = middle + 1
    return layouts[low]
