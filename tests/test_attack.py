"""Every address with every kind of hostile input: no 5xx, no reflection, no way out."""

import os
import random
import re
import shutil
import string
import subprocess
from itertools import cycle
from pathlib import Path
from secrets import token_hex

import pytest
from hostile import HOSTILE, INJECTIONS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servers import let_go
from tracker import create_app
from tracker.actions.check import check_seeds, csv_rows
from tracker.actions.uploads import decoded, table_rows
from tracker.actions.yamlfile import Document, parse, read_yaml

CASES = int(os.environ.get("TRACKER_FUZZ_CASES", "300"))  # 10000 for the full figure
ROOT = Path(__file__).parents[1]
NAMES = [
    "as_of",
    "q",
    "page",
    "region",
    "subregion",
    "status",
    "read",
    "sort",
    "criterion",
    "answer",
    "treaty",
    "kind",
    "confidence",
    "away",
    "country",
    "duty",
    "n",
    "next",
    "form",
    "format",
    "since",
    "until",
    "email",
    "password",
    "csrf_token",
    "id",
    "role",
    "roles",
    "is_admin",
    "url",
    "redirect",
    "return_to",
    "lang",
    "release",
    "cursor",
    "limit",
]
VALUES = ["PHL", "KEN", "grooming", "definition", "opsc", "csv", "json", "html", "yes"]


@pytest.fixture(scope="module")
def app(databases):
    url = databases.copy("loaded")
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": token_hex()})
    yield app
    let_go(app)
    databases.drop(url)


def rules(app, method):
    return [r for r in app.url_map.iter_rules() if method in (r.methods or ())]


def path_of(rule, value):
    """The rule's path with `value(name)` in the place of its arguments."""
    return re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda m: value(m[1]), rule.rule)


def right(name):
    return {"iso3": "PHL", "key": "grooming", "name": "readings"}.get(name, "x")


def check(response, what):
    assert response.status_code < 500, (what, response.text[:300])
    for name, value in response.headers:
        assert "evil" not in name.lower(), what
        if name == "Location":
            own = re.sub(
                "^https?://localhost(?=/)", "", value
            )  # slashes merged, or TLS
            assert own.startswith("/"), what
            assert not own.startswith("//"), what
        assert name.lower() != "set-cookie" or "evil" not in value, what
    text = response.get_data().decode("utf-8", "replace")
    assert "7331" not in str(what) or "51317" not in text, (
        "a template or expression was evaluated",
        what,
    )
    assert "root:x:0" not in text, ("a file outside was read", what)
    if "html" in (response.content_type or ""):
        assert "<script>alert" not in text, what
        assert "<img src=x" not in text, what
        assert 'href="javascript:' not in text, what
    if "csv" in (response.content_type or ""):
        assert not re.search(r'(?m)(^|,)"?[=+@](cmd|SUM|1\+)', text), what


def quote(text):
    from urllib.parse import quote as encode

    return encode(text, safe="", errors="replace")


CONTROL = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"]+)"')


def operations(client):
    """Each operation of the API's description: its path and what its query takes."""
    described = client.get("/api/v1/openapi.json").json
    shared = described["components"]["parameters"]
    for template, methods in described["paths"].items():
        found = [
            shared[item["$ref"].rpartition("/")[2]] if "$ref" in item else item
            for item in methods["get"].get("parameters", ())
        ]
        path = re.sub(r"{(\w+)}", lambda m: right(m[1]), template)
        names = [item["name"] for item in found if item["in"] == "query"]
        yield f"/api/v1{path}", names


def controls(client, path):
    """The names in the forms of a page, which its files take too."""
    page = client.get(re.sub(r"\.\w+$", "", path))
    return CONTROL.findall(page.get_data().decode("latin-1").partition("<main")[2])


@pytest.fixture(scope="module")
def asked(app):
    """Pairs of a path and a parameter that it reads."""
    client = app.test_client()
    found = dict(operations(client))
    for rule in rules(app, "GET"):
        path = path_of(rule, right)
        found.setdefault(path, ["as_of", "page", *controls(client, path)])
    assert sum(map(len, found.values())) > 300
    return [
        (path, name) for path, names in found.items() for name in dict.fromkeys(names)
    ]


@pytest.mark.parametrize("kind", HOSTILE)
def test_injection_in_every_parameter(app, asked, kind):
    """CSV and JSON read what their page reads: each kind is tried on a third of them."""
    client, turn = app.test_client(), cycle(HOSTILE[kind])
    for number, (path, name) in enumerate(asked):
        is_twin = path.endswith((".csv", ".json"))
        if is_twin and (number + list(HOSTILE).index(kind)) % 3:
            continue
        injection = next(turn)
        check(client.get(path, query_string={name: injection}), (path, name, injection))


@pytest.mark.parametrize("kind", HOSTILE)
def test_injection_in_every_path(app, kind):
    client, turn = app.test_client(), cycle(HOSTILE[kind])
    for rule in rules(app, "GET"):
        for name in rule.arguments:
            hostile = {name: quote(next(turn))}
            path = path_of(rule, lambda each: hostile.get(each) or right(each))  # noqa: B023
            check(client.get(path), path[:80])


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda text: repr(text)[:30])
def test_injection_in_all_parameters_at_once(app, injection):
    client = app.test_client()
    pairs = "&".join(f"{name}={quote(injection)}" for name in NAMES)
    for rule in rules(app, "GET")[INJECTIONS.index(injection) % 7 :: 7]:
        path = path_of(rule, right)
        check(client.get(f"{path}?{pairs}"[:4000]), path)


@pytest.mark.fuzz
def test_made_up_requests(app):
    """Random paths, queries, methods, headers and forms over the whole map."""
    dice = random.Random(os.environ.get("TRACKER_FUZZ_SEED", "2026"))
    client = app.test_client()
    every = list(app.url_map.iter_rules())
    methods = ["GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "PATCH"]

    def value(_name=""):
        kind = dice.randrange(5)
        if kind == 0:
            return dice.choice(INJECTIONS)
        if kind < 3:
            return dice.choice(VALUES)
        letters = string.printable + "äß漢字🙂\u200f\x00"
        return "".join(dice.choices(letters, k=dice.randrange(30)))

    for number in range(CASES):
        rule = dice.choice(every)
        path = path_of(rule, lambda name: quote(value()) or "x")
        query = {dice.choice(NAMES): value() for _ in range(dice.randrange(4))}
        method = dice.choice(methods)
        form = None
        if method in {"POST", "PUT", "PATCH"}:
            form = {dice.choice(NAMES): value() for _ in range(dice.randrange(6))}
        headers = {
            name: re.sub(r"[\r\n\x00]", "", value())
            .encode("latin-1", "replace")
            .decode("latin-1")
            for name in ("Accept-Language", "If-None-Match", "X-Request-ID", "Accept")
            if not dice.randrange(4)
        }
        response = client.open(
            path, method=method, query_string=query, data=form, headers=headers
        )
        check(response, (number, method, path, query, form, headers))
        response.close()


def test_posts_need_a_token(app):
    """Without a CSRF token no form of the site does anything."""
    client = app.test_client()
    for rule in rules(app, "POST"):
        status = client.post(path_of(rule, right), data={}).status_code
        assert status in {302, 400, 401, 403, 404, 405, 422, 429}, rule.rule


TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc:-[]{}&*!|>'\"%@`#,\n\t 0123456789.~?<="),
        st.characters(codec="utf-8"),
    ),
    max_size=200,
)
QUICK = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.fuzz
@QUICK
@given(TEXTS)
def test_any_text_is_read_as_yaml_or_refused_in_words(text):
    document = Document("made-up.yaml", text)
    parse(document)
    for problem in document.problems:
        assert problem.line >= 1
        assert problem.message


@pytest.mark.fuzz
@QUICK
@given(content=st.binary(max_size=300), cut=st.integers(0, 4000))
def test_any_bytes_as_a_file_are_refused_in_words(tmp_path_factory, content, cut):
    whole = (ROOT / "seeds" / "countries" / "PHL.yaml").read_bytes()
    path = tmp_path_factory.getbasetemp() / "made-up.yaml"
    path.write_bytes(whole[:cut] + content + whole[cut + len(content) :])
    assert all(p.message for p in read_yaml(path, "made-up.yaml").problems)


@pytest.mark.fuzz
@QUICK
@given(
    head=st.sampled_from(["country,criterion,element,state", "iso3;criterion", ""]),
    text=TEXTS,
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_any_text_is_read_as_csv_or_refused_in_words(head, text, encoding):
    """By the reader of uploads and by that of the seeds' tables."""
    content = f"{head}\n{text}".encode(encoding, "replace")
    upload, _ = decoded("made-up.csv", content)
    if not upload.problems:
        assert all(row.line >= 1 for row in table_rows(upload))
    seed = Document("made-up.csv", f"{head}\n{text}")
    columns = tuple(head.split(","))
    assert all(set(row) == set(columns) for _line, row in csv_rows(seed, columns))
    for problem in (*upload.problems, *seed.problems):
        assert problem.line >= 1
        assert problem.message


@pytest.fixture(scope="module")
def csv_folder(tmp_path_factory):

    folder = tmp_path_factory.mktemp("csv")
    for path in (ROOT / "seeds").glob("*.*"):
        shutil.copyfile(path, folder / path.name)
    (folder / "countries").mkdir()
    return folder


@pytest.mark.fuzz
@settings(QUICK, max_examples=max(20, CASES // 10))
@given(name=st.sampled_from(["countries.csv", "treaties.csv"]), text=TEXTS)
def test_any_text_as_a_table_is_refused_in_words(csv_folder, name, text):
    path = csv_folder / name
    whole = path.read_bytes()
    try:
        path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        assert check_seeds(csv_folder).problems
    finally:
        path.write_bytes(whole)


HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=()",
}


@pytest.fixture(scope="module")
def tls_app(app):
    settings = {name: app.config[name] for name in ("DATABASE_URL", "SECRET_KEY")}
    found = create_app({**settings, "HTTPS": True, "SITE_URL": "https://localhost"})
    yield found
    let_go(found)


@pytest.mark.parametrize("path", ["/", "/gaps", "/countries/PHL", "/nowhere", "/about"])
def test_headers_that_earn_the_best_grade(tls_app, path):
    """securityheaders.com and Mozilla's Observatory look for these."""
    response = tls_app.test_client().get(path, base_url="https://localhost")
    for name, value in HEADERS.items():
        assert value in response.headers[name], name
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    for word in ("frame-ancestors", "base-uri", "form-action", "object-src"):
        assert word in policy or "default-src 'none'" in policy
    transport = response.headers["Strict-Transport-Security"]
    assert int(re.search(r"max-age=(\d+)", transport)[1]) >= 15_768_000
    assert "Server" not in response.headers
    assert "X-Powered-By" not in response.headers


def test_plain_http_is_sent_to_tls(tls_app):
    response = tls_app.test_client().get("/gaps?region=Asia")
    assert response.status_code in {301, 302}
    assert response.headers["Location"] == "https://localhost/gaps?region=Asia"


@pytest.mark.parametrize("path", ["/about", "/embed", "/embed/map/grooming"])
def test_one_application_does_not_answer_for_another(app, tls_app, path):
    for _ in range(2):
        assert tls_app.test_client().get(path).status_code in {301, 302}
        assert app.test_client().get(path).status_code == 200


def test_health_is_asked_without_tls(tls_app):
    assert tls_app.test_client().get("/healthz").status_code == 200
    assert tls_app.test_client().get("/readyz").status_code == 200


def test_another_host_is_refused(tls_app):
    """A forged Host can't make the site's redirects lead elsewhere, nor a cache keep it."""
    for path in ("/", "//gaps", "/static//x"):
        response = tls_app.test_client().get(path, base_url="https://evil.example")
        assert response.status_code == 400
        assert "evil.example" not in response.headers.get("Location", "")


SECRETS = re.compile(
    r"-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}"
    r"|xox[baprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9]{32,}"
    r"|(?i:password|secret_key|api_key|token)\s*[:=]\s*[\"'][A-Za-z0-9+/_-]{24,}[\"']"
)


def test_no_secret_in_the_repository():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git repository")
    found = []
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_bytes().decode("utf-8", "ignore")
            found += [f"{name}: {m[0][:40]}" for m in SECRETS.finditer(text)]
    assert found == []
    assert not [n for n in listed.stdout.decode().split("\0") if n.startswith("var/")]
