"""Lists and single records of the API, its description, and the page to browse it."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile, islice, takewhile
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as AnyResponse

from tracker.api.openapi import describe
from tracker.api.query import (
    AS_OF,
    NDJSON,
    Data,
    Param,
    Query,
    read_query,
    write_cursor,
)
from tracker.api.resources import RESOURCES, Cells, Resource, release_cells
from tracker.caching import Validators
from tracker.extensions import db
from tracker.problems import BadParameters
from tracker.rules.citing import LICENCE
from tracker.rules.tables import CONVERTERS, Field
from tracker.store.db import begin_snapshot
from tracker.store.releases import find_release
from tracker.store.versions import DataVersion
from tracker.streaming import streamed

bp = Blueprint("api", __name__, url_prefix="/api/v1")
LINES = 500


@bp.route("/")
def index() -> AnyResponse:
    """What the API offers, by address."""
    read_query(Data(db.session), (), (), 0)
    lists = {name: f"{request.host_url}api/v1/{name}" for name in RESOURCES}
    return as_json(
        {
            "description": f"{request.host_url}api/v1/openapi.json",
            "documentation": f"{request.host_url}api/v1/docs",
            **lists,
        }
    )


@bp.route("/openapi.json")
def openapi() -> AnyResponse:
    """The description of the API in OpenAPI 3.1."""
    return as_json(describe(Data(db.session)))


@bp.route("/docs")
def docs() -> str:
    """The description of the API as a page to read and to try."""
    description = describe(Data(db.session))
    return render_template("api/docs.html", api=description, resources=RESOURCES)


@bp.route("/<any(" + ", ".join(RESOURCES) + "):name>")
def records(name: str) -> AnyResponse:
    """A list, a page at a time as JSON, or whole and streamed as NDJSON."""
    resource = RESOURCES[name]
    query, version, validators = begin(resource, resource.all_params, resource.names)
    if known := validators.not_modified():
        return known
    fields = [field for field in resource.fields if field.name in query.fields]
    rows = resume(resource, query)
    if query.is_ndjson:
        body = lines(resource, fields, rows)
        return validators.stamp(streamed(body, NDJSON))
    page = list(islice(rows, query.limit + 1))
    more = len(page) > query.limit
    page = page[: query.limit]
    links = {"self": request.url}
    if more:
        links["next"] = page_link(write_cursor(resource.key_of(page[-1])))
    if query.after:
        links["first"] = page_link(None)
    pick = picker(resource, fields)
    data = [pick(row) for row in page]
    response = as_json({"data": data, "meta": meta(query, version), "links": links})
    response.headers["Link"] = ", ".join(
        [f'<{url}>; rel="{rel}"' for rel, url in links.items()]
        + [f'<{request.host_url}api/v1/openapi.json>; rel="service-desc"']
    )
    return validators.stamp(response)


@bp.route("/countries/<iso3>")
def country(iso3: str) -> AnyResponse:
    """One country with its answers."""
    return one("countries", "country", iso3, {"answers": "answers"})


@bp.route("/criteria/<key>")
def criterion(key: str) -> AnyResponse:
    """One criterion with its elements and treaty articles."""
    return one("criteria", "criterion", key, {})


@bp.route("/treaties/<key>")
def treaty(key: str) -> AnyResponse:
    """One treaty with the standing of every country under it."""
    return one("treaties", "treaty", key, {"standings": "standings"})


@bp.route("/releases/<version>")
def release(version: str) -> AnyResponse:
    """One release with its files."""
    resource = RESOURCES["releases"]
    query, state, validators = begin(resource, (), resource.names)
    found = find_release(query.session, version)
    if found is None:
        raise NotFound(f"There is no release {version[:40]!r}.")
    if known := validators.not_modified():
        return known
    fields = [field for field in resource.fields if field.name in query.fields]
    data = picker(resource, fields)(release_cells(found))
    return validators.stamp(as_json({"data": data, "meta": meta(query, state)}))


def one(name: str, param: str, value: str, parts: dict[str, str]) -> AnyResponse:
    """The record of `name` whose key is `value`, with lists of what belongs to it."""
    resource = RESOURCES[name]
    params = (AS_OF,) if resource.has_days else ()
    query, version, validators = begin(resource, params, resource.names)
    query.values[param] = [value]
    row = next((row for row in resource.rows(query) if row[0] == value), None)
    if row is None:
        raise NotFound(f"There is no {param} {value[:40]!r}.")
    if known := validators.not_modified():
        return known
    fields = [field for field in resource.fields if field.name in query.fields]
    data = picker(resource, fields)(row)
    for label, other in parts.items():
        part = RESOURCES[other]
        data[label] = list(map(picker(part, part.fields), part.rows(query)))
    return validators.stamp(as_json({"data": data, "meta": meta(query, version)}))


def begin(
    resource: Resource, params: tuple[Param, ...], names: tuple[str, ...]
) -> tuple[Query, DataVersion | None, Validators]:
    """The query, and the state of the data that all of the answer is made of."""
    begin_snapshot(db.session)
    data = Data(db.session)
    query, version = read_query(data, params, names, len(resource.key)), data.version
    form = "ndjson" if query.is_ndjson else "json"
    validators = Validators(
        version, query.day, form=form, is_given=query.given is not None
    )
    return query, version, validators


def resume(resource: Resource, query: Query) -> Iterator[Cells]:
    """The rows behind the cursor's; raises BadParameters where that one is gone."""
    rows = iter(resource.rows(query))
    if query.after is None:
        return rows
    after, is_by_country = query.after, resource.key[0] == "iso3"

    def is_before(row: Cells) -> bool:
        return resource.key_of(row) != after

    if is_by_country:
        rows = (row for row in rows if row[0] >= after[0])
        near = takewhile(lambda row: row[0] == after[0], rows)
        found = next(dropwhile(is_before, near), None)
    else:
        found = next(dropwhile(is_before, rows), None)
    if found is None:
        text = "the record that it stands behind is gone: begin without it"
        raise BadParameters([("cursor", text)])
    return rows


def page_link(cursor: str | None) -> str:
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n != "cursor"]
    if cursor:
        pairs.append(("cursor", cursor))
    return f"{request.base_url}?{urlencode(pairs)}" if pairs else request.base_url


def picker(
    resource: Resource, fields: Iterable[Field]
) -> Callable[[Cells], dict[str, Any]]:
    """What makes a record of the chosen fields of a row."""
    wanted = [
        (field.name, resource.names.index(field.name), CONVERTERS[field.kind])
        for field in fields
    ]
    width = len(resource.names)

    def pick(row: Cells) -> dict[str, Any]:
        if len(row) != width:
            raise ValueError(f"{resource.name}: {len(row)} cells, {width} fields")
        return {name: convert(row[place]) for name, place, convert in wanted}

    return pick


def lines(
    resource: Resource, fields: list[Field], rows: Iterator[Cells]
) -> Iterator[str]:
    """NDJSON, many lines at a time."""
    pick = picker(resource, fields)
    while some := list(islice(rows, LINES)):
        yield "".join(json.dumps(pick(row), ensure_ascii=False) + "\n" for row in some)


def meta(query: Query, version: DataVersion | None) -> dict[str, Any]:
    return {
        "as_of": query.day.isoformat(),
        "codebook": query.codebook.version,
        "version": version.name if version else None,
        "licence": LICENCE,
    }


def as_json(data: Any) -> Response:
    text = json.dumps(data, ensure_ascii=False) + "\n"
    return Response(text, content_type="application/json")


@bp.before_request
def refuse_body() -> None:
    if request.content_length:
        raise BadRequest("Send no body: the API only reads.")
