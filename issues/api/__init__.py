"""The API: what the pages show and the forms do, for programs.

A landing above the views: it reads with the filters of the pages, answers with the rows of the exports, and writes
through the pages' own forms. The law of imports: a module here imports only from those named above it in this list:
door, shapes, reading, writing, processes, agenda, briefings, citations, positions, compromises, changes, docs.
"""

from django.http import Http404
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError

from ..problems import problem
from ..views import errors
from . import agenda, briefings, changes, citations, compromises, positions, processes
from .docs import views
from .door import Bearer, Rate
from .reading import Refusal, unusable

# What pydantic says of a body in other words than a reader’s.
AMISS = {"extra_forbidden": "is not asked for here", "missing": "must be given"}


class Api(NinjaAPI):
    """An API whose operations are called as their functions, and whose addresses have one name each."""

    @property
    def urls(self):
        """Return the addresses, each once: what is read at one and what is sent there have the same view."""
        patterns, *names = super().urls
        return list({str(one.pattern): one for one in reversed(patterns)}.values())[::-1], *names

    def get_openapi_operation_id(self, operation) -> str:
        """Return the name of the function that answers."""
        return operation.view_func.__name__


v1 = Api(
    title="Peacetracker",
    version="1",
    description="Positions, compromises and the dated documents behind them: read by anybody, written with a token.",
    urls_namespace="api",
    auth=Bearer(writes=False),
    throttle=[Rate()],
    openapi_url=None,
    docs_url=None,
)
for room in (processes, agenda, positions, compromises, briefings, citations, changes):
    v1.add_router("", room.router)
reference, document = views(v1)


@v1.exception_handler(Refusal)
def refused(request, error):
    """Answer as the refusal says."""
    return error.response


@v1.exception_handler(ValidationError)
def misshapen(request, error):
    """Answer to a body that is not of the shape that is asked for."""
    faults = []
    for one in error.errors:
        place = [str(part) for part in one["loc"][2:]]
        said = AMISS.get(one["type"], f"is not as it should be: {one['msg']}")
        faults.append({"pointer": "/".join(["#", *place]), "detail": f"“{'.'.join(place) or 'The body'}” {said}."})
    return unusable(faults).response


@v1.exception_handler(HttpError)
def unreadable(request, error):
    """Answer to what is no JSON, to a token that opens nothing, and to one question too many."""
    if error.status_code == 401:
        said = "This needs a token that is good: “Authorization: Bearer pt_…”, made under “Tokens” of your account."
        return problem(401, said, headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, Throttled):
        return problem(429, f"Too many questions in a minute. Wait {error.wait} seconds, then ask again.")
    return problem(error.status_code, "The body is no JSON that can be read. Nothing was written.")


@v1.exception_handler(Http404)
def missing(request, error):
    """Answer that nothing is here that the person may see."""
    return errors.not_found(request, error)


@v1.exception_handler(Exception)
def unexpected(request, error):
    """Leave all else to the site's own doors that close."""
    raise error
