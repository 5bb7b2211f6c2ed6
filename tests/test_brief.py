import io
from datetime import date

import pypdf
import pytest

from factories import make_country_file
from pages import get_page, words
from tracker.rules.brief import (
    QUESTIONS,
    Model,
    Near,
    Place,
    Question,
    Standing,
    checklist,
    choose_questions,
    nearest,
    plain_words,
    spoken,
)
from tracker.rules.codebook import Confidence, SourceKind
from tracker.store.models import Provision
from tracker.web.i18n import penalty
from tracker.web.typeset import Typesetter, drawable, fit, legible

HOME = Place("AAA", "Home", frozenset({"fr"}), "West", frozenset({"Council of Europe"}))
PAPERS = {"a4": (595, 842), "letter": (612, 792)}


def make_place(iso3, languages="", subregion="East", bodies=()):
    return Place(iso3, iso3, spoken(languages), subregion, frozenset(bodies))


def make_model(place, confidence=Confidence.HIGH, provision="p", kind=SourceKind.TEXT):
    return Model(place, "grooming", "solicitation", provision, "s", confidence, kind)


def test_the_nearest_law_shares_the_language_then_the_subregion_then_treaties():
    treaties = make_place("DDD", bodies=["Council of Europe"])
    subregion = make_place("CCC", subregion="West")
    language = make_place("BBB", "fr_CA en")
    far = make_place("EEE", bodies=["United Nations"])
    found = nearest(HOME, map(make_model, [far, treaties, subregion, language]))
    assert [item.model.place.iso3 for item in found] == ["BBB", "CCC", "DDD"]
    assert [item.near for item in found] == [(near,) for near in Near]


def test_a_treaty_of_all_the_world_brings_nobody_near():
    home = make_place("AAA", bodies=["United Nations"])
    other = make_place("BBB", subregion="West", bodies=["United Nations"])
    assert nearest(home, [make_model(other)])[0].near == ()


def test_each_country_stands_once_and_never_beside_itself():
    other = make_place("BBB", "fr")
    models = [make_model(HOME), make_model(other, provision="q"), make_model(other)]
    assert [item.model.provision for item in nearest(HOME, models)] == ["p"]


def test_between_equals_the_surer_reading_comes_first():
    low = make_model(make_place("BBB", "fr"), Confidence.LOW)
    high = make_model(make_place("CCC", "fr"))
    assert [item.model for item in nearest(HOME, [low, high])] == [high, low]


def test_a_checklist_has_the_clauses_of_the_test_and_what_to_mind():
    test = "Selling (of any kind; by anyone) is an offence; buying is (a gift; too)"
    assert [(check.text, check.mind) for check in checklist(test)] == [
        ("Selling (of any kind; by anyone) is an offence", ""),
        ("Buying is", "A gift; too"),
    ]
    assert plain_words(test) == (
        "Selling (of any kind; by anyone) is an offence; buying is"
    )


@pytest.mark.parametrize("bits", range(32))
def test_there_are_always_three_questions(bits):
    holds = [bool(bits >> place & 1) for place in range(5)]
    asked = choose_questions(Standing(*holds))
    assert len(set(asked)) == QUESTIONS
    assert (Question.UNREAD in asked) is holds[3]


def read_pdf(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    assert response.mimetype == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(response.data))


PARTS = 6  # so that the processes of a run share the work


def text_of(reader):
    """With the breaks of lines and of words taken out."""
    text = "".join(page.extract_text() for page in reader.pages)
    return text.replace("\xad", "").replace("\n", "").replace(" ", "")


def says(text, words):
    return words.replace(" ", "") in text.replace(" ", "")


@pytest.mark.parametrize("part", range(PARTS))
def test_the_brief_of_every_country_has_at_most_two_pages(client, part):
    rows = client.get("/countries.json", buffered=True).json["rows"]
    most = sorted(rows, key=lambda row: -row["lacking_elements"])[:6]
    asked = [(row["iso3"], "a4") for row in rows]
    asked += [(row["iso3"], "letter") for row in most]
    for iso3, paper in asked[part::PARTS]:
        reader = read_pdf(client, f"/countries/{iso3}/brief.pdf?paper={paper}")
        assert len(reader.pages) <= 2, (iso3, paper)
        box = reader.pages[0].mediabox
        assert (round(box.width), round(box.height)) == PAPERS[paper]
        if paper == "letter":  # reading the text takes longer than making it
            assert "\N{REPLACEMENT CHARACTER}" not in text_of(reader)


def test_the_brief_is_tagged_with_title_language_and_links(client):
    rows = client.get("/countries.json", buffered=True).json["rows"]
    most = max(rows, key=lambda row: row["lacking_elements"])["iso3"]
    reader = read_pdf(client, f"/countries/{most}/brief.pdf")
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "Closing the gap" in reader.metadata.title
    links = [
        note.get_object()["/A"]["/URI"]
        for page in reader.pages
        for note in page.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    ]
    assert len(links) > 5
    assert all(link.startswith("http") for link in links)


def test_page_and_pdf_say_the_same(client):
    for iso3 in ("PHL", "THA", "KEN"):
        page = get_page(client, f"/countries/{iso3}/brief")
        text = text_of(read_pdf(client, f"/countries/{iso3}/brief.pdf"))
        questions = [words(item) for item in page.all("ol")[-1]]
        assert len(questions) == QUESTIONS
        for heading in page.all("h2"):
            assert words(heading).replace(" ", "") in text, (iso3, words(heading))


def test_a_country_nobody_read_gets_a_brief_that_claims_no_gap(serve_seeds):
    client = serve_seeds(make_country_file("PHL"))
    page = get_page(client, "/countries/KEN/brief")
    assert "Nobody has read the law of Kenya" in page.text
    assert "No element was found lacking" not in page.text
    assert not page.all("section", class_="gap-card")
    pdf = read_pdf(client, "/countries/KEN/brief.pdf")
    assert len(pdf.pages) <= 2
    for text in (page.text, text_of(pdf)):
        assert says(text, "What the law lacks is not known")
        assert says(text, "A law that nobody has read is not a law without gaps.")


def test_a_law_without_a_gap_is_not_called_complete(client):
    page = client.get("/countries/KEN/brief").text
    for text in (page, text_of(read_pdf(client, "/countries/KEN/brief.pdf"))):
        assert says(text, "No element was found lacking in what was read")
        assert says(text, "That does not say that the law is complete")


def test_an_article_can_be_copied_out_of_the_brief(client):
    """A soft hyphen is drawn as one, and no search for 226-2 finds it."""
    pages = read_pdf(client, "/countries/JPN/brief.pdf").pages
    text = "".join(page.extract_text() for page in pages)
    assert "226-2" in text
    assert "\N{SOFT HYPHEN}" not in text


@pytest.mark.parametrize(
    ("least", "most", "life", "said"),
    [
        (None, None, False, ""),
        (None, None, True, "imprisonment for life"),
        (None, 1, False, "imprisonment: up to 1 year"),
        (1, None, True, "imprisonment: at least 1 year, or for life"),
        (0.5, 1, False, "imprisonment: 0.5 to 1 year"),
        (None, 0.5, False, "imprisonment: up to 0.5 years"),
        (2, 12.5, True, "imprisonment: 2 to 12.5 years, or for life"),
    ],
)
def test_a_penalty_in_words(site, least, most, life, said):
    provision = Provision(min_years=least, max_years=most, life=life)
    with site.test_request_context():
        assert penalty(provision) == said


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/countries/PHL/brief.pdf?paper=a3", 400),
        ("/countries/XXX/brief", 404),
        ("/countries/XXX/brief.pdf", 404),
        ("/compare.pdf", 400),
        ("/compare.pdf?country=PHL", 400),
        ("/compare.pdf?country=PHL&country=KEN&paper=a3", 400),
        ("/corridor?from=PHL&to=PHL", 400),
        ("/corridor?from=PHL&to=XXX", 400),
        ("/changes?since=2019", 400),
        ("/changes?since=2999-01-01", 400),
        ("/changes?kind=rumour", 400),
        ("/provisions/nothing", 404),
        ("/provisions/grooming?beside=PHL:nothing", 400),
        ("/provisions/grooming?language=xx", 400),
        ("/away?target=no", 400),
        ("/embed/map/nothing", 404),
        ("/embed/countries/XXX", 404),
        ("/embed?country=XXX", 400),
        ("/criteria/nothing/feed.atom", 404),
        ("/countries/XXX/feed.json", 404),
        ("/countries/XXX/card.png", 404),
    ],
)
def test_wrong_input_gets_a_page_that_helps(client, path, status):
    assert len(get_page(client, path, status=status).all("a")) > 3


def test_a_comparison_fits_one_page(client):
    six = "&".join(f"country={iso3}" for iso3 in ("PHL", "IND", "KEN", "USA"))
    reader = read_pdf(client, f"/compare.pdf?{six}&region=Asia&region=Europe")
    assert len(reader.pages) == 1
    assert "notread" in text_of(reader)


def test_no_text_of_a_record_is_markup():
    nasty = '#panic("x") *b* $1$ = h \\ @ref <label> `code` #read("/etc/passwd")'
    data = {"lang": "en", "site": "s", "title": nasty, "lines": [nasty], "foot": "f"}
    reader = pypdf.PdfReader(io.BytesIO(Typesetter("card.typ", data).pdf(date.today())))
    found = "".join(reader.pages[0].extract_text().split())
    assert found.count("".join(nasty.split())) == 2


def test_what_no_font_draws_is_named_and_never_a_box():
    assert drawable("Loi n° 2019-33 – Закон, Νόμος, “Gesetz”")
    assert all(map(drawable, ["مرسوم بقانون", "刑法", "พระราชบัญญัติ"]))
    assert not drawable("\U0001f600")
    assert legible({"a": ["x \U0001f600"]}) == {"a": ["x [U+1F600]"]}


@pytest.mark.parametrize("needed", range(5))
def test_the_roomiest_layout_that_fits_is_taken(needed):
    layouts = [{"size": size} for size in range(5)]
    found = fit(lambda size: 1 if size >= needed else 3, layouts, 2)
    assert found == {"size": needed}
