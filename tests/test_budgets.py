"""The budgets of the first view: what travels, compressed, before anyone clicks."""

import gzip
import re

import pytest

from pages import get_page

PAGE = 50_000  # HTML and CSS, the map apart
MAP = 80_000
COUNTRY = 100_000  # all in
MAP_SHAPE = re.compile(r'<svg [^>]*role="group".*?</svg>', re.DOTALL)


@pytest.fixture(scope="session")
def style(client):
    address = get_page(client, "/about").all("link", rel="stylesheet")[0].get("href")
    return size(client.get(address, buffered=True).data)


def size(data):
    return len(gzip.compress(data, mtime=0))


def weigh(client, path):
    """Bytes of a page without its map, and of the map."""
    text = client.get(path).text
    assert "<img" not in text
    assert "<script" not in text.replace('<script type="application/ld+json"', "")
    drawn = "".join(MAP_SHAPE.findall(text))
    return size(MAP_SHAPE.sub("", text).encode()), size(drawn.encode()) if drawn else 0


def test_every_page_is_within_its_budget(client, paths, style):
    more = ["/compare?country=PHL&country=IND&region=Asia", "/search?q=child"]
    for path in [*paths, *more]:
        if "." in path:
            continue
        page, drawn = weigh(client, path)
        assert page + style <= PAGE, f"{path}: {page} and {style}"
        assert drawn <= MAP, f"{path}: a map of {drawn}"


def test_every_question_is_within_its_budget(client, style):
    for criterion in client.get("/data/codebook.json").json["criteria"]:
        page, drawn = weigh(client, f"/criteria/{criterion['key']}")
        assert page + style <= PAGE, f"{criterion['key']}: {page} and {style}"
        assert 0 < drawn <= MAP


def test_every_country_is_within_its_budget(client, style):
    everything = client.get("/countries.json", buffered=True).json["rows"]
    most = sorted(everything, key=lambda row: -row["criteria_read"])[:25]
    for row in most:
        page, drawn = weigh(client, f"/countries/{row['iso3']}")
        assert not drawn
        assert page + style <= PAGE, f"{row['iso3']}: {page} and {style}"
        assert page + drawn + style <= COUNTRY


@pytest.mark.parametrize("path", ["/", "/gaps", "/gaps.csv", "/gaps.json"])
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
def test_answers_travel_compressed(client, path, coding):
    response = client.get(path, headers={"Accept-Encoding": coding}, buffered=True)
    assert "Accept-Encoding" in response.headers["Vary"]
    if path.endswith(("csv", "json")) and coding == "gzip":
        return  # what is streamed travels as br or zstd
    assert response.headers["Content-Encoding"] == coding
    plain = client.get(path, buffered=True)
    assert len(response.data) < len(plain.data) / 2
