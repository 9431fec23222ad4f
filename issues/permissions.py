"""Who may do what: one table, and the processes a person may see."""

from datetime import timedelta

from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.utils import timezone

from .choices import MembershipRole, Visibility
from .models import Membership, Process

READ, FLAG, EDIT, CURATE, BEGIN = "read", "flag", "edit", "curate", "begin"
RESTORABLE_FOR = timedelta(days=30)  # after which what was deleted goes for good

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


def visible_to(user):
    """Return the processes a person may see, as a QuerySet: public ones, and those they are a member of."""
    processes = Process.objects.live()
    if user.is_superuser:
        return processes
    public = processes.filter(visibility=Visibility.PUBLIC)
    if not user.is_authenticated:
        return public
    return public | processes.filter(pk__in=Membership.objects.acting().filter(user=user).values("process"))


def curated_by(user):
    """Return the processes a person curates, deleted ones too, as a QuerySet; all of them for a superuser."""
    if user.is_superuser:
        return Process.objects.all()
    if not user.is_authenticated or not user.is_active:
        return Process.objects.none()
    curated = Membership.objects.acting().filter(user=user, role=MembershipRole.CURATOR)
    return Process.objects.filter(pk__in=curated.values("process"))


def curated(request) -> frozenset[int]:
    """Return the keys of the processes that the person who asks curates. One SQL query a request."""
    if not hasattr(request, "_curated"):
        request._curated = frozenset(curated_by(request.user).order_by().values_list("pk", flat=True))
    return request._curated


def can(user, action, process) -> bool:
    """Tell whether a person may do an action (READ, FLAG, EDIT or CURATE) in a process; one SQL query at most."""
    if user.is_superuser:
        return True
    if action == READ and process.visibility == Visibility.PUBLIC:
        return True
    return action in ALLOWED.get(role(user, process), ())


def role(user, process) -> str | None:
    """Return the role that a person has in a process, None for who is no member; one SQL query at most."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.acting().filter(user=user, process=process).values_list("role", flat=True).first()


def may_begin(user) -> bool:
    """Tell whether a person may begin a new set of talks; one SQL query at most."""
    if user.is_superuser:
        return True
    if not user.is_authenticated or not user.is_active:
        return False
    roles = [role for role, actions in ALLOWED.items() if BEGIN in actions]
    return Membership.objects.acting().filter(user=user, role__in=roles, process__retired_at=None).exists()


def restorable_by(user):
    """Return the deleted processes that a person may bring back, as a QuerySet; the last ones deleted first."""
    since = timezone.now() - RESTORABLE_FOR
    return curated_by(user).filter(retired_at__gt=since).order_by("-retired_at", "pk")


def needs_second_factor(user) -> bool:
    """Tell whether a person may do so much that a password alone is too little; one SQL query at most."""
    return user.is_staff or user.is_superuser or curated_by(user).exists()


def find_process(user, slug: str) -> Process:
    """Return a process the person may see; else raise Http404: private and missing look alike.

    With it comes how they take part, so that a page asks for that no more: `own_role`, None for who is no member, and
    up to where they have seen the record, `own_seen_number` and `own_seen_at`.
    """
    found = visible_to(user).filter(slug=slug)
    if user.is_authenticated:
        own = Membership.objects.acting().filter(process=OuterRef("pk"), user=user)
        names = ("role", "seen_number", "seen_at")
        found = found.annotate(**{f"own_{name}": Subquery(own.values(name)[:1]) for name in names})
    process = found.first()
    if process is None:
        raise Http404(f"There is no process “{slug}” that you can see. It may be private, or the address mistyped.")
    return process
