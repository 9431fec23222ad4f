"""Who may do what: one table, and the processes a person may see."""

from datetime import timedelta

from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from .choices import MembershipRole, Visibility
from .models import Membership, Process

READ, FLAG, EDIT, CURATE, BEGIN = "read", "flag", "edit", "curate", "begin"
RESTORABLE_FOR = timedelta(days=30)  # after which what was deleted goes for good
# Nearly every request asks this, and Django would write it anew each time.
COLUMNS = ", ".join(f'"{field.column}"' for field in Process._meta.concrete_fields if field.name != "later_sections")
BY_SLUG = f'SELECT {COLUMNS} FROM "issues_process" WHERE slug = %s'  # noqa: S608

# What each role of a process may do in it, or beside it: who curates any set of talks may begin further ones.
# Anyone may read a public process; a superuser may do everything.
ALLOWED = {
    MembershipRole.READER: {READ, FLAG},
    MembershipRole.ANALYST: {READ, FLAG, EDIT},
    MembershipRole.CURATOR: {READ, FLAG, EDIT, CURATE, BEGIN},
}

# What an analyst does not write, whatever the way: of these kinds of rows all but the fields named, of others these.
CURATED_BUT_FOR = {"process": {"question", "summary"}, "side": set()}
CURATED_FIELDS = {"provenance", "method", "later_sections", "visibility", "slug", "number"}


def needed(kind: str, fields) -> str:
    """Return the action that someone must be allowed who writes fields of a row; `kind` is its model's name."""
    fields = set(fields)
    curated = not fields <= CURATED_BUT_FOR[kind] if kind in CURATED_BUT_FOR else fields & CURATED_FIELDS
    return CURATE if curated else EDIT


def roles(user) -> dict[int, str]:
    """Return the role that a person has in each process, by the processes’ keys, deleted ones too.

    Who is signed in carries them (`backends`), as they stood when their request was first asked who it is; of anyone
    else they are read, by one SQL query.
    """
    if not user.is_authenticated or not user.is_active:
        return {}
    if hasattr(user, "roles"):
        return user.roles
    return dict(Membership.objects.acting().filter(user=user).order_by().values_list("process", "role"))


def allowed(user, action) -> list[int]:
    """Return the keys of the processes in which a person has a role that may do an action."""
    return [key for key, role in roles(user).items() if action in ALLOWED[role]]


def can(user, action, process) -> bool:
    """Tell whether a person may do an action (READ, FLAG, EDIT or CURATE) in a process."""
    if user.is_superuser:
        return True
    if action == READ and process.visibility == Visibility.PUBLIC:
        return True
    return action in ALLOWED.get(roles(user).get(process.pk), ())


def sees(user, process: Process) -> bool:
    """Tell whether a process is there for a person: one they may read, and never one that is deleted."""
    return process.retired_at is None and can(user, READ, process)


def visible_to(user):
    """Return the processes a person may see, as a QuerySet: public ones, and those they are a member of."""
    processes = Process.objects.live()
    if user.is_superuser:
        return processes
    return processes.filter(Q(visibility=Visibility.PUBLIC) | Q(pk__in=allowed(user, READ)))


def curated_by(user):
    """Return the processes a person curates, deleted ones too, as a QuerySet; all of them for a superuser."""
    return Process.objects.all() if user.is_superuser else Process.objects.filter(pk__in=allowed(user, CURATE))


def curated(request) -> frozenset[int]:
    """Return the keys of the processes that the person who asks curates. One SQL query a request of a superuser."""
    if not request.user.is_superuser:
        return frozenset(allowed(request.user, CURATE))
    if not hasattr(request, "_curated"):
        request._curated = frozenset(Process.objects.order_by().values_list("pk", flat=True))
    return request._curated


def may_begin(user) -> bool:
    """Tell whether a person may begin a new set of talks; one SQL query at most."""
    if user.is_superuser:
        return True
    return Process.objects.live().filter(pk__in=allowed(user, BEGIN)).exists()


def restorable_by(user):
    """Return the deleted processes that a person may bring back, as a QuerySet; the last ones deleted first."""
    since = timezone.now() - RESTORABLE_FOR
    return curated_by(user).filter(retired_at__gt=since).order_by("-retired_at", "pk")


def needs_second_factor(user) -> bool:
    """Tell whether a person may do so much that a password alone is too little."""
    return user.is_staff or user.is_superuser or bool(allowed(user, CURATE))


def find_process(user, slug: str) -> Process:
    """Return a process the person may see; else raise Http404: private and missing look alike. One SQL query.

    Its `later_sections`, large and shown nowhere, are read when they are asked for.
    """
    process = next(iter(Process.objects.raw(BY_SLUG, [slug])), None)
    if process is None or not sees(user, process):
        raise Http404(f"There is no process “{slug}” that you can see. It may be private, or the address mistyped.")
    return process
