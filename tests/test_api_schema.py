"""What the API says of itself holds: Schemathesis asks every operation what its document allows, and what not."""

import copy
from contextlib import suppress

import jsonschema_rs
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from issues import tokens
from issues.api import docs, v1
from issues.models import Citation, CompromiseLink, Position, StatusEvent
from peacetracker.wsgi import application

pytestmark = pytest.mark.django_db
FEW, MANY = 200, 10_000
# The document cannot list the issues and sides of a process, and 428 is what a missing If-Match gets.
NOT_ASKED = (checks.positive_data_acceptance, checks.missing_required_header)


# Its own list, and 413: what is too much altogether is refused before anyone looks whether it is forbidden.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]


@pytest.fixture
def asked(house, monkeypatch):
    """Yield what asks a number of cases, half of them forbidden by the document, and returns the statuses."""
    for signal in (request_started, request_finished):  # the test's own connection stays open, as for Django's client
        signal.disconnect(close_old_connections)
    monkeypatch.setattr(tokens, "MOST", dict.fromkeys(tokens.MOST, 10**9))
    analyst, process = house.people["analyst"].user, house.public
    _, secret = tokens.make(analyst, "Schemathesis", "write", None)
    known = {
        "slug": process.slug,
        "issue": "grass",
        "side": "hill",
        "briefing": "minutes",
        "position": Position.objects.get(process=process).slug,
    }
    keys = {"step": StatusEvent, "citation": Citation, "link": CompromiseLink}

    config = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}})

    def ask(number, document=None):
        schema = schemathesis.openapi.from_dict(document or docs.described(v1), config=config)
        schema.app = application
        operations = [one.ok() for one in schema.get_all_operations()]
        statuses = []
        for operation in operations:
            kind = operation.definition.raw["operationId"].partition("_")[0]
            path = known | {"number": 1}
            if kind in keys:
                path["pk"] = keys[kind].objects.filter(process=process).latest("pk").pk
            path = {one.name: path[one.name] for one in operation.path_parameters}
            for mode in GenerationMode:
                run(
                    operation.as_strategy(mode, path_parameters=path),
                    secret,
                    number * 11 // len(operations) // 20 + 1,
                    statuses,
                )
        return statuses

    yield ask
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def run(cases, secret, number, statuses):
    """Ask so many cases, nothing of which stays."""

    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def one(case):
        with transaction.atomic():
            response = case.call_and_validate(
                headers={"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"},
                excluded_checks=list(NOT_ASKED),
            )
            statuses.append(response.status_code)
            transaction.set_rollback(True)

    with suppress(Unsatisfiable):  # of an operation that takes nothing, nothing is forbidden
        one()


def test_every_operation_does_as_the_document_says(asked, pytestconfig):
    statuses = asked(MANY if pytestconfig.getoption("long") else FEW)
    assert len(statuses) >= FEW and {200, 422} <= set(statuses)


def test_a_document_that_says_otherwise_is_seen(asked):
    document = copy.deepcopy(docs.described(v1))
    document["components"]["schemas"]["Position"]["properties"]["contested"] = {"type": "string"}
    document["paths"] = {path: ways for path, ways in document["paths"].items() if path.endswith("/positions")}
    with pytest.raises(FailureGroup):
        asked(4, document)


def test_the_document_is_one_of_openapi():
    document = docs.described(v1)
    schemathesis.openapi.from_dict(document).validate()
    with pytest.raises(jsonschema_rs.ValidationError):
        schemathesis.openapi.from_dict(document | {"paths": {"/a": {"get": {"responses": "none"}}}}).validate()
