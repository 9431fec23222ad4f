"""Every address of the site, and what each person gets there: one table, one line an address.

A new address needs a line in `ROUTES`: its URL name, and one of the rules below. `test_gate` asks every address as
every person and by every method, `test_site` walks the pages.
"""

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.urls import get_resolver, reverse

from issues.models import (
    Brief,
    Briefing,
    Changeset,
    Compromise,
    CompromiseLink,
    Invitation,
    Issue,
    Membership,
    Position,
    Process,
    SavedView,
    Side,
    StatusEvent,
    Token,
)

# Who asks. Readers, analysts and curators are members of the process; a stranger analyses another one, a neighbour
# curates another one; curators, the neighbour, who sits at the desk and the superuser may enter the admin panel.
PEOPLE = ["visitor", "suspended", "reader", "analyst", "curator", "stranger", "staff", "neighbour", "desk", "superuser"]
# A program with the analyst's token. On the pages it counts for nothing; at the API nothing else counts.
PROGRAM = "program"
EVERYONE = [*PEOPLE, PROGRAM]


@dataclass(frozen=True)
class Rule:
    """What each person gets, in the order of PEOPLE, for GET and HEAD, and for POST; nothing stands for 405.

    A number is that status. `in`: let in, whatever the form then says; `login`: sent to sign in; `away`: sent back to
    the start of the admin panel, as for a row that is not there. A pair holds for a public and a private process.
    """

    get: str | tuple[str, str] = ""
    post: str | tuple[str, str] = ""
    patch: str | tuple[str, str] = ""

    def expected(self, method: str, person: str, is_public: bool) -> str:
        """Return the word for what one person gets; a row of two words is of the API: anybody, and the program."""
        row = {"GET": self.get, "HEAD": self.get, "POST": self.post, "PATCH": self.patch}.get(method, "")
        words = (row if isinstance(row, str) else row[not is_public]).split() or ["405"]
        if len(words) <= 2:
            return words[-1] if person == PROGRAM else words[0]
        return words[0] if person == PROGRAM else words[PEOPLE.index(person)]


# A process may be read by all or by its members; changed by analysts and curators; led by curators.
#         visitor suspended  reader analyst curator  stranger staff neighbour  desk superuser
READERS = (
    "200 200  200 200 200  200 200 200  200 200",
    "404 404  200 200 200  404 404 404  200 200",
)
EDITORS = (
    "login login  403 in in  403 403 403  in in",
    "login login  403 in in  404 404 404  in in",
)
OF_MEMBERS = (
    "login login  in in in  403 403 403  in in",
    "login login  in in in  404 404 404  in in",
)
CURATORS = (
    "403 403  403 403 in  403 403 403  in in",
    "404 404  403 403 in  404 404 404  in in",
)
# Who curates any set of talks may begin another.
BEGINNERS = "login login  403 403 in  403 403 in  in in"
LEADERS = (
    "login login  403 403 in  403 403 403  in in",
    "login login  403 403 in  404 404 404  in in",
)
SIGNED_IN = "login login  in in in  in in in  in in"
RESTORERS = "login login  404 404 404  404 404 404  404 404"  # of talks that are deleted; those asked about are not

# Whoever may read a process keeps views of it; what is shared, its maker and curators change.
KEEPERS = (
    "login login  in in in  in in in  in in",
    "login login  in in in  404 404 404  in in",
)

SUGGESTED = (
    "login login  404 in in  404 404 404  in in",
    "login login  404 in in  404 404 404  in in",
)
WITHDRAWERS = (  # only the author, who is the analyst
    "login login  404 in 403  404 404 404  403 403",
    "login login  404 in 403  404 404 404  403 403",
)
DECIDERS = (
    "login login  403 403 in  403 403 403  in in",
    "login login  403 403 in  404 404 404  in in",
)

OPEN = Rule(get="200")  # to everyone
READ = Rule(get=READERS)  # a page
READ_ON = Rule(get=READERS)  # a page that shows a day and so takes `?on=`
EDIT = Rule(get=EDITORS, post=EDITORS)  # a form
EDIT_POST = Rule(post=EDITORS)  # a button
MEMBER_POST = Rule(post=OF_MEMBERS)
EDIT_LIST = Rule(get=EDITORS)  # a page for those who edit
SUGGESTION = Rule(get=SUGGESTED)
DECIDE_LIST = Rule(get=DECIDERS)
DECIDE = Rule(get=DECIDERS, post=DECIDERS)
DECIDE_POST = Rule(post=DECIDERS)
CURATE = Rule(get=CURATORS)
CURATE_FORM = Rule(get=CURATORS, post=CURATORS)
CURATE_POST = Rule(post=CURATORS)
INVITED_POST = Rule(post="in")
BEGIN = Rule(get=BEGINNERS, post=BEGINNERS)
LEAD = Rule(get=LEADERS, post=LEADERS)

WAYS, WRITABLE = ("list", "detail"), ("position", "compromise", "briefing", "citation")

# The record. One line an address: its URL name without “issues:”, and its rule.
ROUTES = {
    "process-list": OPEN,
    "process-new": BEGIN,
    "process-load": BEGIN,
    "new-draft-list": BEGIN,
    "new-draft-delete": Rule(post=BEGINNERS),
    "process-keeping": Rule(get=LEADERS),
    "keeping-edit": LEAD,
    "process-archive": Rule(post=LEADERS),
    "process-reopen": Rule(post=LEADERS),
    "process-delete": LEAD,
    "deleted-list": Rule(get=SIGNED_IN),
    "deleted-restore": Rule(post=RESTORERS),
    "process-detail": READ_ON,
    "process-method": READ,
    "process-codebook": READ,
    "process-rules": DECIDE,
    "process-history": READ,
    "process-restore": EDIT_POST,
    "process-edit": EDIT,
    "process-news": READ,
    "timeline": READ_ON,
    "compromise-list": READ_ON,
    "compromise-detail": READ_ON,
    "compromise-history": READ,
    "compromise-restore": EDIT_POST,
    "compromise-status": EDIT,
    "compromise-new": EDIT,
    "compromise-edit": EDIT,
    "compromise-delete": EDIT,
    "statusevent-history": READ,
    "statusevent-restore": EDIT_POST,
    "statusevent-delete": EDIT,
    "compromiselink-history": READ,
    "compromiselink-restore": EDIT_POST,
    "compromiselink-delete": EDIT,
    "citation-history": READ,
    "citation-restore": EDIT_POST,
    "citation-delete": EDIT,
    "side-history": READ,
    "side-restore": EDIT_POST,
    "retired-list": EDIT_LIST,
    "link-new": EDIT,
    "link-edit": EDIT,
    "citation-edit": EDIT,
    "briefing-list": READ_ON,
    "briefing-detail": READ_ON,
    "briefing-history": READ,
    "briefing-restore": EDIT_POST,
    "briefing-delete": EDIT,
    "briefing-new": EDIT,
    "clip-new": EDIT,
    "briefing-edit": EDIT,
    "briefing-flag": MEMBER_POST,
    "issue-detail": READ_ON,
    "issue-history": READ,
    "issue-restore": EDIT_POST,
    "issue-edit": EDIT,
    "passage-list": READ,
    "position-detail": READ_ON,
    "position-history": READ,
    "position-restore": EDIT_POST,
    "position-delete": EDIT,
    "position-edit": EDIT,
    "position-new": EDIT,
    "search": READ_ON,
    "change-list": READ,
    "change-feed": READ,
    "change-detail": READ,
    "change-undo": EDIT_POST,
    "process-seen": MEMBER_POST,
    "view-list": READ,
    "view-new": Rule(get=KEEPERS, post=KEEPERS),
    "view-edit": LEAD,
    "view-delete": Rule(post=LEADERS),
    "view-feed": READ,
    "brief-list": READ,
    "brief-detail": READ,
    "brief-file": READ,
    "brief-new": EDIT_POST,
    "draft-list": EDIT,
    "draft-delete": EDIT_POST,
    "duplicate-list": DECIDE_LIST,
    "duplicate-merge": DECIDE,
    "bulk-edit": DECIDE,
    "upkeep-list": EDIT_LIST,
    "upkeep-claim": EDIT_POST,
    "upkeep-release": EDIT_POST,
    "upkeep-dismiss": EDIT_POST,
    "upkeep-reopen": EDIT_POST,
    "suggestion-list": EDIT_LIST,
    "suggestion-detail": SUGGESTION,
    "suggestion-accept": DECIDE_POST,
    "suggestion-decline": DECIDE_POST,
    "suggestion-withdraw": Rule(post=WITHDRAWERS),
    "suggestion-decide": DECIDE_POST,
    "export-list": READ,
    "export-table": READ,
    "export-briefing": READ,
    "export-dossier": READ,
    "export-issue": READ,
    "export-record": READ,
    "import-list": CURATE_FORM,
    "import-detail": CURATE_FORM,
    "import-match": CURATE_POST,
    "import-apply": CURATE_POST,
    "import-discard": CURATE_POST,
    "people-list": CURATE,
    "people-invite": CURATE_POST,
    "people-role": CURATE_POST,
    "people-remove": CURATE_POST,
    "people-suspend": CURATE_POST,
    "people-lift": CURATE_POST,
    "people-hand-over": CURATE_POST,
    "people-withdraw": CURATE_POST,
    "invitation-detail": OPEN,
    "invitation-accept": INVITED_POST,
    "codebook": OPEN,
    "method": OPEN,
    "sitemap": OPEN,
    "sitemap-section": OPEN,
    "robots": OPEN,
}

# The API. Its names begin with “api:”.
SHOWN_TO, SENT_BY = ("200 200", "404 200"), "401 in"
PROGRAMS = {
    "api-docs": OPEN,
    "api-document": OPEN,
    "api:api-root": Rule(get="404", post="404", patch="404"),
    "api:process-list": OPEN,
    "api:process-detail": Rule(get=SHOWN_TO),
    "api:step-new": Rule(post=SENT_BY),
    **{f"api:{noun}-{way}": Rule(get=SHOWN_TO) for noun in ("side", "issue", "step", "link", "change") for way in WAYS},
    **{f"api:{noun}-list": Rule(get=SHOWN_TO, post=SENT_BY) for noun in WRITABLE},
    **{f"api:{noun}-detail": Rule(get=SHOWN_TO, patch=SENT_BY) for noun in WRITABLE},
}

OWNERS = "login login  in in in  in in in  in in"
OWN = Rule(get=OWNERS)
OWN_PAGE = Rule(get=OWNERS, post="login login  405 405 405  405 405 405  405 405")
OWN_FORM = Rule(get=OWNERS, post=OWNERS)
OWN_POST = Rule(post=OWNERS)
DESKS = "login login  404 404 404  404 404 404  in 404"  # only who sits at the desk has what this is about
OPEN_FORM = Rule(get="in", post="in")

ACCOUNTS = {
    "account": OWN,
    "account_login": OPEN_FORM,
    "account_logout": OPEN_FORM,
    "account_signup": OPEN_FORM,
    "account_inactive": OPEN,
    "account_reauthenticate": OWN_FORM,
    "account_change_password": OWN_FORM,
    "account_set_password": OWN_FORM,
    "account_reset_password": OPEN_FORM,
    "account_reset_password_done": OPEN,
    "account_reset_password_from_key": OPEN_FORM,
    "account_reset_password_from_key_done": OPEN,
    "account_sessions": OWN,
    "account_end_other_sessions": OWN_POST,
    "account_end_session": Rule(post=DESKS),
    "account_tokens": OWN_FORM,
    "account_revoke_token": Rule(post=DESKS),
    "mfa_index": OWN_PAGE,
    "mfa_authenticate": OWN_FORM,
    "mfa_reauthenticate": OWN_FORM,
    "mfa_activate_totp": OWN_FORM,
    "mfa_deactivate_totp": Rule(get=DESKS, post=DESKS),
    "mfa_view_recovery_codes": Rule(get=DESKS, post=OWN_PAGE.post),
    "mfa_generate_recovery_codes": OWN_FORM,
    "mfa_download_recovery_codes": Rule(get=DESKS, post=DESKS),
    "mfa_list_webauthn": OWN_PAGE,
    "mfa_add_webauthn": OWN_FORM,
    "mfa_reauthenticate_webauthn": OWN_FORM,
    "mfa_remove_webauthn": OWN_FORM,
    "mfa_edit_webauthn": OWN_FORM,
    "mfa_login_webauthn": OWN_FORM,
    "healthz": OPEN,
}


def panel(get, post=None):
    """Return the rule of a page of the admin panel, from what neighbour, desk and superuser get; a curator is as desk.

    The flag for staff opens nothing: the panel is for who curates.
    """

    def row(words):
        neighbour, desk, superuser = words.split()
        return f"login login  login login {desk}  login login {neighbour}  {desk} {superuser}"

    return Rule(get=row(get), post=row(get if post is None else post))


NOBODYS = "403 403 403"
CHANGES, HISTORY = panel("away 200 200", "away in in"), panel("away 200 200")
LIST, NOTHING = panel("200 200 200"), panel(NOBODYS)
SHOWN = panel("away 200 200", NOBODYS)
ROOT = panel("403 403 in")
PAGES = ("changelist", "add", "change", "delete", "history")
KEPT = (LIST, LIST, CHANGES, NOTHING, HISTORY)  # a row of the record: never deleted
READ_ONLY = (LIST, NOTHING, SHOWN, NOTHING, HISTORY)
PANEL = {
    "issues_process": (LIST, NOTHING, CHANGES, NOTHING, HISTORY),
    "issues_side": KEPT,
    "issues_issue": KEPT,
    "issues_briefing": KEPT,
    "issues_position": KEPT,
    "issues_compromise": KEPT,
    "issues_statusevent": KEPT,
    "issues_compromiselink": KEPT,
    "issues_citation": KEPT,
    "issues_changeset": READ_ONLY,
    "issues_snapshot": READ_ONLY,
    "issues_invitation": READ_ONLY,
    "issues_membership": (LIST, ROOT, CHANGES, CHANGES, HISTORY),
    "auth_user": (ROOT,) * 5,
    "auth_group": (ROOT,) * 5,
    "account_emailaddress": (ROOT,) * 5,
    "mfa_authenticator": (ROOT,) * 5,
    "usersessions_usersession": (ROOT,) * 5,
}
SIGN_IN = "login login  403 403 403  403 403 403  403 403"
ADMIN = {
    "admin_login": Rule(get=SIGN_IN, post=SIGN_IN),
    "admin_password": OPEN_FORM,
    "admin_view_on_site": Rule(get="404", post="404"),
    "admin:index": panel("200 200 200", "405 405 405"),
    "admin:process": panel("404 200 200", "404 405 405"),
    "admin:app_list": panel("200 200 200"),
    "admin:login": Rule(get=SIGN_IN, post=SIGN_IN),
    "admin:logout": Rule(get="away away  away away 405  away away 405  405 405", post="in"),
    "admin:password_change": OPEN_FORM,
    "admin:password_change_done": panel("in in in", "405 405 405"),
    "admin:autocomplete": panel(NOBODYS, "405 405 405"),
    "admin:jsi18n": panel("200 200 200", "405 405 405"),
    "admin:view_on_site": Rule(get="404", post="404"),
    "admin:auth_user_password_change": ROOT,
    "admin:None": panel("404 404 404"),  # what the panel does not know
} | {f"admin:{model}_{page}": rule for model, row in PANEL.items() for page, rule in zip(PAGES, row, strict=True)}

TABLE = ROUTES | PROGRAMS | ACCOUNTS | ADMIN
# What an address needs beside its path: a value, or (model, field) to take it from the first row of the process.
QUERIES = {
    "position-new": {"side": (Side, "slug")},
    "process-news": {"seen": 0},
    "draft-list": {"address": "/codebook/"},
    "view-new": {"page": "briefings", "query": "kind=news"},
    "new-draft-list": {"address": "/processes/new/"},
}
NOT_WALKED = {
    "invitation-detail",
    "process-news",
    "change-feed",
    "view-feed",
    "brief-detail",
    "sitemap",
    "sitemap-section",
    "robots",
}  # no page, or only for who holds its link
NOT_WALKED |= {
    "brief-file",
    *(f"export-{what}" for what in ("table", "briefing", "dossier", "issue", "record")),
}  # files
NOT_WALKED |= {f"{kind}-history" for kind in ("side", "statusevent", "compromiselink", "citation")}  # as of the others

NAMES = [name for name, rule in ROUTES.items() if rule in (OPEN, READ, READ_ON) and name not in NOT_WALKED]
DATED = [name for name, rule in ROUTES.items() if rule is READ_ON]


def named(patterns=None, namespace=""):
    """Yield (URL name, names of its parameters) of every address; the record’s names without “issues:”."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            for name, parameters in named(pattern.url_patterns, inner):
                yield name, [*pattern.pattern.regex.groupindex, *parameters]
        else:
            yield f"{namespace}{pattern.name}".removeprefix("issues:"), list(pattern.pattern.regex.groupindex)


PARAMETERS = dict(named())
# Where the key in an address is not that of the model which begins its name.
KEYS = {
    "change": Changeset,
    "deleted": Process,
    "link": CompromiseLink,
    "people": Membership,
    "people-withdraw": Invitation,
    "view": SavedView,
    "account_end_session": UserSession,
    "account_revoke_token": Token,
    "step": StatusEvent,
}


def address(name: str, process, **known) -> str:
    """Return the address of a URL name, with the first rows of a process where it needs some, or those `known`."""
    if name == "admin:None":
        return "/admin/nowhere/"
    arguments = {each: known[each] if each in known else argument(name, each, process) for each in PARAMETERS[name]}
    query = {
        each: first(*value, process) if isinstance(value, tuple) else value
        for each, value in QUERIES.get(name, {}).items()
    }
    return reverse(f"issues:{name}" if name in ROUTES else name, kwargs=arguments, query=query or None)


def argument(name: str, parameter: str, process):
    """Return what stands for a parameter of an address."""
    match parameter:
        case "slug":
            return process.slug
        case "issue":
            return first(Issue, "slug", process)
        case "briefing":
            return first(Briefing, "slug", process)
        case "position":
            return first(Position, "slug", process)
        case "side":
            return first(Side, "slug", process)
        case "number":
            return first(Compromise, "number", process)
        case "code":
            return first(Brief, "code", process)
        case "what":
            return "briefings"
        case "ending":
            endings = {"export-record": "json", "export-dossier": "html", "export-issue": "md", "brief-file": "html"}
            return endings.get(name, "bib")
        case "section":
            return "process"
        case "kind":
            return "briefings"
        case "token" | "key" | "row":
            return "made-up"
        case "app_label":
            return "issues"
    if name.startswith("admin:"):
        app, _, model = name.removeprefix("admin:").rpartition("_")[0].removesuffix("_password").partition("_")
    else:
        app, model = "issues", name.removeprefix("api:").partition("-")[0]
    found = KEYS.get(name) or KEYS.get(model) or apps.all_models[app].get(model)
    if not found and name in ROUTES:
        raise LookupError(f"Say in KEYS of tests/addresses.py of which model “{parameter}” of {name} is the key.")
    return first(found, "pk", process) if found else 1


def first(model, field, process):
    """Return a value of the first live row of a process, or one that no row has."""
    names = {each.name for each in model._meta.fields}
    rows = model.objects.filter(process=process) if "process" in names else model.objects.all()
    if model is Process:
        rows = rows.filter(pk=process.pk)
    if "retired_at" in names:
        rows = rows.filter(retired_at=None)
    found = rows.order_by("pk").values_list(field, flat=True).first()
    return found or ("nothing" if field == "slug" else 1)
