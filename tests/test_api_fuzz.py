"""Whatever the description allows or forbids: no 5xx, no answer against it."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
PATHS = [
    *("/", "/countries", "/criteria", "/answers", "/readings", "/laws", "/provisions"),
    *("/sources", "/treaties", "/standings", "/changes", "/releases"),
    *("/countries/{iso3}", "/criteria/{key}", "/treaties/{key}", "/releases/{version}"),
]
CASES = int(os.environ.get("TRACKER_FUZZ_CASES", "300"))  # 10000 for the full figure
EXAMPLES = max(12, -(-CASES // (2 * len(PATHS))))  # of each path, right and wrong


@pytest.fixture(scope="session")
def schema(site):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site)


@pytest.mark.fuzz
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_keeps_to_the_description(schema, path, mode):
    if path == "/" and mode is GenerationMode.NEGATIVE:
        pytest.skip("takes nothing that could be wrong")
    checks = (
        CHECKS
        if mode is GenerationMode.POSITIVE
        else [*CHECKS, negative_data_rejection]
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path]["GET"].as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(checks=checks, headers={"Accept-Encoding": "identity"})

    ask()
