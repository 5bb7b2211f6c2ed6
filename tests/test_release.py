import csv
import io
import json
import sqlite3
import zipfile
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
import yaml
from click.testing import CliRunner
from csvw import CSVW
from frictionless import validate
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_seeds
from tracker import cli
from tracker.actions.load import load_seeds
from tracker.actions.release import (
    NothingToRelease,
    ReleaseExists,
    create_release,
)
from tracker.rules.citing import BadVersion
from tracker.store import audit
from tracker.store.db import make_engine
from tracker.store.models import Event, Release, ReleaseFile
from tracker.store.releases import file_content, find_release, read_releases, verify

SITE = "https://tracker.example"
STEM = "oct-law-tracker-2026.11"


def release(session, version="2026.11", now=NOW, notes=""):
    return create_release(session, version, site_url=SITE, notes=notes, now=now)


@pytest.fixture
def few(session, tmp_path):
    """A session on two countries."""
    load_seeds(session, make_seeds(tmp_path / "seeds"), now=NOW)
    return session


@pytest.fixture(scope="session")
def files(databases):
    """The files of a release of all seeds, by name."""
    url = databases.copy("loaded")
    engine = make_engine(url)
    with Session(engine) as session:
        release(session)
        rows = session.execute(sa.select(ReleaseFile.name, ReleaseFile.content))
        found = dict(tuple(row) for row in rows)
    engine.dispose()
    databases.drop(url)
    return found


@pytest.fixture
def folder(files, tmp_path):
    """The data package, unpacked."""
    with zipfile.ZipFile(io.BytesIO(files[f"{STEM}.zip"])) as archive:
        archive.extractall(tmp_path)
    return tmp_path / STEM


def rows_of(files, name):
    text = files[f"{name}.csv"].decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_release_leaves_one_event_and_all_its_files(few):
    before = few.scalar(sa.select(sa.func.count(Event.id)))
    made = release(few, notes="The first.")
    assert made.is_new
    assert few.scalar(sa.select(sa.func.count(Event.id))) == before + 1
    assert list(audit.verify(few)) == []
    found = find_release(few, "2026.11")
    assert found.notes == "The first."
    assert found.event_id == before
    assert found.counts["readings"] == 20
    assert list(verify(few, found)) == []


def test_the_same_data_give_the_same_bytes_at_another_time_and_place(
    databases, tmp_path
):
    checksums = set()
    for days in (0, 400):
        url = databases.copy("empty")
        engine = make_engine(url)
        with Session(engine) as session:
            now = NOW + timedelta(days=days)
            load_seeds(session, make_seeds(tmp_path / str(days)), now=now)
            checksums.add(release(session, now=now).release.checksum)
            again = release(session, now=now + timedelta(days=1))
            assert not again.is_new
        engine.dispose()
        databases.drop(url)
    assert len(checksums) == 1


def test_a_version_is_never_used_for_other_data(few, tmp_path):
    release(few)
    changed = make_country_file("PHL", coded_on="2026-11-21")
    load_seeds(few, make_seeds(tmp_path / "new", changed), now=NOW)
    with pytest.raises(ReleaseExists):
        release(few)
    assert release(few, "2026.11.1").is_new
    assert [item.version for item in read_releases(few)] == ["2026.11.1", "2026.11"]


@pytest.mark.parametrize(
    "version",
    ["", "2026", "2026.13", "2026.1", "2026.11.0", "../x", "2026.11\n", "２０２６.11"],
)
def test_a_version_is_a_year_and_a_month(few, version):
    with pytest.raises(BadVersion):
        release(few, version)


def test_nothing_is_released_without_data(session):
    with pytest.raises(NothingToRelease):
        release(session)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release SET notes = 'x'",
        "DELETE FROM release",
        "UPDATE release_file SET size = 0",
        "DELETE FROM release_file",
        "INSERT INTO release_file (version, name, position, media_type, size, sha256, "
        "content) VALUES ('2026.11', 'new', 99, '', 0, '', '')",
    ],
)
def test_a_release_can_not_be_changed(few, statement):
    release(few)
    with pytest.raises(DatabaseError, match="never|no more files"):
        few.execute(sa.text(statement))


@pytest.mark.parametrize("tables", ["release_file", "release, release_file"])
def test_releases_can_not_be_emptied_at_once(few, tables):
    if few.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    release(few)
    with pytest.raises(sa.exc.IntegrityError, match="never deleted"):
        few.execute(sa.text(f"TRUNCATE {tables} CASCADE"))


def test_verify_finds_changed_missing_and_added_files(few):
    release(few)
    is_sqlite = few.get_bind().dialect.name == "sqlite"
    for table in ("release", "release_file"):
        for name in ("kept", "written_once"):
            on = "" if is_sqlite else f" ON {table}"
            few.execute(sa.text(f"DROP TRIGGER {table}_{name}{on}"))
    few.execute(sa.text("DELETE FROM release_file WHERE name = 'laws.csv'"))
    few.execute(
        sa.update(ReleaseFile)
        .where(ReleaseFile.name == "sources.csv")
        .values(content=b"x")
    )
    few.commit()
    few.expire_all()
    problems = list(verify(few, few.get(Release, "2026.11")))
    assert problems == [
        "2026.11: laws.csv is missing",
        "2026.11: sources.csv was changed",
    ]


def test_an_interrupted_release_leaves_nothing(few, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "record", stop)
    with pytest.raises(KeyboardInterrupt):
        release(few)
    few.rollback()
    assert read_releases(few) == []


def test_the_package_passes_the_frictionless_validator(folder):
    report = validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["title", "rowNumber", "note"])[:5]
    assert len(report.tasks) == 13


def test_the_validator_would_have_said_so(folder):
    path = folder / "answers.csv"
    path.write_bytes(path.read_bytes().replace(b",yes,", b",maybe,", 1))
    assert not validate(str(folder / "datapackage.json")).valid


def test_the_csvw_metadata_is_valid(few, tmp_path):
    release(few)
    content = file_content(few, "2026.11", f"{STEM}.zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    assert CSVW(str(tmp_path / STEM / "csv-metadata.json"), validate=True).is_valid


def test_the_schema_has_types_enums_keys_units_licence_and_version(files):
    package = json.loads(files["datapackage.json"])
    assert package["version"] == "2026.11"
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    schemas = {item["path"]: item["schema"] for item in package["resources"]}
    readings = {item["name"]: item for item in schemas["readings.csv"]["fields"]}
    assert readings["state"]["constraints"]["enum"] == ["met", "lacking", "unread"]
    assert readings["max_years"]["unit"] == "year"
    assert readings["holds_from"]["type"] == "date"
    assert {
        key["reference"]["resource"] for key in schemas["readings.csv"]["foreignKeys"]
    }
    for item in package["resources"]:
        header = files[item["path"]].decode().partition("\r\n")[0].split(",")
        assert header == [field["name"] for field in item["schema"]["fields"]]
        assert item["schema"]["primaryKey"]
        assert item["schema"]["missingValues"] == [""]


def test_the_zip_holds_what_is_listed_and_sums_are_right(files):
    with zipfile.ZipFile(io.BytesIO(files[f"{STEM}.zip"])) as archive:
        packed = {
            name.partition("/")[2]: archive.read(name) for name in archive.namelist()
        }
    assert packed.items() <= files.items()
    lines = files["SHA256SUMS"].decode().splitlines()
    assert {line.split("  ")[1] for line in lines} == set(files) - {"SHA256SUMS"}


def test_the_sqlite_file_has_the_same_rows_with_keys_and_labels(files, tmp_path):
    path = tmp_path / "release.db"
    path.write_bytes(files[f"{STEM}.db"])
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    for (name,) in database.execute(
        "SELECT name FROM sqlite_master WHERE type='table'"
    ):
        (count,) = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
        assert count == len(rows_of(files, name)), name
    counted = dict(database.execute("SELECT state, count(*) FROM readings GROUP BY 1"))
    assert counted == Counter(row["state"] for row in rows_of(files, "readings"))
    database.close()
    metadata = json.loads(files["datasette-metadata.json"])
    tables = metadata["databases"][STEM]["tables"]
    assert tables["criteria"]["label_column"] == "title"


def test_the_workbook_has_a_sheet_a_table_with_filters_and_a_codebook(files):
    with zipfile.ZipFile(io.BytesIO(files[f"{STEM}.xlsx"])) as book:
        text = book.read("xl/workbook.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    for name in ("readings", "answers", "matrix", "codebook", "columns"):
        assert f'name="{name}"' in text
    for part in ('state="frozen"', "<autoFilter ", "<cols>"):
        assert part in sheet
    assert sheet.count("<row ") == len(rows_of(files, "readings")) + 1


def test_the_codebook_comes_as_pdf_as_data_and_as_its_file(files):
    assert files["codebook.pdf"].startswith(b"%PDF-1.7")
    book = yaml.load(files["codebook.yaml"], Loader=yaml.CSafeLoader)
    assert json.loads(files["codebook.json"])["version"] == book["version"]
    assert {row["criterion"] for row in rows_of(files, "criteria")} == {
        item["key"] for item in book["criteria"]
    }


def test_citations_name_version_year_and_address(files):
    url = f"{SITE}/data/releases/2026.11"
    for name in ("citation.txt", "citation.bib", "citation.ris", "citation.csl.json"):
        text = files[name].decode()
        assert "2026.11" in text
        assert url in text, name
    cited = json.loads(files["citation.csl.json"])[0]
    assert cited["issued"] == {"date-parts": [[2026, 11]]}
    deposit = json.loads(files["datacite.json"])
    for name in ("creators", "titles", "publisher", "publicationYear", "types"):
        assert deposit[name]
    assert deposit["types"]["resourceTypeGeneral"] == "Dataset"


def test_the_readme_names_every_table_and_how_to_cite(files):
    text = files["README.md"].decode()
    assert all(name in text for name in files if name.endswith(".csv"))
    assert files["citation.txt"].decode().strip() in text
    assert f"and all earlier ones: <{SITE}/data/releases>." in text


def test_the_command_line_creates_lists_and_verifies(
    engine, empty_url, tmp_path, monkeypatch
):
    with Session(engine) as session:
        load_seeds(session, make_seeds(tmp_path / "seeds"), now=NOW)
    monkeypatch.setenv("TRACKER_DATABASE_URL", empty_url)
    notes = tmp_path / "notes.txt"
    notes.write_text("The first release.\n", encoding="utf-8")

    def run(*args, code=0):
        result = CliRunner().invoke(cli.main, ["release", *args])
        assert result.exit_code == code, result.output
        return result.output

    first = run("create", "2026.11", "--notes", str(notes))
    assert first.startswith("2026.11 released: ")
    assert "same bytes" in run("create", "2026.11")
    assert run("list").startswith("2026.11  ")
    assert "1 releases, 0 problems" in run("verify")
    assert "no release" in run("verify", "2020.01", code=1)
    assert "is no version" in run("create", "November", code=1)
