import pytest

from factories import codebook_data, make_codebook, make_criterion
from tracker.rules import codebook as vocabulary
from tracker.rules.codebook import Codebook, SourceKind, State


@pytest.mark.parametrize(
    ("enum", "values"),
    [
        (State, "met lacking unread"),
        (vocabulary.Confidence, "high medium low"),
        (SourceKind, "text official secondary"),
        (vocabulary.ChangeReason, "law-changed new-evidence recoded correction"),
        (vocabulary.Series, "first second"),
        (vocabulary.Bond, "party signatory none"),
        (vocabulary.CountryStatus, "un-member observer other"),
    ],
)
def test_the_vocabulary_is_stored_under_the_codebooks_words(enum, values):
    assert [member.value for member in enum] == values.split()


def test_the_codebook_keeps_the_order_and_words_of_its_file():
    data, book = codebook_data(), make_codebook()

    assert [c.key for c in book.criteria] == [c["key"] for c in data["criteria"]]
    assert dict(book.themes) == data["themes"]
    for criterion, item in zip(book.criteria, data["criteria"], strict=True):
        assert {e.key: e.test for e in criterion.elements} == item["elements"]
        assert criterion.full.all_of == tuple(item["full"])
        assert criterion.note == item.get("note", "")


def test_the_core_five_are_what_the_articles_ask_of_every_penal_code():
    keys = [c.key for c in make_codebook().core]
    assert keys == ["definition", "penalty", "recruitment", "advertising", "payments"]


def test_every_criterion_belongs_to_one_theme():
    book = make_codebook()
    themed = [c for theme, _ in book.themes for c in book.theme(theme)]
    assert sorted(c.key for c in themed) == sorted(c.key for c in book.criteria)
    assert book.element_count == sum(len(c.element_keys) for c in themed)


def test_criteria_come_in_the_codebooks_order_whatever_order_is_asked():
    found = make_codebook().ordered(["prevention", "grooming", "definition", "none"])
    assert [c.key for c in found] == ["definition", "grooming", "prevention"]


def test_an_element_is_found_by_its_key():
    criterion = make_criterion()
    assert criterion.element("b").test == "test of b"
    with pytest.raises(KeyError):
        criterion.element("z")


@pytest.mark.parametrize(
    ("part", "met", "holds"),
    [
        ({"all": ["a", "b"]}, "a b", True),
        ({"all": ["a", "b"]}, "a c", False),
        ({"any": ["a", "b"]}, "b", True),
        ({"any": ["a", "b"]}, "c", False),
        ({"any": ["a", "b"], "all": None}, "a", True),
        ({"all": ["a", "b"], "any": None}, "a", False),
    ],
)
def test_the_smaller_test_needs_all_or_any_of_its_elements(part, met, holds):
    test = make_criterion(part=part).part
    assert test.holds(set(met.split())) is holds
    assert test.elements == ("a", "b")


def test_a_codebook_without_notes_or_treaties_is_read():
    data = codebook_data()
    del data["criteria"][0]["note"]
    data["criteria"][0]["treaties"] = {}
    first = Codebook.from_data(data).criteria[0]
    assert (first.note, first.treaties) == ("", ())
