"""What is asked and answered, as OpenAPI says it: made of the pages' filters and forms, and of the exports' columns."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from django import forms
from ninja import Schema
from pydantic import ConfigDict, Field, create_model

from .. import exports
from ..forms import EditForm, FilterForm, MomentForm, PicksField
from ..forms.editing import Address, Addresses, Day
from ..forms.sources import ROWS, SourceForm
from ..models import Briefing, Compromise, Issue, Position, Side
from .door import Bearer

# Fields that name another row of the process: of which model, and by what.
NAMED = {
    "issue": (Issue, "slug"),
    "side": (Side, "slug"),
    "rejected_by": (Side, "slug"),
    "briefing": (Briefing, "slug"),
    "position": (Position, "slug"),
    "compromise": (Compromise, "number"),
    "superseded_by": (Compromise, "number"),
}
# What a form calls otherwise than a row.
SAID = {"published_on": "date", "occurred_on": "date"}
# What a form carries for itself.
OF_FORMS = {"key", "place", "base_version", "after"}
MOST = 2**31 - 1
Name = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern="^[-a-zA-Z0-9_]+$", description="Its name in addresses, its “slug”."),
]
Number = Annotated[int, Field(ge=1, le=MOST, description="Its number: 12 for C12.")]
OF_COLUMNS: dict[str, Any] = {
    "text": str | None,
    "day": Annotated[str, Field(json_schema_extra={"format": "date"})] | None,
    "number": int | None,
    "yes": bool,
    "link": str | None,
    "links": list[str],
}


class Closed(Schema):
    """A body in which every name and every type counts."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(Schema):
    """Problem details, RFC 9457: what stood in the way, and what to do."""

    model_config = ConfigDict(extra="allow")
    title: str
    status: int
    detail: str


class Written(Schema):
    """What was written: the name and the version of the row, where it is read, and its page for people."""

    name: str | int
    version: int
    url: str
    page: str


class Waiting(Schema):
    """What waits for a curator, because changes to the process are reviewed; `page` is where it stands."""

    suggestion: int
    state: str
    page: str


def columns(kind: str, more: str = "") -> tuple[exports.Column, ...]:
    """Return the columns of a kind of row: more, then those of its exports but for the citations, rows here."""
    return tuple(one for one in exports.columns(f"{more} {exports.COLUMNS[kind]}") if one.type in OF_COLUMNS)


def shape(name: str, kind: str, more: str, **parts) -> type[Schema]:
    """Return the shape of a row; `parts` are lists of other rows in it."""
    fields = {column.name: (OF_COLUMNS[column.type], ...) for column in columns(kind, more)}
    return create_model(name, __base__=Schema, **fields, **{part: (list[one], ...) for part, one in parts.items()})


def page_of(one: type[Schema]) -> type[Schema]:
    """Return the shape of a page of rows; `next` is the address of the next page."""
    return create_model(f"PageOf{one.__name__}", __base__=Schema, items=(list[one], ...), next=(str | None, ...))


def body(name: str, form: type[forms.Form], *, is_new=True, leave: Iterable[str] = (), **more) -> type[Schema]:
    """Return the shape of what is sent to a form: all that it must have, or, of a correction, what is to change."""
    fields = {
        SAID.get(each, each): of_field(each, field, is_new or each == "reason")
        for each, field in form.base_fields.items()
        if each not in OF_FORMS and each not in leave
    }
    return create_model(name, __base__=Closed, __doc__=form.__doc__.split("\n")[0], **fields, **more)


def of_field(name: str, field: forms.Field, is_new: bool) -> tuple[Any, Any]:
    """Return the type of a field of a body, and its default."""
    kind = of_kind(name, field)
    must = is_new and field.required and field.initial is None
    if not field.required and (name in NAMED or isinstance(field, forms.IntegerField | Address)):
        kind = kind | None
    said = " ".join(filter(None, (f"{field.label}." if field.label else "", str(field.help_text))))
    return kind, Field(description=said, **({} if must else {"default_factory": lambda: None}))


def of_kind(name: str, field: forms.Field) -> Any:
    """Return the type of what is typed into a field."""
    if name in NAMED:
        return Name if NAMED[name][1] == "slug" else Number
    if isinstance(field, Addresses):
        return Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=50)]
    if isinstance(field, forms.ChoiceField):
        return Literal[tuple(value for value, _ in field.choices)]
    if isinstance(field, forms.IntegerField):
        most = MOST if field.max_value is None else min(field.max_value, 2**62)
        return Annotated[int, Field(ge=field.min_value, le=most)]
    if isinstance(field, Day):
        return Annotated[str, Field(min_length=1, max_length=10, json_schema_extra={"format": "date"})]
    return Annotated[str, Field(min_length=1 if field.required else 0, max_length=field.max_length)]


def parameters(form: FilterForm | None, *more: str) -> list[dict]:
    """Return the parameters of an address: the filters of a page, without its turning of leaves, and those named."""
    fields: Mapping[str, forms.Field] = form.fields if form else {}
    found = [parameter(name, field) for name, field in fields.items() if name not in ("before", "after")]
    return found + [dict(WAYS[name]) for name in more]


def parameter(name: str, field: forms.Field) -> dict:
    """Return a filter as a parameter."""
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if isinstance(field, forms.DateField):
        schema["format"] = "date"
    if getattr(field, "max_length", None):
        schema["maxLength"] = field.max_length
    if choices := [str(value) for value, _ in getattr(field, "choices", ()) if value]:
        schema["enum"] = choices
    if isinstance(field, PicksField):
        schema = {"type": "array", "items": schema}
    said = DESCRIBED.get(name) or f"{field.label}."
    return {"in": "query", "name": name, "required": False, "description": said, "schema": schema}


DESCRIBED = {
    "on": "The day to show, by the record’s own dates.",
    "as_of": "The moment to look back to: what this tracker had recorded by then. 2026-11-22T16:40:05Z, or a day.",
    "held": "“yes”: of each side on each issue only what it held on the day.",
}
WAYS = {
    "after": {
        "in": "query",
        "name": "after",
        "required": False,
        "description": "Where the page begins, as the answer before it says under “next”.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 400},
    },
    "If-Match": {
        "in": "header",
        "name": "If-Match",
        "required": True,
        "description": "The ETag of the row as you read it, or its version in quotes.",
        "schema": {"type": "string", "pattern": r'^"[0-9]{1,9}(\.[0-9.]+)?"$'},
        "example": '"3"',
    },
    "Idempotency-Key": {
        "in": "header",
        "name": "Idempotency-Key",
        "required": True,
        "description": "Your own name for this request. However often it arrives with it, it is done once.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_:.-]{8,100}$"},
        "example": "notebook-2026-11-22-1",
    },
}
MOMENT = MomentForm()
OF = "/processes/{slug:slug}"  # the address of a process, and of what is in it
READING = (401, 404, 422, 429)
WRITING = (400, 401, 403, 404, 412, 413, 422, 428, 429)
MAKING = (400, 401, 403, 404, 409, 413, 422, 429)


def reads(answer: type[Schema], form: FilterForm | None = None, *more: str) -> dict[str, Any]:
    """Return how an operation that reads is described: its answer, and its parameters."""
    extra = {"parameters": parameters(form, *more), "security": [{}]}
    return {
        "response": {200: answer, 304: None} | dict.fromkeys(READING, Problem),
        "openapi_extra": extra,
    }


def writes(header: str) -> dict[str, Any]:
    """Return how an operation that writes is described, by the header that it must have."""
    is_new = header == "Idempotency-Key"
    named = [WAYS[header]] if is_new else [WAYS[header], WAYS["Idempotency-Key"] | {"required": False}]
    answers = {201 if is_new else 200: Written, 202: Waiting}
    return {
        "auth": Bearer(writes=True),
        "response": answers | dict.fromkeys(MAKING if is_new else WRITING, Problem),
        "openapi_extra": {"parameters": [dict(one) for one in named]},
    }


Source = body("Source", SourceForm)
SOURCES: dict[str, Any] = {"sources": (Annotated[list[Source], Field(max_length=ROWS)], None)}
NewCitation = body(
    "NewCitation",
    SourceForm,
    reason=of_field("reason", EditForm.base_fields["reason"], True),
    position=(Name | None, None),
    compromise=(Number | None, None),
)
