"""What holds for every answer: caches keep nothing personal, nobody writes to the past, curators prove who they are."""

import re

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control, patch_vary_headers

from .permissions import needs_second_factor
from .problems import is_asked_by_a_program, problem

SAFE = {"GET", "HEAD"}
METHODS = ["GET", "HEAD", "POST"]
OF_PROGRAMS = [*METHODS, "PATCH"]
DESK = re.compile(r"/admin/|/processes/[^/]+/people/")  # not even to be looked at without a second factor
OWN = re.compile(r"/accounts/(?!tokens/$)|/invitations/")  # where a second factor is set up; a token is a power


def private_pages(get_response):
    """Keep what a signed-in person was shown out of every cache, their own browser's included."""

    def middleware(request):
        response = get_response(request)
        # A page that never asked for the session cannot hold anything personal.
        if request.session.accessed and SESSION_KEY in request.session:
            patch_cache_control(response, private=True, no_store=True)
            patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


def programs(get_response):
    """Answer programs in their own way: what a token opened is kept by nobody, and a wrong method is a problem."""

    def middleware(request):
        response = get_response(request)
        if is_asked_by_a_program(request):
            if response.status_code == 405:
                allowed = response["Allow"]
                said = f"{request.method} is not answered here. What is: {allowed}."
                response = problem(405, said, headers={"Allow": allowed})
            patch_vary_headers(response, ["Authorization"])
            if "Authorization" in request.headers:
                patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def known_methods(get_response):
    """Answer GET, HEAD and POST alone: the views of packages take others for one of these, each in its own way.

    The API has PATCH too, by which its own views know what to do.
    """

    def middleware(request):
        known = OF_PROGRAMS if is_asked_by_a_program(request) else METHODS
        if request.method not in known:
            return HttpResponseNotAllowed(known)
        if request.method != "HEAD":
            return get_response(request)
        # HEAD is GET without the body, which the server leaves out; to django-allauth it would be an attempt to count.
        request.method = "GET"
        response = get_response(request)
        request.method = "HEAD"
        return response

    return middleware


def past_is_past(get_response):
    """Refuse every write to an address that looks back to what was recorded earlier."""

    def middleware(request):
        if request.method not in SAFE and "as_of" in request.GET:
            raise PermissionDenied(
                "This address looks back to what was recorded earlier, where nothing can be written. "
                "Open the record as it is now, then send this again."
            )
        return get_response(request)

    return middleware


def second_factor(get_response):
    """Ask curators and staff for a second factor before they write, or open what only they may see."""

    def middleware(request):
        if settings.REQUIRE_MFA and (DESK.match(request.path_info) or is_write(request)) and lacks_factor(request.user):
            sentence = "Curators and staff sign in with a second factor. Set one up"
            if request.method not in SAFE:
                raise PermissionDenied(f"{sentence} under “Two-factor sign-in”, then send this again.")
            messages.warning(request, f"{sentence} to go on.")
            return redirect("mfa_index")
        return get_response(request)

    return middleware


def is_write(request) -> bool:
    """Tell whether a request writes as who is signed in; programs are nobody who is, and are asked by the API."""
    return request.method not in SAFE and not OWN.match(request.path_info) and not is_asked_by_a_program(request)


def lacks_factor(user) -> bool:
    return user.is_authenticated and needs_second_factor(user) and not is_mfa_enabled(user)
