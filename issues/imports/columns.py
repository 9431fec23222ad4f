"""Which column of a file fills which field."""

from .kinds import Kind, simple
from .tables import Table

ALWAYS = "="  # before a value that every row gets, in place of a column

# {name of a field: the column that fills it, or "=" and a value that every row gets}
Mapping = dict[str, int | str]


def guess(kind: Kind, table: Table) -> Mapping:
    """Return which columns seem to fill which fields: a field’s own name goes before its other names."""
    found: Mapping = {}
    names = [simple(name) for name in table.columns]
    for wanted in (lambda field: {simple(field.name)}, lambda field: {simple(field.label)}, lambda field: field.names):
        for field in kind.fields.values():
            if field.name not in found:
                taken = found.values()
                at = next((i for i, name in enumerate(names) if name in wanted(field) and i not in taken), None)
                if at is not None:
                    found[field.name] = at
    return {name: found[name] for name in kind.fields if name in found}


def lacking(kind: Kind, mapping: Mapping) -> list[str]:
    """Return the labels of the fields that every new row needs and no column fills."""
    return [field.label for field in kind.required if field.name not in mapping]
