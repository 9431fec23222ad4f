"""Keep a page with its filters under a name, for oneself or for all who read the process; beside the record."""

from django.db import IntegrityError, transaction

from .models import Process, SavedView

MOST = 100  # views of one person in one process


class Taken(Exception):
    """Another view has this name already, of this person or among those shared. Nothing was written."""


class TooMany(Exception):
    """The person keeps as many as one may. Nothing was written."""


def keep(process: Process, user, *, name: str, page: str, query: str, shared: bool) -> SavedView:
    """Keep a view and return it; the very same one sent again is there already. Raise Taken or TooMany."""
    own = SavedView.objects.filter(process=process, user=user)
    if own.count() >= MOST:
        raise TooMany
    view = SavedView(process=process, user=user, name=name, page=page, query=query, is_shared=shared)
    try:
        written(view)
    except Taken:
        present = own.filter(name=name, page=page, query=query, is_shared=shared).first()
        if present is None:
            raise
        present.process = process
        return present
    return view


def change(view: SavedView, *, name: str, shared: bool) -> None:
    """Give a view another name, or show it to others or no longer. Raise Taken."""
    view.name, view.is_shared = name, shared
    written(view)


def written(view: SavedView) -> None:
    """Store a view; raise Taken where its name is."""
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Taken from None
