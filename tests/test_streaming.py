"""Streams: read in one transaction, and nothing stays open behind them."""

import csv
import io

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from factories import make_country_file
from tracker.extensions import db
from tracker.store import models
from tracker.store.db import begin_write

STREAMS = [
    "/gaps.csv",
    "/gaps.json",
    "/countries.csv",
    "/data/readings.csv",
    "/data/answers.csv?as_of=2019-08-03",
    "/api/v1/readings?format=ndjson",
]


def checked_out(site):
    with site.app_context():
        return db.engine.pool.checkedout()


@pytest.mark.parametrize("path", STREAMS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_connection_is_given_back(site, path, method):
    client = site.test_client()
    response = client.open(path, method=method)
    assert response.status_code == 200
    response.get_data()
    response.close()
    assert checked_out(site) == 0


@pytest.mark.parametrize("path", STREAMS)
def test_connection_is_given_back_when_the_reader_leaves(site, path):
    response = site.test_client().get(path)
    assert next(iter(response.response))
    response.close()
    assert checked_out(site) == 0


def test_no_page_keeps_a_connection(site, paths):
    client = site.test_client()
    for path in paths:
        client.get(path, buffered=True)
        assert checked_out(site) == 0, path


@pytest.mark.parametrize("path", ["/data/countries.csv", "/countries.csv"])
def test_a_stream_is_of_the_moment_of_its_etag(serve_seeds, engine, path):
    client = serve_seeds(make_country_file("KEN"))
    response = client.get(path)
    with Session(engine) as session:
        begin_write(session)
        session.execute(
            sa.update(models.Country)
            .where(models.Country.iso3 == "KEN")
            .values(name="Renamed")
        )
        session.commit()
    text = response.get_data(as_text=True)
    response.close()
    names = {cell for row in csv.reader(io.StringIO(text)) for cell in row}
    assert "Kenya" in names
    assert "Renamed" not in names


def test_a_download_is_of_the_moment_in_which_its_version_was_read(serve_seeds, engine):
    """Somebody writes between the page cache's look and the view."""
    client = serve_seeds(make_country_file("KEN"))

    def write():
        with Session(engine) as session:
            session.execute(sa.update(models.Country).values(name="Renamed"))
            session.commit()

    client.application.before_request(write)
    text = client.get("/data/countries.csv", buffered=True).get_data(as_text=True)
    assert "Kenya" in text
    assert "Renamed" not in text
