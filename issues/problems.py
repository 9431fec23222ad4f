"""What programs are told when something stands in the way: problem details, RFC 9457."""

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse

API = "/api/v1/"  # whoever asks there is a program


def problem(status: int, detail: str, *, headers=None, **more) -> HttpResponse:
    """Return the problem of a status: `detail` says what stood in the way, and what to do; `more` are its own members.

    Nobody keeps it.
    """
    said = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail} | more
    return JsonResponse(
        said,
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"} | (headers or {}),
        json_dumps_params={"ensure_ascii": False, "default": str},
    )


def is_asked_by_a_program(request) -> bool:
    """Tell whether an answer is for a program."""
    return request.path_info.startswith(API)
