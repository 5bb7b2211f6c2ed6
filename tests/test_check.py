"""Every fault of a folder of seeds is told with its file, line and key."""

import os
import shutil
from copy import deepcopy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from factories import (
    codebook_data,
    make_codebook,
    make_country_file,
    make_earlier,
    make_law,
    make_reading,
    make_seeds,
    make_source,
)
from tracker.actions.check import check_country, check_seeds
from tracker.actions.yamlfile import MAX_BYTES, Document, dump, parse, read_yaml

TEXT = dump(make_country_file())


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """A valid folder whose PHL.yaml the tests of this module write anew."""
    return make_seeds(tmp_path_factory.mktemp("seeds") / "seeds")


def found(folder):
    """Each problem as (file below the folder, line, key, message)."""
    return [
        (os.path.relpath(p.file, folder), p.line, p.key, p.message)
        for p in check_seeds(folder).problems
    ]


def check_phl(seeds, content):
    """The problems of PHL.yaml with this content, as (line, key, message)."""
    path = seeds / "countries" / "PHL.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = found(seeds)
    assert {file for file, *_ in problems} <= {"countries/PHL.yaml"}
    return [tuple(rest) for _, *rest in problems]


def check_alone(seeds, content):
    """As `check_phl`, without the rest of the folder: for many examples."""
    path = seeds / "countries" / "PHL.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    document = read_yaml(path, path.name)
    check_country(document, "PHL", make_codebook())
    return [(p.line, p.key, p.message) for p in document.problems]


def line_of(text, line):
    """The number of the last line that reads so."""
    return max(i for i, found in enumerate(text.split("\n"), 1) if found == line)


def edit(text, old, new):
    assert text.count(old) == 1, f"{old!r} is not unique"
    return text.replace(old, new)


def changed(path, value):
    """The valid file with another value at `path`."""
    data = make_country_file()
    *parents, last = path
    inner = data
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return data


def test_a_valid_folder_has_no_problem(tmp_path):
    seeds = check_seeds(make_seeds(tmp_path, second=[make_country_file("KEN")]))

    assert seeds.problems == []
    assert [(series.value, iso3) for series, iso3 in seeds.files] == [
        ("first", "KEN"),
        ("first", "PHL"),
        ("second", "KEN"),
    ]


FILE = make_country_file()
GROOMING, PENALTY = FILE["readings"]["grooming"], FILE["readings"]["penalty"]


@pytest.mark.parametrize(
    ("data", "line", "key", "message"),
    [
        pytest.param(
            make_country_file(readings={"groming": GROOMING}, history=[]),
            "  groming:",
            "readings.groming",
            "no such criterion: 'groming': did you mean grooming?",
            id="unknown criterion",
        ),
        pytest.param(
            changed(["history", 0, "criterion"], "definitions"),
            "- criterion: definitions",
            "history.0.criterion",
            "did you mean definition?",
            id="unknown criterion in history",
        ),
        pytest.param(
            make_country_file(
                readings={"penalty": make_reading({"four_years": "met"})}, history=[]
            ),
            "    elements:",
            "readings.penalty.elements",
            "missing: ten_years; write met, lacking or unread for each",
            id="missing element",
        ),
        pytest.param(
            changed(["readings", "penalty", "elements", "life"], "met"),
            "      life: met",
            "readings.penalty.elements.life",
            "no such element",
            id="unknown element",
        ),
        pytest.param(
            changed(["readings", "penalty", "elements", "ten_years"], "yes!"),
            "      ten_years: yes!",
            "readings.penalty.elements.ten_years",
            "should be 'met', 'lacking' or 'unread' (found 'yes!')",
            id="unknown state",
        ),
        pytest.param(
            changed(["readings", "penalty", "provisions"], ["act-4", "act-9"]),
            "    - act-9",
            "readings.penalty.provisions.1",
            "no such provision in this file: 'act-9': did you mean",
            id="dangling provision",
        ),
        pytest.param(
            changed(["readings", "penalty", "sources"], ["lost"]),
            "    - lost",
            "readings.penalty.sources.0",
            "no such source in this file: 'lost' is not one of: report, text",
            id="dangling source",
        ),
        pytest.param(
            changed(
                ["readings", "definition", "elements", "ict", "provisions"], ["act-7"]
            ),
            "        - act-7",
            "readings.definition.elements.ict.provisions.0",
            "no such provision",
            id="dangling provision of one element",
        ),
        pytest.param(
            changed(["history", 0, "sources"], ["lost"]),
            "  - lost",
            "history.0.sources.0",
            "no such source",
            id="dangling source of history",
        ),
        pytest.param(
            changed(["bills", 0, "sources"], ["lost"]),
            "  - lost",
            "bills.0.sources.0",
            "no such source",
            id="dangling source of a bill",
        ),
        pytest.param(
            changed(["provisions", 1, "law"], "code-1930"),
            "  law: code-1930",
            "provisions.1.law",
            "no such law: 'code-1930': did you mean code?",
            id="dangling law",
        ),
        pytest.param(
            changed(["laws", 0, "enacted"], "2019-02-30"),
            "  enacted: '2019-02-30'",
            "laws.0.enacted",
            "'2019-02-30' is an impossible date",
            id="impossible day",
        ),
        pytest.param(
            changed(["laws", 0, "in_force"], "2019-13"),
            "  in_force: 2019-13",
            "laws.0.in_force",
            "'2019-13' is an impossible date",
            id="impossible month",
        ),
        pytest.param(
            changed(["readings", "penalty", "provisions"], []),
            "      four_years: met",
            "readings.penalty.elements.four_years",
            "is met, but no provision says so: name one",
            id="met without provision",
        ),
        pytest.param(
            changed(["readings", "definition", "elements", "ict", "provisions"], []),
            "      ict:",
            "readings.definition.elements.ict",
            "is met, but no provision says so: name one",
            id="element of its own met without provision",
        ),
        pytest.param(
            changed(["readings", "grooming", "sources"], []),
            "      solicitation: lacking",
            "readings.grooming.elements.solicitation",
            "has no source: nothing is published without one",
            id="no source",
        ),
        pytest.param(
            changed(["bills", 0, "sources"], []),
            "  sources: []",
            "bills.0.sources",
            "a bill needs a source",
            id="bill without source",
        ),
        pytest.param(
            changed(
                ["readings", "definition", "elements", "no_means"], {"state": "met"}
            ),
            "      no_means:",
            "readings.definition.elements.no_means",
            "has nothing of its own: write no_means: met",
            id="element with nothing of its own",
        ),
        pytest.param(
            make_country_file(laws=[*FILE["laws"], make_law("code")]),
            "- key: code",
            "laws.2.key",
            "stands here twice",
            id="duplicate key of a law",
        ),
        pytest.param(
            make_country_file(sources=[*FILE["sources"], make_source("text")]),
            "- key: text",
            "sources.2.key",
            "stands here twice",
            id="duplicate key of a source",
        ),
        pytest.param(
            make_country_file("KEN"),
            "country: KEN",
            "country",
            "is KEN, in a file for PHL: one of them is wrong",
            id="wrong country code",
        ),
        pytest.param(
            changed(["country"], "Philippines"),
            "country: Philippines",
            "country",
            "write the three capital letters",
            id="country name in place of its code",
        ),
        pytest.param(
            changed(["readings", "penalty", "since"], "2027"),
            "      four_years: met",
            "readings.penalty.elements.four_years",
            "is after the day it was read (2026-11-18)",
            id="since after the source was read",
        ),
        pytest.param(
            changed(["history", 0, "since"], "2014"),
            "    ict: lacking",
            "history.0.elements.ict",
            "begins (2014) after it ends (2013-02)",
            id="history that ends before it begins",
        ),
        pytest.param(
            changed(["history", 0, "until"], "2020"),
            "    ict: lacking",
            "history.0.elements.ict",
            "differs from another reading of it that holds on the same days",
            id="two readings of the same days",
        ),
        pytest.param(
            changed(["provisions", 1, "penalty", "min_years"], 25),
            "    min_years: 25",
            "provisions.1.penalty.min_years",
            "25 years at least, and 20 at most: not both",
            id="penalty upside down",
        ),
        pytest.param(
            changed(["laws", 0, "short"], "PC"),
            "  short: PC",
            "laws.0.short",
            "there is no such field in this format",
            id="unknown field",
        ),
        pytest.param(
            changed(["coded_on"], 2026),
            "coded_on: 2026",
            "coded_on",
            "should be a valid string (found 2026)",
            id="number in place of text",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_key(seeds, data, line, key, message):
    text = dump(data)
    problems = check_phl(seeds, text)

    number, told_key, told = problems[0]
    assert (number, told_key) == (line_of(text, line), key)
    assert message in told
    # One fault may show in several elements of one criterion, and nowhere else.
    assert {told.rpartition(".")[0] for _, told, _ in problems} == {
        key.rpartition(".")[0]
    }


@pytest.mark.parametrize(
    ("data", "key", "message"),
    [
        (
            {"grooming": GROOMING, "penalty": PENALTY},
            "readings.grooming",
            "out of the codebook's order: penalty comes first",
        ),
        (
            {"penalty": make_reading({"ten_years": "met", "four_years": "met"})},
            "readings.penalty.elements.ten_years",
            "out of the codebook's order: four_years comes first",
        ),
        (
            {"penalty": make_reading({"four_years": "unread", "ten_years": "unread"})},
            "readings.penalty",
            "nothing was read: leave the criterion out",
        ),
    ],
)
def test_readings_stand_in_the_codebooks_order_and_say_something(
    seeds, data, key, message
):
    problems = check_phl(seeds, dump(make_country_file(readings=data, history=[])))
    assert [(told, text) for _, told, text in problems] == [(key, message)]


def test_a_missing_field_is_told_at_what_lacks_it(seeds):
    data = make_country_file()
    del data["laws"][1]["title"]
    text = dump(data)
    problems = check_phl(seeds, text)
    assert [(line, key) for line, key, _ in problems] == [
        (line_of(text, "- key: act"), "laws.1")
    ]
    assert "the field title is missing" in problems[0][2]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        pytest.param(
            "coded_on: '2026-11-20'",
            "coded_on: 2026-11-20",
            "coded_on: 2026-11-20",
            "coded_on",
            "a date stands in quotes: write '2026-11-20'",
            id="unquoted date",
        ),
        pytest.param(
            "country: PHL",
            "country: NO",
            "country: NO",
            "country",
            "is read as bool: if it is text, write 'NO'",
            id="the Norway problem",
        ),
        pytest.param(
            "  status: first reading",
            "  status: first reading\n  status: second reading",
            "  status: second reading",
            "",
            "the key 'status' stands here again, after line ",
            id="duplicate key of the YAML",
        ),
        pytest.param(
            "country: PHL",
            "country: !!python/object/apply:os.system [id]",
            "country: !!python/object/apply:os.system [id]",
            "country",
            "only plain values are read",
            id="tag that runs a command",
        ),
        pytest.param(
            "country: PHL",
            "country: !!python/name:os.system ''",
            "country: !!python/name:os.system ''",
            "country",
            "only plain values are read",
            id="tag that names a function",
        ),
        pytest.param(
            "country: PHL",
            "country: !ours PHL",
            "country: !ours PHL",
            "country",
            "only plain values are read",
            id="tag of one's own",
        ),
        pytest.param(
            "country: PHL",
            "country: !!int [1]",
            "country: !!int [1]",
            "country",
            "only plain values are read",
            id="list that calls itself a number",
        ),
        pytest.param(
            "country: PHL",
            "country: !!bool {a: b}",
            "country: !!bool {a: b}",
            "country",
            "only plain values are read",
            id="mapping that calls itself a truth value",
        ),
        pytest.param(
            "country: PHL",
            "country: !!binary aGVsbG8=",
            "country: !!binary aGVsbG8=",
            "country",
            "only plain values are read",
            id="binary",
        ),
        pytest.param(
            "country: PHL",
            "country:\tPHL\n\tx: y",
            "\tx: y",
            "",
            "is not YAML here",
            id="tab",
        ),
        pytest.param(
            "says: Whoever does it is punished.\n  penalty:\n    min_years: null\n"
            "    max_years: 20",
            "says: Whoe\0ver\n  penalty:\n    min_years: null\n    max_years: 20",
            "  says: Whoe\0ver",
            "",
            "the character U+0000 is not allowed",
            id="NUL byte",
        ),
        pytest.param(
            "leads:\n- A",
            "leads:\n- &a A",
            None,
            "",
            "",
            id="an anchor alone does no harm",
        ),
        pytest.param(
            "- A decree of 2009 was not seen.",
            "- &a A decree\n- *a",
            "leads:",
            "leads",
            "is an alias (*): write the value out",
            id="alias of a text",
        ),
        pytest.param(
            "- A decree",
            "- 'A decree",
            "",
            "",
            "is not YAML here: found unexpected end of stream",
            id="quote that never ends",
        ),
        pytest.param(
            "country: PHL",
            "country: PHL\n---\ncountry: PHL",
            "---",
            "",
            "is not YAML here",
            id="two documents",
        ),
        pytest.param(
            "  title: Penal Code",
            '  title: "Penal\\u0007Code"',
            '  title: "Penal\\u0007Code"',
            "laws.0.title",
            "has a control character (U+0007)",
            id="control character",
        ),
        pytest.param(
            "country: PHL",
            "? [a, b]\n: c\ncountry: PHL",
            "? [a, b]",
            "",
            "a key must be plain text",
            id="list as a key",
        ),
    ],
)
def test_a_fault_of_the_text_is_told_with_its_line(seeds, old, new, line, key, message):
    text = edit(TEXT, old, new)
    problems = check_phl(seeds, text)
    if line is None:
        assert problems == []
        return
    number, told_key, told = problems[0]
    assert (number, told_key) == (line_of(text, line), key)
    assert message in told


LAUGHS = "a0: &a0 [ha, ha]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("content", "line", "key", "message"),
    [
        (b"", 1, "", "is empty"),
        (b"# only a comment\n\n", 1, "", "is empty"),
        (b"null\n", 1, "", "should be fields with their values"),
        (b"- a\n- list\n", 1, "", "should be fields with their values"),
        (b"a text\n", 1, "", "should be fields with their values"),
        ("country: PHL\nleads:\n- Straße\n".encode("latin-1"), 3, "", "is not UTF-8"),
        (TEXT.encode("utf-16"), 1, "", "is not UTF-8"),
        (LAUGHS.encode(), 2, "a1", "is an alias (*)"),
        (b"&a [*a]", 1, "", "is an alias (*)"),
        (b"[" * 14 + b"]" * 14, 1, "0" + ".0" * 12, "more than 12 levels deep"),
        (b"[" * 1_000_000, 1, "", "more than 12 levels deep"),
        (b"{a: " * 400_000, 1, "", "more than 12 levels deep"),
        (b"- " * 900_000, 1, "", "more than 12 levels deep"),
        (b"\n" * 70 + b"\x01", 71, "", "U+0001 is not allowed"),
        (b"\x00" * 1000, 1, "", "U+0000 is not allowed"),
        (b"%YAML 3.0\n---\na: b\n", 1, "", "is not YAML here"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_a_file_that_is_no_country_file_is_told_where_it_stops_being_one(
    seeds, content, line, key, message
):
    problems = check_phl(seeds, content)
    assert len(problems) == len(set(problems))
    assert any(
        (number, told_key) == (line, key) and message in told
        for number, told_key, told in problems
    )


def test_a_byte_that_is_not_utf_8_is_told_with_its_column(seeds):
    path = seeds / "countries" / "PHL.yaml"
    path.write_bytes("country: PHL\nleads:\n- Straße\n".encode("latin-1"))
    (problem,) = check_seeds(seeds).problems
    assert str(problem).startswith(f"{path}:3:7: byte 0xdf is not UTF-8")


def test_a_file_of_50_megabytes_is_not_read(seeds):
    path = seeds / "countries" / "PHL.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert found(seeds) == [
        (
            "countries/PHL.yaml",
            1,
            "",
            f"is 50,000,000 bytes; at most {MAX_BYTES:,} are read: split it",
        )
    ]


def test_several_faults_are_told_at_once_in_the_order_of_the_file(tmp_path):
    first = changed(["readings", "penalty", "sources"], ["lost"])
    first["provisions"][0]["law"] = "none"
    first["country"] = "IND"
    folder = make_seeds(tmp_path, make_country_file("KEN"))
    (folder / "countries" / "PHL.yaml").write_text(dump(first))
    (folder / "countries" / "KEN.yaml").write_text("- none\n")
    with (folder / "treaties.csv").open("a") as file:
        file.write("PHL,opsc,married,2019,fedlex-opsc\nXXX,opsc,party,,fedlex-opsc\n")

    problems = found(folder)

    assert [(file, key) for file, _, key, _ in problems] == [
        ("countries/KEN.yaml", ""),
        ("countries/PHL.yaml", "country"),
        ("countries/PHL.yaml", "provisions.0.law"),
        ("countries/PHL.yaml", "readings.penalty.sources.0"),
        ("treaties.csv", "status"),
        ("treaties.csv", "iso3"),
    ]
    assert problems == sorted(problems, key=lambda problem: problem[:2])


def test_a_malformed_value_hides_no_other_fault_of_its_file(seeds):
    data = changed(["laws", 0, "enacted"], "2022-02-30")
    data["sources"][0]["seen"] = "tomorrow"
    data["readings"]["groming"] = data["readings"].pop("grooming")
    data["readings"]["penalty"]["sources"] = ["two words", "lost"]
    data["readings"]["penalty"]["elements"]["ten_years"] = "maybe"
    data["readings"]["definition"]["sources"] = []
    data["provisions"][0]["law"] = "none"
    del data["provisions"][1]["penalty"]
    text = dump(data).replace("language: en", "language: en\n  language: fr", 1)

    told = [(key, message[:16]) for _, key, message in check_phl(seeds, text)]

    assert [key for key, _ in told if "definition" not in key] == [
        "",  # the key that stands there twice
        "laws.0.enacted",
        "provisions.0.law",
        "provisions.1",
        "sources.0.seen",
        "readings.penalty.elements.ten_years",
        "readings.penalty.sources.0",
        "readings.penalty.sources.1",
        "readings.groming",
    ]
    assert ("readings.definition.elements.offence", "has no source: n") in told


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("sources", 0, "seen"), "  seen: '2026-12-24'"),
        (("laws", 0, "enacted"), "  enacted: '2026-12-24'"),
    ],
)
def test_nothing_is_read_or_enacted_after_the_file_was_written(seeds, path, line):
    text = dump(changed(path, "2026-12-24"))
    (problem,) = check_phl(seeds, text)
    assert problem[0] == line_of(text, line)
    assert "is after the day this file was written" in problem[2]


def put_nothing(path):
    path.unlink()


def put_folder(path):
    path.unlink()
    path.mkdir()


def put_dangling_link(path):
    path.unlink()
    path.symlink_to("nowhere.yaml")


def put_link_to_itself(path):
    path.unlink()
    path.symlink_to(path)


def put_pipe(path):
    path.unlink()
    os.mkfifo(path)


def put_endless_device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


INSTEAD = [
    put_folder,
    put_dangling_link,
    put_link_to_itself,
    put_pipe,
    put_endless_device,
]
FILES = (
    "countries/PHL.yaml",
    "codebook.yaml",
    "countries.csv",
    "treaty_titles.csv",
    "treaty_sources.csv",
    "treaties.csv",
)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("put", INSTEAD)
def test_what_is_not_a_file_cannot_be_read(tmp_path, put, name):
    folder = make_seeds(tmp_path)
    put(folder / name)
    told = [(line, text) for file, line, _, text in found(folder) if file == name]
    assert told[0][0] == 1
    assert told[0][1].startswith("cannot be read: ")


@pytest.mark.parametrize("name", FILES[1:])
def test_a_missing_file_is_told(tmp_path, name):
    folder = make_seeds(tmp_path)
    (folder / name).unlink()
    problem = (name, 1, "", "cannot be read: No such file or directory")
    assert problem in found(folder)


def test_a_folder_that_is_missing_or_empty_is_told(tmp_path):
    folder = make_seeds(tmp_path / "seeds")
    shutil.rmtree(folder / "countries")
    assert found(folder) == [(".", 1, "", "has no country files: countries/ISO3.yaml")]
    assert found(tmp_path / "none") == [(".", 1, "", "there is no such folder")]


@pytest.mark.parametrize(
    "name",
    ["PHX.yaml", "phl.yaml", "PHL.yml", "PHL.yaml~", ".PHL.yaml.swp", "notes.txt"]
    + ["PHL.yaml.yaml", "Philippines.yaml", "é\udcff.yaml"],
)
@pytest.mark.parametrize("series", ["countries", "second"])
def test_a_file_named_otherwise_than_its_country_is_told(tmp_path, series, name):
    folder = make_seeds(tmp_path, second=[make_country_file("KEN")])
    (folder / series / name).write_text(TEXT)
    ((file, line, key, message),) = found(folder)
    assert (file, line, key) == (f"{series}/{name}", 1, "")
    start = "the file's name is not a country" if name.endswith(".yaml") else "is not"
    assert message.startswith(start)


def write_codebook(tmp_path, change):
    data = codebook_data()
    change(data["criteria"][0], data)
    return make_seeds(tmp_path, codebook=data)


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        (lambda c, d: c.update(theme="kernel"), "criteria.0.theme", "is not one of"),
        (lambda c, d: c.update(key="Definition"), "criteria.0.key", "write a key"),
        (lambda c, d: c.update(full=["offense"]), "criteria.0", "offense"),
        (lambda c, d: c.update(part={"any": []}), "criteria.0.part.any", "at least 1"),
        (lambda c, d: c.update(part={}), "criteria.0.part", "either `all` or `any`"),
        (
            lambda c, d: c.update(treaties={"opsc": ["2", "3", "2"]}),
            "criteria.0.treaties.opsc.2",
            "this article stands here twice",
        ),
        (lambda c, d: d.update(criteria=[]), "criteria", "at least 1"),
        (
            lambda c, d: d["criteria"][1].update(key="definition"),
            "criteria.1.key",
            "stands here twice",
        ),
        (lambda c, d: d.update(version=3), "version", "should be a valid string"),
    ],
)
def test_a_fault_of_the_codebook_is_told_with_its_key(tmp_path, change, key, message):
    problems = found(write_codebook(tmp_path, change))
    told = [(k, text) for file, _, k, text in problems if file == "codebook.yaml"]
    assert told[0][0] == key
    assert message in told[0][1]


def test_a_codebook_may_leave_one_of_its_two_tests_null(tmp_path):
    part = {"all": None, "any": ["offence"]}
    folder = write_codebook(tmp_path, lambda c, d: c.update(part=part))
    seeds = check_seeds(folder)
    assert seeds.problems == []
    assert seeds.codebook.criteria[0].part.any_of == ("offence",)


def test_a_treaty_that_the_codebook_names_must_have_a_title(tmp_path):
    treaties = {"treaty-of-nowhere": ["1"]}
    folder = write_codebook(tmp_path, lambda c, d: c.update(treaties=treaties))
    assert found(folder) == [
        (
            "treaty_titles.csv",
            1,
            "treaty-of-nowhere",
            "is missing, and criterion definition of the codebook names it",
        )
    ]


PHL_ROW = "PHL,PH,608,Philippines,Asia,South-eastern Asia,un-member,1945,en fil"


@pytest.mark.parametrize(
    ("name", "row", "key", "message"),
    [
        (
            "treaties.csv",
            "XXX,opsc,party,,fedlex-opsc",
            "iso3",
            "is not one of: AFG",
        ),
        ("treaties.csv", "KEN,opscc,party,,fedlex-opsc", "treaty", "did you mean opsc"),
        ("treaties.csv", "KEN,opsc,party,,hearsay", "source_key", "is not one of"),
        ("treaties.csv", "KEN,opsc,wedded,,fedlex-opsc", "status", "should be 'party'"),
        ("treaties.csv", "KEN,opsc,party,2019-02-30,fedlex-opsc", "date", "impossible"),
        ("treaties.csv", "KEN,opsc,party,fedlex-opsc", "", "has 4 cells: the header"),
        ("treaties.csv", "KEN,opsc,party,,fedlex-opsc,!", "", "has 6 cells"),
        ("treaties.csv", "", "", "has 0 cells"),
        ("treaties.csv", 'KEN,opsc,party,,"fedlex', "", "is not CSV here"),
        ("treaties.csv", "KEN,opsc,party,," + "x" * 140_000, "", "is not CSV here"),
        ("countries.csv", PHL_ROW.replace(",PH,", ",QQ,"), "", "PHL stands here again"),
        ("countries.csv", PHL_ROW.replace("PHL", "QQQ"), "", "PH stands here again"),
        ("countries.csv", PHL_ROW.replace("PHL,PH", "qq,QQ"), "iso3", "three capital"),
        ("countries.csv", PHL_ROW.replace("Asia,S", ",S"), "region", "at least 1"),
        (
            "countries.csv",
            PHL_ROW.replace("PHL,PH", "QQQ,QQ").replace("en fil", "en\0"),
            "languages",
            "has a control character (U+0000)",
        ),
        ("treaty_titles.csv", "OPSC 2,a,b,c", "key", "should match pattern"),
        ("treaty_titles.csv", "opsc,a,b,c", "", "opsc stands here again"),
        (
            "treaty_sources.csv",
            "new,a,http://example.org,b,2026-13,text",
            "as_of",
            "impossible",
        ),
        ("treaty_sources.csv", "new,a,nowhere,b,2026,text", "url", "https://"),
        ("treaty_sources.csv", "new,a,http://e.org,b,2026,gossip", "kind", "match"),
    ],
)
def test_a_fault_of_a_table_is_told_with_its_line_and_column(
    tmp_path, name, row, key, message
):
    folder = make_seeds(tmp_path)
    path = folder / name
    text = path.read_text(encoding="utf-8")
    if name == "treaties.csv":
        kept = (x for x in text.splitlines(True) if not x.startswith("KEN,opsc,"))
        text = "".join(kept)
    path.write_text(f"{text}{row}\n", encoding="utf-8")

    (problem,) = [problem for problem in found(folder) if problem[0] == name]
    assert problem[1:3] == (len(text.splitlines()) + 1, key)
    assert message in problem[3]


@pytest.mark.parametrize(
    "header", ["", "iso3,treaty", "iso3,status,treaty,date,source_key", "\ufeffiso3"]
)
def test_a_table_with_another_header_is_not_read(tmp_path, header):
    folder = make_seeds(tmp_path)
    path = folder / "treaties.csv"
    rows = path.read_text().splitlines(True)[1:]
    path.write_text(header + "\n" + "".join(rows), encoding="utf-8")
    ((file, line, _, message),) = found(folder)
    assert (file, line) == ("treaties.csv", 1)
    assert message.endswith(": write iso3,treaty,status,date,source_key")


def test_a_table_that_is_not_utf_8_is_told(tmp_path):
    folder = make_seeds(tmp_path)
    (folder / "treaties.csv").write_bytes("iso3\nCôte".encode("latin-1"))
    ((file, line, _, message),) = found(folder)
    assert (file, line) == ("treaties.csv", 2)
    assert "is not UTF-8" in message


def test_more_files_than_there_are_countries_are_not_read(tmp_path):
    folder = make_seeds(tmp_path)
    for number in range(501):
        (folder / "countries" / f"{number}.yaml").touch()
    assert found(folder) == [("countries", 1, "", "has more than 500 files")]


def test_history_counts_only_what_was_certain_to_hold(seeds):
    later = make_earlier("penalty", {"ten_years": "lacking"}, until="2003-06-30")
    data = make_country_file()
    data["history"].append({**later, "since": "1990", "provisions": ["code-340"]})
    assert check_phl(seeds, dump(data)) == []


# A mutation takes a node of the valid file and puts something else in its place.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["met", "lacking", "unread", "definition", "2019-13", "0001"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def paths_of(value, path=()):
    yield path
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from paths_of(value[key], (*path, key))


PATHS = [path for path in paths_of(make_country_file()) if path]


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_make_the_check_fail(seeds, content):
    assert check_alone(seeds, content)


YAML_PARTS = [*":-?[]{},#&*!|>'\"%@`~= \n\t\0\ufeff\x85\\", "<<", "---", "...", "a"]
YAML_PARTS += ["&a ", "*a ", "!!int ", "!!map ", "!!str ", "!!null ", "!!bool "]
YAML_PARTS += ["country: ", "readings: ", "2019-02-30", "0x1", "1e9", ".inf", "1:30"]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(YAML_PARTS), max_size=40).map("".join))
@example("readings: !!int [a]")
@example("readings: !!bool {a: a}")
def test_no_yaml_makes_the_check_fail(seeds, content):
    assert check_alone(seeds, content)


@settings(max_examples=200)
@given(st.sampled_from(PATHS), VALUES)
@example(("history", 0, "until"), "0001")
@example(("history", 0, "elements"), {"": {}, "0": {}})
def test_no_mutation_of_a_valid_file_makes_the_check_fail(seeds, path, value):
    data = changed(path, deepcopy(value))
    for line, _, message in check_alone(seeds, dump(data)):
        assert line >= 1
        assert message


@settings(max_examples=200)
@given(st.sampled_from(PATHS), st.data())
def test_no_file_with_a_part_left_out_makes_the_check_fail(seeds, path, data):
    mutated = make_country_file()
    for other in (path, data.draw(st.sampled_from(PATHS))):
        try:
            *parents, last = other
            inner = mutated
            for key in parents:
                inner = inner[key]
            del inner[last]
        except (KeyError, IndexError):  # the first took the second with it
            continue
    check_alone(seeds, dump(mutated))


PRINTABLE = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("'\":#-? \x85"),
    max_size=60,
)


@settings(max_examples=200)
@given(st.recursive(PRINTABLE | st.none() | st.booleans(), st.lists, max_leaves=5))
def test_what_is_written_is_read_back_the_same(data):
    document = Document("x.yaml", dump({"key": data}))
    parse(document)
    assert (document.data, document.problems) == ({"key": data}, [])
