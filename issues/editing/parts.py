"""Rows that are written along with the one they belong to."""

from dataclasses import dataclass, field

from ..models.base import Content, Record


@dataclass(frozen=True)
class Part:
    """A new row, or what was typed over version `base` of one; `is_out` takes it out of the record.

    `belongs` is the field by which a new row belongs to the other.
    """

    row: Content
    typed: dict = field(default_factory=dict)
    base: int | None = None
    belongs: str = ""
    is_out: bool = False

    @property
    def told(self) -> list:
        """Return what the part says, for the key that makes a repeated submit harmless."""
        new = None if self.row.pk else fields_of(self.row)
        return [name_of(self.row), self.row.pk, self.base, self.typed, self.is_out, new]


def name_of(row: Record) -> str:
    return row._meta.model_name or ""


def fields_of(row: Record) -> list:
    """Return what people write of a row."""
    return [getattr(row, field.attname) for field in row._meta.concrete_fields if field.editable]
