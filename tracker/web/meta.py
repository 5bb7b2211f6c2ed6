"""What search engines read: schema.org, DCAT, robots.txt, sitemap.xml."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Flask, Response

from tracker.caching import FRESH
from tracker.links import absolute
from tracker.rules import citing
from tracker.rules.tables import Table, all_tables
from tracker.store.models import Release
from tracker.store.releases import read_releases
from tracker.store.treaties import read_treaties
from tracker.web.ask import ask

bp = Blueprint("meta", __name__)
PAGES = (
    *("public.home", "public.countries", "public.criteria", "public.gaps"),
    *("public.compare", "public.treaty_list", "public.regions", "public.method"),
    *("public.about", "data.index", "releases.index", "releases.differences"),
    *("changes.changes", "away.away", "corridor.corridor", "embed.index", "api.docs"),
)
MEDIA = "https://www.iana.org/assignments/media-types/"


def address(endpoint: str, **values: Any) -> str:
    """A page's own address, whatever day this page shows."""
    return absolute(endpoint, as_of=None, **values)


def dataset(releases: Iterable[Release], tables: Iterable[Table]) -> dict[str, Any]:
    """The data as they are now, and their newest release."""
    newest = next(iter(releases), None)
    found = about(address("data.index")) | {
        "distribution": [
            {
                "@type": "DataDownload",
                "name": table.file,
                "encodingFormat": "text/csv",
                "contentUrl": address("data.download", name=table.name),
            }
            for table in tables
        ],
    }
    version = ask().snapshot.state
    if version:
        found["dateModified"] = version.at.date().isoformat()
        found["version"] = version.name
    if newest:
        of_newest = released(newest)
        found["version"], found["citation"] = newest.version, of_newest["citation"]
        found["distribution"] += of_newest["distribution"]
    return found


def released(release: Release) -> dict[str, Any]:
    """One frozen version, which is what a citation leads to."""
    url = address("releases.release", version=release.version)
    return about(url) | {
        "isPartOf": {"@type": "Dataset", "@id": address("data.index")},
        "version": release.version,
        "datePublished": release.created_at.date().isoformat(),
        "citation": citing.Citation(
            release.version, url, release.as_of.isoformat()
        ).apa,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.name,
                "encodingFormat": file.media_type.partition(";")[0],
                "contentUrl": release_file(release, file.name),
                "sha256": file.sha256,
                "contentSize": f"{file.size} B",
            }
            for file in release.files
        ],
    }


def about(url: str) -> dict[str, Any]:
    """https://schema.org/Dataset, as data search engines read it."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": url,
        "name": citing.TITLE,
        "description": citing.DESCRIPTION,
        "url": url,
        "keywords": list(citing.KEYWORDS),
        "license": citing.LICENCE_URL,
        "isAccessibleForFree": True,
        "inLanguage": "en",
        "creator": {"@type": "Organization", "name": citing.AUTHOR},
        "publisher": {"@type": "Organization", "name": citing.TITLE},
        "spatialCoverage": {"@type": "Place", "name": "World"},
        "variableMeasured": [
            {"@type": "PropertyValue", "name": c.title, "description": c.question}
            for c in ask().codebook.criteria
        ],
    }


def release_file(release: Release, name: str) -> str:
    return address("releases.file", version=release.version, name=name)


@bp.route("/data/catalog.ttl")
def catalog() -> Response:
    """A DCAT catalogue of the data as they are now, and of each release."""
    return text("\n".join(turtle()) + "\n", "text/turtle; charset=utf-8")


def turtle() -> Iterator[str]:
    """https://www.w3.org/TR/vocab-dcat-3/"""
    releases = read_releases(ask().session)
    tables = all_tables({c.key: c.question for c in ask().codebook.criteria})
    live, page = f"{address('data.index')}#dataset", address("data.index")
    versions = [address("releases.release", version=r.version) for r in releases]
    for prefix, place in (
        ("dcat", "http://www.w3.org/ns/dcat#"),
        ("dct", "http://purl.org/dc/terms/"),
        ("foaf", "http://xmlns.com/foaf/0.1/"),
        ("spdx", "http://spdx.org/rdf/terms#"),
        ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ):
        yield f"@prefix {prefix}: <{place}> ."
    publisher = f"[ a foaf:Organization ; foaf:name {literal(citing.AUTHOR)} ]"
    listed = " , ".join(f"<{url}>" for url in (live, *versions))
    yield f"<{address('meta.catalog')}> a dcat:Catalog ;"
    yield f"  dct:title {literal(citing.TITLE)} ; dct:publisher {publisher} ;"
    yield "  dct:language <http://id.loc.gov/vocabulary/iso639-1/en> ;"
    yield f"  dct:license <{citing.LICENCE_URL}> ; foaf:homepage <{page}> ;"
    yield f"  dcat:dataset {listed} ."
    state = ask().snapshot.state
    version = state.name if state else ""
    changed = state.at.date() if state else ask().newest
    yield from description(live, page, version, changed, publisher)
    yield "  dcat:distribution"
    yield " ,\n".join(
        distribution(table.title, address("data.download", name=table.name), "text/csv")
        for table in tables
    )
    for url in versions:
        yield f"  ; dcat:hasVersion <{url}>"
    yield f"  ; dcat:landingPage <{page}> ."
    for release, url in zip(releases, versions, strict=True):
        yield from description(
            url, url, release.version, release.created_at.date(), publisher
        )
        yield f"  dcat:isVersionOf <{live}> ; dcat:landingPage <{url}> ;"
        yield "  dcat:distribution"
        yield " ,\n".join(
            distribution(
                file.name,
                release_file(release, file.name),
                file.media_type.partition(";")[0],
                file.size,
                file.sha256,
            )
            for file in release.files
        )
        yield "  ."


def description(
    url: str, page: str, version: str, changed: date, publisher: str
) -> Iterator[str]:
    keywords = " , ".join(literal(word) for word in citing.KEYWORDS)
    yield f"<{url}> a dcat:Dataset ;"
    yield f"  dct:title {literal(citing.TITLE)} ;"
    yield f"  dct:description {literal(citing.DESCRIPTION)} ;"
    yield f"  dct:publisher {publisher} ; dct:license <{citing.LICENCE_URL}> ;"
    yield f"  dcat:keyword {keywords} ; dcat:version {literal(version, '')} ;"
    yield f'  dct:modified "{changed}"^^xsd:date ;'


def distribution(
    title: str, url: str, media_type: str, size: int | None = None, sha256: str = ""
) -> str:
    parts = [
        "    [ a dcat:Distribution",
        f"dct:title {literal(title)}",
        f"dcat:downloadURL <{url}>",
        f"dcat:accessURL <{url}>",
        f"dcat:mediaType <{MEDIA}{media_type}>",
        f"dct:license <{citing.LICENCE_URL}>",
    ]
    if size is not None:
        parts.append(f'dcat:byteSize "{size}"^^xsd:nonNegativeInteger')
        parts.append(
            "spdx:checksum [ a spdx:Checksum ; "
            "spdx:algorithm spdx:checksumAlgorithm_sha256 ; "
            f'spdx:checksumValue "{sha256}"^^xsd:hexBinary ]'
        )
    return " ; ".join(parts) + " ]"


def literal(value: str, language: str = "@en") -> str:
    """A Turtle string. https://www.w3.org/TR/turtle/#literals"""
    plain = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"{language}'


@bp.route("/robots.txt")
def robots() -> Response:
    """Everything public may be read by machines; where the list of pages is."""
    lines = ("User-agent: *", "Disallow: /review/", "Disallow: /account/", "Allow: /")
    body = "\n".join((*lines, "", f"Sitemap: {address('meta.sitemap')}", ""))
    return text(body, "text/plain; charset=utf-8")


@bp.route("/sitemap.xml")
def sitemap() -> Response:
    """Every page that stands for itself."""
    state = ask().snapshot.state
    changed = f"<lastmod>{state.at.date()}</lastmod>" if state else ""
    urls = "".join(
        f"<url><loc>{escape(url)}</loc>{changed}</url>\n" for url in page_addresses()
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{urls}</urlset>\n"
    )
    return text(body, "application/xml; charset=utf-8")


def page_addresses() -> Iterator[str]:
    session = ask().session
    yield from (address(endpoint) for endpoint in PAGES)
    for country in ask().countries:
        yield address("public.country", iso3=country.iso3)
        yield address("brief.brief", iso3=country.iso3)
    for criterion in ask().codebook.criteria:
        yield address("public.criterion", key=criterion.key)
        yield address("library.provisions", key=criterion.key)
    for treaty in read_treaties(session):
        yield address("public.treaty", key=treaty.key)
    for release in read_releases(session):
        yield address("releases.release", version=release.version)


def text(body: str, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = FRESH
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
