"""What the API is, for programs and for people: its OpenAPI document, and a page that is made of that document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from ..htmx import page
from ..problems import API
from ..tokens import MOST

REFERENCE = "#/components/schemas/"
EXAMPLES = {"slug": "my-talks", "number": "12", "pk": "7"}
# What each status means wherever it is answered.
MEANS = {
    200: "Done.",
    201: "Recorded; “Location” says where.",
    202: "Changes to this process are reviewed: it waits for a curator as a suggestion, and nothing is changed yet.",
    304: "You have it already: it is as your “If-None-Match” says.",
    400: "It is no JSON, or has no “Idempotency-Key”.",
    401: "The token is unknown, revoked or past its end, or there is none.",
    403: "The token, or the person it speaks for, may not do this.",
    404: "Nothing that you can see is here.",
    409: "Another step was recorded last than you knew of: “after” has its id.",
    412: "Someone has saved another version: “conflicts” holds both texts, “merged” what to send again.",
    413: "It is larger than a request may be: “detail” says how much may be sent.",
    422: "Part of what was sent cannot be used: “errors” says which, and why.",
    428: "“If-Match” does not say which version you began with.",
    429: "Too many questions: wait as many seconds as “Retry-After” says.",
}


@dataclass(frozen=True)
class Line:
    """A parameter or a field: its name, where it stands, its type in words, whether it must be there, what it is."""

    name: str
    where: str
    type: str
    is_needed: bool
    said: str


@dataclass(frozen=True)
class Operation:
    """What can be asked at an address: what for, with what, what is answered, and a line of a shell that asks it.

    `answers` are (status, what it is called, the shape of what it holds); `problems` are the statuses of the others.
    """

    key: str
    group: str
    method: str
    path: str
    title: str
    more: str
    is_write: bool
    parameters: list[Line]
    body: list[Line]
    answers: list[tuple[int, str, str]]
    problems: str
    curl: str


@dataclass(frozen=True)
class Shape:
    """What an answer or a part of a body holds."""

    name: str
    said: str
    fields: list[Line]


@cache
def described(api: NinjaAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an API, with what is the same of all operations said once here."""
    document = json.loads(json.dumps(api.get_openapi_schema(path_prefix=API)))
    for operations in document["paths"].values():
        for operation in operations.values():
            first, _, more = operation.pop("description").partition(". ")
            operation["summary"] = first.rstrip(".") + "."
            if more:
                operation["description"] = " ".join(more.split())
            for status, answer in operation["responses"].items():
                answer["description"] = MEANS[int(status)]
                content = answer.get("content", {})
                if int(status) >= 400:
                    answer["content"] = {"application/problem+json": content.pop("application/json")}
    return document


def operations(document: Mapping) -> list[Operation]:
    """Return all that can be asked, in the order of the document."""
    paths = document["paths"].items()
    return [operation(document, path, method, one) for path, ways in paths for method, one in ways.items()]


def operation(document: Mapping, path: str, method: str, one: Mapping) -> Operation:
    """Return one operation as the page shows it."""
    sent = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    parameters = [
        Line(each["name"], each["in"], words(each["schema"]), each["required"], each.get("description", ""))
        for each in one["parameters"]
    ]
    body = fields(document["components"]["schemas"][named(sent)]) if sent else []
    return Operation(
        key=one["operationId"].replace("_", "-"),
        group=one["tags"][0],
        method=method.upper(),
        path=path,
        title=one["summary"],
        more=one.get("description", ""),
        is_write=bool(sent),
        parameters=parameters,
        body=body,
        answers=[
            (int(status), HTTPStatus(int(status)).phrase, shape_of(answer))
            for status, answer in one["responses"].items()
            if int(status) < 400
        ],
        problems=", ".join(status for status in one["responses"] if int(status) >= 400),
        curl=curl(path, method.upper(), one, body),
    )


def shape_of(answer: Mapping) -> str:
    """Return the name of what an answer holds, or nothing."""
    content = next(iter(answer.get("content", {}).values()), {})
    return named(content.get("schema", {}))


def named(schema: Mapping) -> str:
    """Return the name of the shape that a schema refers to, or nothing."""
    return schema.get("$ref", "").removeprefix(REFERENCE)


def fields(schema: Mapping) -> list[Line]:
    """Return the fields of a shape."""
    needed = schema.get("required", ())
    return [
        Line(name, "body", words(each), name in needed, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    ]


def words(schema: Mapping) -> str:
    """Return a type in words."""
    if name := named(schema):
        return name
    if ways := schema.get("anyOf"):
        return " or ".join(words(one) for one in ways)
    if "const" in schema:
        return str(schema["const"])
    if choices := schema.get("enum"):
        return "one of " + ", ".join(str(one) or "“”" for one in choices)
    match schema.get("type"):
        case "array":
            return f"list of {words(schema.get('items', {}))}"
        case "integer":
            least, most = schema.get("minimum"), schema.get("maximum", 2**31)
            return f"number, {least} to {most}" if most < 2**31 - 1 else "number"
        case "boolean":
            return "true or false"
        case "null":
            return "null"
        case "string" if schema.get("format") == "date":
            return "day"
    most = schema.get("maxLength")
    return f"text, at most {most:,}" if most else "text"


def curl(path: str, method: str, one: Mapping, body: list[Line]) -> str:
    """Return a line of a shell that asks an operation."""
    for name in ("slug", "number", "pk", "issue", "side", "briefing", "position"):
        path = path.replace(f"{{{name}}}", EXAMPLES.get(name, f"a-{name}"))
    parts = [f"curl https://tracker.example.org{path}"]
    if not body:
        return parts[0]
    parts += [f"-X {method}"] * (method != "POST") + ["-H 'Authorization: Bearer pt_…'"]
    parts.append("-H 'Content-Type: application/json'")
    for each in one["parameters"]:
        if each["in"] == "header" and each["required"]:
            parts.append(f"-H '{each['name']}: {each['example']}'")
    given = {line.name: example(line) for line in body if line.is_needed}
    return " \\\n  ".join([*parts, f"-d '{json.dumps(given, ensure_ascii=False)}'"])


def example(line: Line) -> Any:
    """Return what might stand in a field."""
    if line.type.startswith("number"):
        return 7
    if line.type.startswith("one of "):
        return line.type.removeprefix("one of ").split(", ")[0]
    return (
        "2025-02-14"
        if line.type == "day"
        else "…"
        if line.name not in ("issue", "side", "briefing")
        else f"a-{line.name}"
    )


@cache
def contents(api: NinjaAPI) -> dict[str, Any]:
    """Return what the page shows of an API."""
    document = described(api)
    found = operations(document)
    schemas = document["components"]["schemas"]
    shown = {line.type.split(" or ")[0].removeprefix("list of ") for one in found for line in one.body}
    shown |= {"Problem", *(name for one in found for *_, name in one.answers)}
    for name in list(shown & schemas.keys()):
        shown |= {line.type.removeprefix("list of ") for line in fields(schemas[name])}
    return {
        "groups": [
            (group, group.lower().replace(" ", "-"), [one for one in found if one.group == group])
            for group in dict.fromkeys(one.group for one in found)
        ],
        "shapes": [
            Shape(name, one.get("description", ""), fields(one)) for name, one in schemas.items() if name in shown
        ],
        "means": MEANS,
        "most": MOST,
    }


def views(api: NinjaAPI):
    """Return the two views of what an API is: the page, and the document."""

    @require_safe
    def reference(request):
        """Show what the API is."""
        return page(request, "issues/api.html", contents(api))

    @require_safe
    def document(request):
        """Answer with the OpenAPI document."""
        response = JsonResponse(described(api), json_dumps_params={"ensure_ascii": False})
        response["Cache-Control"] = "no-cache"
        return response

    return reference, document
