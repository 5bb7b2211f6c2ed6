"""The description of the API in OpenAPI 3.1, made of the same fields as the exports."""

from typing import Any

from tracker.api.query import (
    AS_OF,
    DEFAULT_LIMIT,
    FORMAT,
    MAX_LIMIT,
    MAX_TEXT,
    NDJSON,
    PAGING,
    Data,
    Param,
)
from tracker.api.resources import RESOURCES, Resource
from tracker.problems import CONTENT_TYPE
from tracker.rules import citing
from tracker.rules.tables import PATTERNS, Field, Kind

Schema = dict[str, Any]
TYPES: dict[Kind, Schema] = {
    Kind.KEYS: {"type": "array", "items": {"type": "string"}},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.FLAG: {"type": "boolean"},
    Kind.ANY: {},
}
ONES = {
    "countries": ("iso3", {"answers": "answers"}),
    "criteria": ("key", {}),
    "treaties": ("key", {"standings": "standings"}),
    "releases": ("version", {}),
}
VALIDATORS = {
    "ETag": {"description": "Of this state of the data", "schema": {"type": "string"}},
    "Last-Modified": {"schema": {"type": "string"}},
    "Cache-Control": {"schema": {"type": "string"}},
}


def describe(data: Data) -> Schema:
    paths: Schema = {
        "/": get("index", "Addresses of all lists", [], INDEX, has_cache=False)
    }
    for resource in RESOURCES.values():
        paths[f"/{resource.name}"] = listed(data, resource)
        if resource.name in ONES:
            param, parts = ONES[resource.name]
            paths[f"/{resource.name}/{{{param}}}"] = single(resource, param, parts)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{citing.TITLE}: read API",
            "version": "1",
            "description": f"{citing.DESCRIPTION} A state of `unread` is never a gap.",
            "license": {"name": citing.LICENCE_TITLE, "identifier": citing.LICENCE},
        },
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": r.name, "description": r.title} for r in RESOURCES.values()],
        "paths": paths,
        "components": {
            "schemas": {
                **{r.name: record_schema(r) for r in RESOURCES.values()},
                "meta": META,
                "problem": PROBLEM,
            },
            "parameters": {
                param.name: parameter(data, param)
                for param in (*shared(), AS_OF, *PAGING, FORMAT)
            },
        },
    }


def shared() -> list[Param]:
    """Parameters that mean the same in each list that has them."""
    found: dict[str, list[Param]] = {}
    for resource in RESOURCES.values():
        for param in resource.params:
            found.setdefault(param.name, []).append(param)
    return [
        params[0]
        for params in found.values()
        if len(params) > 1 and len(set(params)) == 1
    ]


def listed(data: Data, resource: Resource) -> Schema:
    common = {param.name for param in (*shared(), AS_OF, *PAGING, FORMAT)}
    params = [
        {"$ref": f"#/components/parameters/{param.name}"}
        if param.name in common
        else parameter(data, param)
        for param in resource.all_params
    ]
    record = {"$ref": f"#/components/schemas/{resource.name}"}
    links = {
        "type": "object",
        "properties": {n: {"type": "string"} for n in ("self", "first", "next")},
        "required": ["self"],
        "additionalProperties": False,
    }
    body = answer({"type": "array", "items": record}, {"links": links})
    return get(
        f"list_{resource.name}",
        f"{resource.title}, a page at a time",
        [*params, fields_parameter(resource)],
        body,
        tag=resource.name,
        is_list=True,
    )


def single(resource: Resource, param: str, parts: dict[str, str]) -> Schema:
    record: Schema = {"$ref": f"#/components/schemas/{resource.name}"}
    if parts:
        schema = record_schema(resource)
        for name, other in parts.items():
            items = {"$ref": f"#/components/schemas/{other}"}
            schema["properties"][name] = {"type": "array", "items": items}
        record = schema
    params: list[Schema] = [
        {
            "name": param,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
        },
        fields_parameter(resource),
    ]
    if resource.has_days:
        params.append({"$ref": "#/components/parameters/as_of"})
    return get(
        f"get_{resource.name}",
        f"One of: {resource.title.lower()}",
        params,
        answer(record, {}),
        tag=resource.name,
        is_single=True,
    )


def get(
    name: str,
    summary: str,
    params: list[Schema],
    body: Schema,
    *,
    tag: str = "",
    is_list: bool = False,
    is_single: bool = False,
    has_cache: bool = True,
) -> Schema:
    content: Schema = {"application/json": {"schema": body}}
    headers: Schema = dict(VALIDATORS) if has_cache else {}
    if is_list:
        content[NDJSON] = {"schema": {"type": "string"}}
        headers["Link"] = {"description": "RFC 8288", "schema": {"type": "string"}}
    responses: Schema = {
        "200": {"description": "Found", "headers": headers, "content": content},
        "400": failure("A parameter that can't be read"),
    }
    if has_cache:
        responses["304"] = {"description": "What you have is what there is"}
    if is_single:
        responses["404"] = failure("There is none")
    responses["503"] = failure("No data, or the database does not answer")
    found = {
        "operationId": name,
        "summary": summary,
        "parameters": params,
        "responses": responses,
    }
    return {"get": {**found, "tags": [tag]} if tag else found}


def failure(text: str) -> Schema:
    schema = {"$ref": "#/components/schemas/problem"}
    return {"description": text, "content": {CONTENT_TYPE: {"schema": schema}}}


def answer(data: Schema, more: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {
            "data": data,
            "meta": {"$ref": "#/components/schemas/meta"},
            **more,
        },
        "required": ["data", "meta", *more],
        "additionalProperties": False,
    }


def record_schema(resource: Resource) -> Schema:
    """All properties are there unless `fields` names some."""
    return {
        "type": "object",
        "title": resource.title,
        "properties": {field.name: property_of(field) for field in resource.fields},
        "additionalProperties": False,
    }


def property_of(field: Field) -> Schema:
    if field.kind is Kind.ANY:
        return {"description": field.text}
    found = dict(TYPES.get(field.kind, {"type": "string"}))
    if field.kind in PATTERNS:
        found["pattern"] = PATTERNS[field.kind]
    if field.choices:
        found["enum"] = [*field.choices]
    if not field.required and field.kind is not Kind.KEYS:
        found["type"] = [found["type"], "null"]
        if field.choices:
            found["enum"].append(None)
    if field.unit:
        found["x-unit"] = field.unit
    return {**found, "description": field.text}


def parameter(data: Data, param: Param) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    if param.kind == "day":
        schema = {"type": "string", "format": "date"}
    elif param.kind == "limit":
        schema = {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "default": DEFAULT_LIMIT,
        }
    elif param.kind == "cursor":
        schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}
    elif choices := data.choices(param):
        schema = {"type": "string", "enum": [*choices]}
    found: Schema = {"name": param.name, "in": "query", "description": param.text}
    if param.is_list:
        schema = {"type": "array", "items": schema, "minItems": 1}
        found |= {"style": "form", "explode": True}
    return {**found, "schema": schema}


def fields_parameter(resource: Resource) -> Schema:
    return {
        "name": "fields",
        "in": "query",
        "description": "Only these fields, with commas between their names.",
        "style": "form",
        "explode": False,
        "schema": {
            "type": "array",
            "items": {"type": "string", "enum": [*resource.names]},
            "minItems": 1,
        },
    }


INDEX: Schema = {
    "type": "object",
    "additionalProperties": {"type": "string"},
}
META: Schema = {
    "type": "object",
    "properties": {
        "as_of": {"type": "string", "format": "date", "description": AS_OF.text},
        "codebook": {"type": "string", "description": "Version of the codebook"},
        "version": {
            "type": ["string", "null"],
            "description": "State of the data: newest event and start of its hash",
        },
        "licence": {"type": "string", "description": "SPDX identifier"},
    },
    "required": ["as_of", "codebook", "version", "licence"],
    "additionalProperties": False,
}
PROBLEM: Schema = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["parameter", "detail"],
            },
        },
    },
    "required": ["type", "title", "status"],
}
