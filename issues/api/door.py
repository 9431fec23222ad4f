"""Who asks the API: a token, or nobody; and how often they may. A session opens nothing here."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from .. import tokens
from ..backends import CuratorBackend
from ..choices import TokenScope
from ..middleware import lacks_factor
from ..models import Token

NOBODY = "nobody in particular"  # what `request.auth` is without a token


class Bearer(HttpBearer):
    """Whoever a token speaks for. To read, nobody needs one; what `writes` needs one that may write."""

    openapi_description = "A token, made under “Tokens” of an account. Without one the API shows what is public."

    def __init__(self, *, writes: bool):
        super().__init__()
        self.writes = writes

    def __call__(self, request):
        # Whoever is signed in in this browser is nobody here: no other site can make it speak for them.
        request.user = AnonymousUser()
        if not self.writes and "Authorization" not in request.headers:
            return NOBODY
        return super().__call__(request)

    def authenticate(self, request, token) -> Token | None:
        """Return the token of a secret, in the name of whose person all else is done, or None.

        Raises PermissionDenied for a write that it does not open.
        """
        found = tokens.find(token)
        user = found and CuratorBackend().get_user(found.user_id)  # with their roles
        if user is None:
            return None
        request.user = user
        if self.writes and found.scope != TokenScope.WRITE:
            raise PermissionDenied("This token may only read. Make one that may write, under “Tokens” of your account.")
        if self.writes and settings.REQUIRE_MFA and lacks_factor(user):
            raise PermissionDenied(
                "Curators and staff write with a second factor. Set one up under “Two-factor sign-in” of your account, "
                "then send this again."
            )
        return found


class Rate(BaseThrottle):
    """So many questions a minute with one token, and so many from one address without any."""

    def allow_request(self, request) -> bool:
        """Count a question, and tell whether it is one too many."""
        if request.auth is NOBODY:
            return tokens.admitted("address", get_adapter().get_client_ip(request))
        return tokens.admitted("token", request.auth.pk)

    def wait(self) -> int:
        """Return the seconds to wait."""
        return tokens.wait()
