"""A record from parsed data: faults of form are told, and do not hide the others.

What is malformed is set aside, so that the rest of the file can be checked as well.
"""

from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tracker.actions.yamlfile import Document, Path_
from tracker.rules import records

RecordT = TypeVar("RecordT", bound=BaseModel)
SET_ASIDE = "set-aside"
EVER = "9999-12-31"
NO_PENALTY = {"min_years": None, "max_years": None, "life": False}
# Stands in for a malformed value while the rest is checked. It breaks no rule.
FILLERS: dict[str | int, Any] = {
    **dict.fromkeys(("key", "law", "title", "label", "says", "publisher"), SET_ASIDE),
    **dict.fromkeys(("why", "status"), SET_ASIDE),
    **dict.fromkeys(("enacted", "in_force", "since", "date", "language"), None),
    **dict.fromkeys(("title_original", "min_years", "max_years"), None),
    **dict.fromkeys(("coded_on", "seen", "until"), EVER),
    **dict.fromkeys(("provisions", "sources"), [SET_ASIDE]),
    "country": "XXX",
    "criterion": "set_aside",
    "elements": {"set_aside": "met"},
    "url": "https://example.org/",
    "kind": "text",
    "confidence": "low",
    "state": "met",
    "life": False,
    "penalty": NO_PENALTY,
}
# A whole section has no stand-in: everything would dangle.
SECTIONS = {"laws", "provisions", "sources", "readings", "history", "bills", "leads"}
FORMS = {
    records.KEY: "write a short word of letters, digits, dots, dashes or underscores",
    records.URL: "write an address that begins with https:// or http://",
    records.DAY: "write a whole day such as 2019-08-03",
    records.ISO3: "write the three capital letters of ISO 3166-1 alpha-3",
    records.CODEBOOK_KEY: "write a key of the codebook: small letters and underscores",
}


def validate(document: Document, record_type: type[RecordT]) -> RecordT | None:
    """The record, with every fault of form told; None where too little can be read."""
    data = document.data
    if document.problems and not isinstance(data, dict):
        return None
    error = fault_of(data, record_type)
    for item in error.errors() if error else ():
        document.complain(path_of(data, item["loc"]), in_words(item))
    if error:
        data = deepcopy(data)
        for item in error.errors():
            path = path_of(document.data, item["loc"])
            if item["type"] == "missing":
                path = (*path, item["loc"][-1])
            if document.is_malformed(path):
                continue
            if not set_aside(data, path, item):
                return None
            document.malformed.add(path)
        if fault_of(data, record_type):
            return None
    return record_type.model_validate(data)


def fault_of(data: Any, record_type: type[BaseModel]) -> ValidationError | None:
    try:
        record_type.model_validate(data)
    except ValidationError as error:
        return error
    return None


def path_of(data: Any, loc: tuple[str | int, ...]) -> Path_:
    """pydantic's place without the names of types that stand in it."""
    path: Path_ = ()
    for part in loc:
        is_there = (
            part in data
            if isinstance(data, dict)
            else isinstance(data, list) and part in range(len(data))
        )
        if is_there:
            data = data[part]
            path = (*path, part)
    return path


def set_aside(data: Any, path: Path_, fault: Any) -> bool:
    """Take one malformed value out, if the rest can be checked without it."""
    if not path or path[-1] in SECTIONS and len(path) == 1:
        return False
    *parents, last = path
    inner = data
    for part in parents:
        inner = inner[part]
    parent = parents[-1] if parents else ""
    if fault["type"] == "extra_forbidden" or fault["loc"][-1] == "[key]":
        inner.pop(last, None)
    elif isinstance(inner, list) and isinstance(last, int):
        if parent not in {"provisions", "sources", "leads"} or len(parents) == 1:
            return False
        inner[last] = SET_ASIDE
    elif parent == "elements":
        inner[last] = "met"
    elif parent == "readings":
        del inner[last]
    elif last in FILLERS:
        inner[last] = deepcopy(FILLERS[last])
    else:
        return False
    return True


def in_words(error: Any) -> str:
    """A pydantic error as a sentence for somebody who has never seen pydantic."""
    last, kind = error["loc"][-1] if error["loc"] else "", error["type"]
    if kind == "missing":
        return f"the field {last} is missing (null or [] where there is nothing to say)"
    if kind == "extra_forbidden":
        return "there is no such field in this format: seeds/README.md lists them"
    if kind in {"model_type", "dict_type"}:
        return "should be fields with their values, each as `name: value`"
    message: str = error["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "should be")
    message = message.replace("String should", "should")
    if kind == "string_pattern_mismatch":
        message = FORMS.get(error["ctx"]["pattern"], message)
    value = error["input"]
    if isinstance(value, str | int | float | bool) or value is None:
        return f"{message} (found {value!r:.80})"
    return message
