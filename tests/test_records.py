import pytest
from pydantic import ValidationError

from factories import (
    codebook_data,
    make_country_file,
    make_earlier,
    make_law,
    make_provision,
    make_reading,
    make_source,
)
from tracker.rules.codebook import State
from tracker.rules.records import (
    Bill,
    CodebookFile,
    CountryFile,
    CountryRow,
    CriterionReading,
    EarlierReading,
    Law,
    Provision,
    Source,
    TreatyStatusRow,
    plain,
)

COUNTRY_ROW = {
    "iso3": "PHL",
    "iso2": "PH",
    "m49": "608",
    "name": "Philippines",
    "region": "Asia",
    "subregion": "South-eastern Asia",
    "status": "un-member",
    "un_since": "1945",
    "languages": "en fil",
}


def refused_at(record_type, data):
    """Where the record is wrong: the path of each of its faults."""
    with pytest.raises(ValidationError) as caught:
        record_type.model_validate(data)
    return {error["loc"] for error in caught.value.errors()}


def test_a_country_file_comes_back_as_it_was_given():
    data = make_country_file()
    assert plain(CountryFile.model_validate(data)) == data


def test_what_was_not_given_stays_out():
    data = make_reading({"a": {"state": "met", "since": None}, "b": "unread"})
    assert plain(CriterionReading.model_validate(data)) == data


def test_an_element_tells_what_it_has_of_its_own():
    data = make_reading({"a": {"state": "met", "sources": ["x"], "since": None}})
    found = CriterionReading.model_validate(data).elements["a"]
    assert found.state is State.MET
    assert found.own == ("since", "sources")


@pytest.mark.parametrize("field", sorted(make_country_file()))
def test_every_field_of_a_country_file_must_be_written(field):
    data = make_country_file()
    del data[field]
    assert refused_at(CountryFile, data) == {(field,)}


def test_a_field_that_the_format_does_not_know_is_refused():
    assert refused_at(CountryFile, make_country_file(notes=[])) == {("notes",)}


@pytest.mark.parametrize(
    ("record_type", "data", "field"),
    [
        (Law, make_law("a", enacted="2019-02-30"), "enacted"),
        (Law, make_law("a", in_force="2019-13"), "in_force"),
        (Law, make_law("a", enacted=2019), "enacted"),
        (Law, make_law("a", language="English"), "language"),
        (Law, make_law("a", url="javascript:alert(1)"), "url"),
        (Law, make_law("a", url="https://example.org/a b"), "url"),
        (Law, make_law("a", title=""), "title"),
        (Law, make_law("a", title="x" * 5001), "title"),
        (Law, make_law("a", title="line\nline"), "title"),
        (Law, make_law("a", title="nul\0"), "title"),
        (Law, make_law("a", title=7), "title"),
        (Law, make_law("a b"), "key"),
        (Law, make_law("../a"), "key"),
        (Law, make_law(""), "key"),
        (Law, make_law("a" * 65), "key"),
        (Provision, make_provision("a", says=None), "says"),
        (Source, make_source("a", kind="rumour"), "kind"),
        (Source, make_source("a", seen="2019-08"), "seen"),
        (Source, make_source("a", seen="2019-02-29"), "seen"),
        (Source, make_source("a", url="ftp://example.org"), "url"),
        (EarlierReading, make_earlier("a", {"a": "met"}, until=None), "until"),
        (EarlierReading, make_earlier("a", {}), "elements"),
        (CriterionReading, make_reading({"a": "met"}, confidence="sure"), "confidence"),
        (CriterionReading, make_reading({"a": "met"}, since="soon"), "since"),
        (CountryFile, make_country_file(country="PH"), "country"),
        (CountryFile, make_country_file(country="phl"), "country"),
        (CountryFile, make_country_file(coded_on="2026"), "coded_on"),
        (CountryRow, {**COUNTRY_ROW, "status": "empire"}, "status"),
        (CountryRow, {**COUNTRY_ROW, "m49": "8"}, "m49"),
        (CountryRow, {**COUNTRY_ROW, "languages": "en\0"}, "languages"),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused(record_type, data, field):
    assert refused_at(record_type, data) == {(field,)}


@pytest.mark.parametrize("state", ["yes", "Met", "", None, 1, True])
def test_a_state_outside_the_vocabulary_is_refused(state):
    assert refused_at(CriterionReading, make_reading({"a": state}))
    assert refused_at(CriterionReading, make_reading({"a": {"state": state}}))


@pytest.mark.parametrize("years", [-1, 1001, "ten", True, float("nan"), float("inf")])
def test_years_of_imprisonment_are_a_number_of_years(years):
    data = make_provision("a", max_years=years)
    assert {path[:2] for path in refused_at(Provision, data)} == {
        ("penalty", "max_years")
    }


def test_a_bill_is_no_reading():
    data = make_country_file()["bills"][0]
    assert plain(Bill.model_validate(data)) == data
    assert refused_at(Bill, {**data, "elements": {"a": "met"}}) == {("elements",)}


def test_a_treaty_date_may_be_missing_but_not_impossible():
    row = {"iso3": "PHL", "treaty": "opsc", "status": "party", "source_key": "a"}
    assert TreatyStatusRow.model_validate({**row, "date": ""}).date == ""
    assert refused_at(TreatyStatusRow, {**row, "date": "2019-02-30"}) == {("date",)}


@pytest.mark.parametrize(
    "part",
    [{}, {"all": None}, {"all": []}, {"any": []}, {"all": ["offence"], "any": ["ict"]}],
)
def test_the_smaller_test_of_a_criterion_is_either_all_or_any(part):
    data = codebook_data()
    data["criteria"][0]["part"] = part
    assert {path[:3] for path in refused_at(CodebookFile, data)} == {
        ("criteria", 0, "part")
    }


@pytest.mark.parametrize(
    "change", [{"part": {"all": ["nothing"]}}, {"full": ["offence", "nothing"]}]
)
def test_a_test_names_only_elements_of_its_criterion(change):
    data = codebook_data()
    data["criteria"][0].update(change)
    assert refused_at(CodebookFile, data) == {("criteria", 0)}
