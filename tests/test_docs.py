"""What a reader of the documentation must find there."""

import re
from pathlib import Path

import click
import pytest
import yaml

import config
from factories import codebook_data
from pages import DOWNLOADS
from tracker import cli
from tracker.rules.records import CountryFile, CountryRow, TreatyRow, TreatyStatusRow

RECORDS = [CountryFile, CountryRow, TreatyRow, TreatyStatusRow]
ROOT = Path(config.__file__).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FORMAT = (ROOT / "seeds" / "README.md").read_text(encoding="utf-8")


def commands(group, path=("tracker",)):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join([*path, name])


@pytest.mark.parametrize("name", config.NAMES)
def test_every_setting_is_documented(name):
    assert f"`TRACKER_{name}`" in README
    assert f"TRACKER_{name}=" in (ROOT / ".env.example").read_text()


def test_every_setting_in_the_documentation_exists():
    tests_only = {"TEST_ENGINE", "REQUIRE_BROWSER", "NAME"}
    named = set(re.findall(r"TRACKER_([A-Z_]+)", README)) - tests_only
    assert named == set(config.NAMES)


@pytest.mark.parametrize("command", list(commands(cli.main)))
def test_every_command_is_documented(command):
    assert f"`{command}" in README


def test_every_download_is_documented():
    for name in DOWNLOADS:
        assert f"`/data/{name}.csv`" in README
    assert "`/data/codebook.json`" in README


def test_every_criterion_is_documented():
    for criterion in codebook_data()["criteria"]:
        assert f"`{criterion['key']}`" in README


def test_every_page_is_in_the_tour(site):
    for rule in site.url_map.iter_rules():
        path = rule.rule.replace("<key>/", "grooming/")
        path = path.replace("<iso3:iso3>/", "PHL/").replace("<int:number>/", "1/")
        path = re.sub("<[^>]+>", "", path).rstrip("/") or "/"
        if rule.endpoint != "static" and "." not in rule.rule:
            assert f"`{path}" in README, rule.rule


def test_every_target_of_make_is_there():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z0-9-]+)", README):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize(
    "record", [CountryFile, CountryRow, TreatyRow, TreatyStatusRow]
)
def test_every_field_of_the_seeds_is_explained(record):
    for name in record.model_fields:
        assert f"`{name}`" in FORMAT, name


@pytest.mark.parametrize(
    "path", ["README.md", "CONTRIBUTING.md", "seeds/README.md", "docs/decisions.md"]
)
def test_links_in_the_documentation_lead_somewhere(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / path).parent.joinpath(target).exists(), target


def test_the_example_of_a_country_is_valid():
    example = re.search(r"```yaml\n(.*?)```", FORMAT, re.DOTALL)
    data = yaml.load(example[1], Loader=yaml.CSafeLoader)
    found = CountryFile.model_validate(data)
    wanted = codebook_data()["criteria"][0]
    assert list(found.readings["definition"].elements) == list(wanted["elements"])


def test_the_screenshot_is_small():
    assert (ROOT / "docs" / "screenshot.png").stat().st_size < 150_000
