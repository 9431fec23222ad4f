"""The tokens by which programs speak for people: make one, find whose it is, put an end to it."""

import secrets
import time
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from .models import Tally, Token
from .models.invitation import token_hash

SHOWN = 9  # letters of a token that are kept, to tell it from others by
MINUTE = 60
# How often a program may ask within a minute: with one token, and from one address without any.
MOST = {"token": 600, "address": 120}


class Taken(Exception):
    """The person has a token of this name."""


def make(user, name: str, scope: str, days: int | None) -> tuple[Token, str]:
    """Return a new token that ends after some days, or never, and its secret, which is stored nowhere.

    Raises Taken: a form that is sent twice makes one token.
    """
    now, secret = timezone.now(), f"pt_{secrets.token_urlsafe(32)}"
    try:
        with transaction.atomic():
            made = Token.objects.create(
                user=user,
                name=name,
                start=secret[:SHOWN],
                token_hash=token_hash(secret),
                scope=scope,
                created_at=now,
                expires_at=now + timedelta(days=days) if days else None,
            )
    except IntegrityError:
        raise Taken from None
    return made, secret


def find(secret: str) -> Token | None:
    """Return the usable token of a secret, or None; the day is noted. One SQL query, two once a day."""
    found = Token.objects.usable().filter(token_hash=token_hash(secret)).first()
    today = timezone.localdate()
    if found and found.used_on != today:
        Token.objects.filter(pk=found.pk).update(used_on=today)
    return found


def revoke(user, pk: int) -> bool:
    """End a token of a person for good, and tell whether there was one."""
    return bool(Token.objects.filter(user=user, pk=pk).delete()[0])


def admitted(kind: str, name) -> bool:
    """Count a question that came with a token or from an address, and tell whether it is within the limit."""
    return Tally.objects.count_up(f"{kind} {name}", int(time.time() // MINUTE), MOST[kind])


def wait() -> int:
    """Return the seconds until counting begins anew."""
    return MINUTE - int(time.time() % MINUTE)


def sweep() -> int:
    """Delete tokens past their end, and what was counted before; return how many tokens that were."""
    Tally.objects.filter(minute__lt=int(time.time() // MINUTE)).delete()
    return Token.objects.ended().delete()[0]
