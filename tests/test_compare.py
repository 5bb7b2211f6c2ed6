"""What a comparison calls a difference, and what it leaves open."""

import re

import pytest

from factories import make_country_file, make_reading
from tracker.rules.codebook import CountryStatus
from tracker.store.models import Country


@pytest.fixture
def compared(serve_seeds):
    """A function: whether a page says that two laws differ on recruitment."""

    def differ(first, second):
        files = [
            make_country_file(
                iso3,
                readings={"recruitment": make_reading(dict(elements))},
                history=[],
            )
            for iso3, elements in (("PHL", first), ("KEN", second))
        ]
        client = serve_seeds(*files)
        page = client.get("/compare?country=PHL&country=KEN").text
        row = re.search(
            r'<th scope="row">(?:(?!</th>).)*Recruitment.*?</th>', page, re.S
        )
        return "differs" in row[0]

    return differ


def states(recruiting, ict):
    return {"recruiting": recruiting, "ict": ict}


def test_one_law_meets_what_the_other_lacks(compared):
    assert compared(states("met", "met"), states("met", "lacking"))


@pytest.mark.parametrize("ict", ["met", "lacking"])
def test_what_nobody_read_makes_no_difference(compared, ict):
    assert not compared(states("met", ict), states("met", "unread"))


def test_the_questions_that_differ_stand_first(serve_seeds):
    files = [
        make_country_file(
            iso3,
            readings={
                "recruitment": make_reading(states("met", ict)),
                "grooming": make_reading(
                    {
                        "solicitation": state,
                        "contact_suffices": "lacking",
                        "all_children": "lacking",
                    }
                ),
            },
            history=[],
        )
        for iso3, ict, state in (("PHL", "met", "met"), ("KEN", "unread", "lacking"))
    ]
    rows = serve_seeds(*files).get("/compare.json?country=PHL&country=KEN").json["rows"]
    assert next(row["criterion"] for row in rows) == "grooming"


def test_what_may_differ_stands_before_what_is_the_same(serve_seeds):
    files = [
        make_country_file(
            iso3,
            readings={
                "definition": make_reading(
                    dict.fromkeys(("offence", "all_children", "no_means", "ict"), "met")
                ),
                "recruitment": make_reading(states("met", ict)),
            },
            history=[],
        )
        for iso3, ict in (("PHL", "met"), ("KEN", "unread"))
    ]
    rows = serve_seeds(*files).get("/compare.json?country=PHL&country=KEN").json["rows"]
    assert rows[0]["criterion"] == "recruitment"


def test_codes_are_typed_where_a_list_would_be_too_long(serve_seeds, session):
    client = serve_seeds(make_country_file("PHL"), make_country_file("KEN"))
    for place in range(150):
        code = "Q" + chr(65 + place // 26) + chr(65 + place % 26)  # none of ISO 3166-1
        session.add(
            Country(
                iso3="X" + code[1:] if code == "QAT" else code,
                iso2=f"{place // 26}{code[2]}",
                position=1_000 + place,
                m49="",
                name=f"Place {place}",
                region="Asia",
                subregion="Asia",
                status=CountryStatus.OTHER,
                un_since="",
                languages="en",
            )
        )
    session.commit()
    page = client.get("/compare?country=phl&country=KEN").text
    assert "<option" not in page
    assert page.count('<input name="country"') == 6
    assert 'value="PHL"' in page
    assert "Philippines and Kenya" in page
    wrong = client.get("/compare?country=PHL&country=zzz")
    assert wrong.status_code == 400
    assert "PHL, zzz" in wrong.text
