"""The site's own addresses, and the anchor: the cheapest answer that this framework and this middleware can give."""

from django.http import HttpResponse
from django.urls import path

from peacetracker.urls import *  # noqa: F403
from peacetracker.urls import urlpatterns as site

CONSTANT = "An answer of twenty thousand letters. ".ljust(20_000, ".")


def anchor(request):
    """Answer with a constant of 20 KB."""
    return HttpResponse(CONSTANT, content_type="text/html; charset=utf-8")


urlpatterns = [path("anchor/", anchor), *site]
