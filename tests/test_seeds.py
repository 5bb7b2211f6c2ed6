"""The project's own data."""

import pytest

from factories import SEEDS
from tracker.actions.check import check_seeds
from tracker.actions.yamlfile import dump, read_yaml

FILES = sorted(SEEDS.glob("*/*.yaml"))


@pytest.fixture(scope="module")
def seeds():
    return check_seeds(SEEDS)


def test_the_seeds_have_no_problem(seeds):
    assert [str(problem) for problem in seeds.problems] == []


def test_every_file_of_the_seeds_is_read(seeds):
    assert len(FILES) > 100
    assert len(seeds.files) == len(FILES)


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.parent.name + "-" + path.stem
)
def test_every_file_is_written_as_the_export_would_write_it(path):
    document = read_yaml(path, path.name)
    assert dump(document.data) == document.text


def test_every_second_reading_has_a_first_one(seeds):
    first = {iso3 for series, iso3 in seeds.files if series.value == "first"}
    second = {iso3 for series, iso3 in seeds.files if series.value == "second"}
    assert second
    assert second <= first
