"""YAML with the line of every value, and without what makes YAML dangerous.

Only mappings, lists and plain scalars are read: no aliases (a few of them can unfold to
gigabytes), no tags, no dates that YAML guesses, no key twice.
"""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 2_000_000
MAX_DEPTH = 12
STACK_DEPTH = 50
TAG = "tag:yaml.org,2002:"
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]{1,9}\.[0-9]{1,9}", re.ASCII)
CONSTANTS = {"true": True, "false": False}

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Where a value stands, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a file, and what would be right."""

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return (
            f"{where}: {self.key}: {self.message}"
            if self.key
            else f"{where}: {self.message}"
        )


@dataclass
class Document:
    """A parsed file: its data, the place of each value, and what was wrong with it.

    What stands at or below a `malformed` path was told: nothing more is said of it.
    """

    file: str
    text: str = ""
    data: Any = None
    places: dict[Path_, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    malformed: set[Path_] = field(default_factory=set)

    def place(self, path: Path_) -> tuple[Place, str]:
        """The place of the value at `path`, or of the nearest one around it."""
        known: Path_ = ()
        for part in path:
            if (*known, part) in self.places:
                known = (*known, part)
        key = ".".join(str(part) for part in known)
        return self.places.get(known, Place(1, 1)), key

    def complain(self, path: Path_, message: str) -> None:
        if self.is_malformed(path):
            return
        place, key = self.place(path)
        problem = Problem(self.file, place.line, place.column, key, message)
        if problem not in self.problems[-1:]:  # a bomb of aliases has one place
            self.problems.append(problem)

    def spoil(self, path: Path_, message: str) -> None:
        """Complain of a value that can't be read at all."""
        self.complain(path, message)
        self.malformed.add(path)

    def is_malformed(self, path: Path_) -> bool:
        return any(path[:end] in self.malformed for end in range(1, len(path) + 1))

    def has_malformed(self, *parts: Path_) -> bool:
        return any(
            path[: len(part)] == part for path in self.malformed for part in parts
        )

    def complain_at(self, line: int, column: int, message: str) -> None:
        self.problems.append(Problem(self.file, line, column, "", message))


def read_text(path: Path, name: str, max_bytes: int = MAX_BYTES) -> Document:
    """The text of a UTF-8 file; what prevents reading it becomes a problem."""
    document = Document(name)
    try:
        status = path.stat()
        size = status.st_size
        if not stat.S_ISREG(status.st_mode):  # a pipe would make us wait for ever
            document.complain_at(1, 1, "cannot be read: it is not a file")
            return document
        if size > max_bytes:
            document.complain_at(
                1, 1, f"is {size:,} bytes; at most {max_bytes:,} are read: split it"
            )
            return document
        content = path.read_bytes()
    except OSError as error:
        document.complain_at(1, 1, f"cannot be read: {error.strerror}")
        return document
    return decode(content, document)


def decode(content: bytes, document: Document) -> Document:
    try:
        document.text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        document.complain_at(
            line,
            column,
            f"byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8",
        )
    return document


def read_yaml(path: Path, name: str) -> Document:
    """Read a YAML file into plain data; never raises for what the file contains."""
    document = read_text(path, name)
    if not document.problems:
        parse(document)
    return document


def parse(document: Document) -> None:
    try:
        node = yaml.compose(document.text, Loader=ShallowLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        document.complain_at(line, column, f"is not YAML here: {error.problem}")
        return
    except yaml.reader.ReaderError as error:
        before = document.text.encode()[: error.position]
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        message = f"the character U+{error.character:04X} is not allowed in YAML"
        document.complain_at(before.count(b"\n") + 1, column, message)
        return
    if node is None:
        document.complain_at(1, 1, "is empty")
        return
    document.data = build(node, (), document, set())


class ShallowLoader(yaml.CSafeLoader):
    """Gives up on nesting that would exhaust the C stack, which ends the process."""

    depth = 0

    def descend_resolver(self, parent: Any, index: Any) -> None:
        self.depth += 1
        if self.depth > STACK_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep"
            raise yaml.composer.ComposerError(None, None, message, parent.start_mark)
        super().descend_resolver(parent, index)

    def ascend_resolver(self) -> None:
        self.depth -= 1
        super().ascend_resolver()


def build(node: yaml.Node, path: Path_, document: Document, seen: set[int]) -> Any:
    if id(node) in seen:  # before its place is noted, which would be its anchor's
        document.spoil(path, "is an alias (*): write the value out")
        return None
    seen.add(id(node))
    place = Place(node.start_mark.line + 1, node.start_mark.column + 1)
    document.places.setdefault(path, place)
    if len(path) > MAX_DEPTH:
        document.spoil(path, f"is nested more than {MAX_DEPTH} levels deep")
        return None
    if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
        return {
            key: build(child, (*path, key), document, seen)
            for key, child in pairs(node, path, document)
        }
    if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
        return [
            build(child, (*path, index), document, seen)
            for index, child in enumerate(node.value)
        ]
    return scalar(node, path, document)


def pairs(
    node: yaml.MappingNode, path: Path_, document: Document
) -> Iterator[tuple[str, yaml.Node]]:
    known: dict[str, int] = {}
    for key_node, child in node.value:
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        key = key_node.value
        if not isinstance(key, str) or not key_node.tag.startswith(TAG):
            document.complain_at(line, column, "a key must be plain text")
        elif key in known:
            document.complain_at(
                line,
                column,
                f"the key {key!r} stands here again, after line {known[key]}: keep one",
            )
        else:
            known[key] = line
            document.places[(*path, key)] = Place(line, column)
            yield key, child


def scalar(node: yaml.Node, path: Path_, document: Document) -> Any:
    value, kind = node.value, node.tag.removeprefix(TAG)
    if not isinstance(node, yaml.ScalarNode):
        document.spoil(path, f"has the tag {node.tag}: only plain values are read")
        return None
    if kind == "str":
        return value
    if kind == "null":
        return None
    if kind == "bool" and value in CONSTANTS:
        return CONSTANTS[value]
    if kind == "int" and INTEGER.fullmatch(value):
        return int(value)
    if kind == "float" and DECIMAL.fullmatch(value):
        return float(value)
    if kind == "timestamp":
        document.spoil(path, f"a date stands in quotes: write '{value}'")
    elif kind in {"bool", "int", "float"}:
        document.spoil(path, f"is read as {kind}: if it is text, write '{value}'")
    else:
        document.spoil(path, f"has the tag {node.tag}: only plain values are read")
    return None


def dump(data: Any) -> str:
    """The one way in which the tracker writes YAML: same data, same bytes."""
    return yaml.dump(
        data, Dumper=PlainDumper, allow_unicode=True, sort_keys=False, width=120
    )


class PlainDumper(yaml.CSafeDumper):
    """Writes a list that occurs twice twice, instead of as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
