"""Errors are sentences: what was wrong, and what to do."""

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError, connection
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import include, path

from issues.views import errors
from peacetracker import urls

SECRET = "an inner matter of the server"


def raising(exception):
    def view(request):
        raise exception

    return view


def asking_nonsense(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


def reading_the_query(request):
    return HttpResponse(len(request.GET))


urlpatterns = [
    path("sentence/", raising(Http404("There is no issue “<b>snow</b>” in these talks."))),
    path("stock/", raising(Http404("No Process matches the given query."))),
    path("bad/", raising(BadRequest("The day “never” is not in the calendar."))),
    path("suspicious/", raising(SuspiciousOperation(SECRET))),
    path("refused/", raising(PermissionDenied("Only curators may define a side."))),
    path("refused-silently/", raising(PermissionDenied())),
    path("broken/", raising(ValueError(SECRET))),
    path("outage/", raising(OperationalError(SECRET))),
    path("nonsense/", asking_nonsense),
    path("query/", reading_the_query),
    path("", include(urls.urlpatterns)),
]
handler400, handler403, handler404, handler500 = (
    errors.bad_request,
    errors.forbidden,
    errors.not_found,
    errors.server_error,
)

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def calm(vera):
    """Return Vera's browser, which sees the error page and not the exception behind it."""
    vera.raise_request_exception = False
    return vera


def text(response):
    return response.content.decode()


def test_a_missing_page_names_the_address_and_leads_back(vera):
    response = vera.get("/nowhere/at/all/")
    assert response.status_code == 404
    assert "Nothing is kept under “/nowhere/at/all/”." in text(response)
    assert 'href="/codebook/">Codebook' in text(response)
    assert "process-list" not in text(response) and "tried" not in text(response)  # Django's list of patterns


def test_a_views_own_sentence_is_shown_and_escaped(vera):
    body = text(vera.get("/sentence/"))
    assert "There is no issue “&lt;b&gt;snow&lt;/b&gt;” in these talks." in body


def test_djangos_stock_sentence_is_not_shown(vera):
    body = text(vera.get("/stock/"))
    assert "given query" not in body
    assert "Nothing is kept under “/stock/”." in body


@pytest.mark.parametrize(
    "address",
    [
        "/%00",
        "/processes/%00/",
        "/nowhere/?q=%00",
        "/" + "x" * 10_000,
        "/nowhere/?q=" + "x" * 10_000,
        "/%ff%fe",
        "/%e2%80%ae",
    ],
)
def test_a_hostile_address_gets_a_404(vera, address):
    response = vera.get(address)
    assert response.status_code == 404
    assert "\0" not in text(response) and "\u202e" not in text(response)
    assert "x" * 1000 not in text(response).partition("<main")[2]


def test_a_missing_page_of_a_process_leads_to_its_board_only_for_those_who_may_see_it(vera, rita):
    address = "/processes/back-channel/nowhere/"
    assert "Back channel" not in text(vera.get(address))
    body = text(rita.get(address))
    assert '<a href="/processes/back-channel/">Back channel</a>' in body
    assert 'aria-label="Back channel"' in body  # the process's own navigation


def test_a_bad_request_says_what_was_wrong(vera):
    response = vera.get("/bad/")
    assert response.status_code == 400
    assert "The day “never” is not in the calendar." in text(response)


def test_what_django_suspects_stays_in_the_log(vera):
    response = vera.get("/suspicious/")
    assert response.status_code == 400
    assert SECRET not in text(response)
    assert "Check the address" in text(response)


def test_a_foreign_host_and_too_many_parameters_are_bad_requests(vera):
    assert vera.get("/codebook/", headers={"host": "elsewhere.example"}).status_code == 400
    assert vera.get("/query/?" + "a=1&" * 900).content == b"1"
    assert vera.get("/query/?" + "a=1&" * 1100).status_code == 400


def test_a_refusal_says_what_is_refused_and_offers_to_sign_in(vera, rita):
    response = vera.get("/refused/?on=2025-02-12")
    assert response.status_code == 403
    assert "Only curators may define a side." in text(response)
    assert 'href="/accounts/login/?next=%2Frefused%2F%3Fon%3D2025-02-12">Sign in</a></p>' in text(response)
    assert "A curator of the process can change" in text(vera.get("/refused-silently/"))
    assert "Sign in" not in text(rita.get("/refused/"))


def test_a_form_without_its_token_is_refused_with_advice(db):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "anna", "password": "x"})
    assert response.status_code == 403
    assert "reload the page and send the form again" in text(response)


def test_a_broken_page_says_so_without_reading_anything(calm, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = calm.get("/broken/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in text(response)
    assert SECRET not in text(response) and "Sign in" not in text(response)


def test_a_broken_frame_still_leaves_a_plain_sentence(calm, monkeypatch):
    monkeypatch.setattr(errors, "render_to_string", raising(ValueError(SECRET)))
    response = calm.get("/broken/")
    assert response.status_code == 500
    assert "The server met an error" in text(response)


def test_a_database_out_of_reach_is_a_503_that_says_when_to_try_again(calm):
    response = calm.get("/outage/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "try again in 5 seconds" in text(response)
    assert SECRET not in text(response)


def test_the_503_page_stands_when_no_query_gets_through(rita):
    def fail(*args):
        raise OperationalError("the server closed the connection")

    rita.raise_request_exception = False
    assert rita.get("/nowhere/").status_code == 404
    with connection.execute_wrapper(fail):
        response = rita.get("/nowhere/")  # Rita's session cannot be read
    assert response.status_code == 503
    assert "out of reach for a moment" in text(response)


def test_a_faulty_query_is_an_error_and_not_an_outage(calm):
    assert calm.get("/nonsense/").status_code == 500


@pytest.mark.parametrize("address", ["/nowhere/", "/bad/", "/refused/", "/broken/", "/outage/"])
def test_htmx_takes_the_sentence_into_the_notice_and_keeps_the_page_and_its_address(calm, address):
    response = calm.get(address, headers={"hx-request": "true"})
    assert response["HX-Retarget"] == "#notice"
    assert response["HX-Reselect"] == "#message"
    assert response["HX-Push-Url"] == "false"
    assert text(response).count('id="message"') == 1
    assert text(response).count('id="notice"') == 1
    assert response["Cache-Control"] == "no-store"


def test_the_health_check_asks_the_database(vera, monkeypatch, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = vera.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]
    assert vera.head("/healthz").status_code == 200
    assert vera.post("/healthz").status_code == 405
    with monkeypatch.context() as patch:
        patch.setattr(errors.connection, "cursor", lambda: raising(OperationalError("gone"))(None))
        response = vera.get("/healthz")
    assert response.status_code == 503
    assert "does not answer" in text(response)
