"""What a comparison calls a difference, and what it leaves open."""

import re

import pytest

from factories import make_country_file, make_reading


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
