"""What django-allauth asks this site: who may sign up, what is counted, where `next` may lead, how a code is drawn."""

import struct

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.webauthn import forms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import Http404
from django.shortcuts import resolve_url
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from . import people
from .views.errors import too_many_requests
from .views.invitations import CLOSED, INVITATION_KEY

# What reading a made-up passkey may raise beside the ValueError that django-allauth expects.
GARBLED: tuple[type[Exception], ...] = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
GARBLED += (struct.error, InvalidSignature, UnsupportedAlgorithm)
LOCKED_FOR = 300  # seconds: the window of `login_failed` in ACCOUNT_RATE_LIMITS


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by invitation only, and limits that no header or spelling gets round."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "The username or the password is not right. Check both and try again.",
        "too_many_login_attempts": "Too many attempts failed. Wait five minutes, then try again.",
        "enter_current_password": "This is not your present password.",
        "incorrect_password": "This is not your password.",
    }

    def is_open_for_signup(self, request):
        return people.find_open(request.session.get(INVITATION_KEY)) is not None

    def save_user(self, request, user, form, commit=True):
        """Make the account and take up its invitation: both or neither."""
        invitation = people.find_open(request.session.get(INVITATION_KEY))
        if invitation is None:
            raise Http404(CLOSED)
        with transaction.atomic():
            user = super().save_user(request, user, form, commit=False)
            user.email = invitation.email
            user.save()
            try:
                people.join(invitation, user)
            except people.NotOpen:
                raise Http404(CLOSED) from None
        del request.session[INVITATION_KEY]
        request.joined = invitation.process
        return user

    def get_signup_redirect_url(self, request):
        return resolve_url(request.joined)

    def is_safe_url(self, url):
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def pre_authenticate(self, request, **credentials):
        """Answer 429 when too many attempts on this account failed, whether or not it exists."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(too_many_requests(request, seconds=LOCKED_FOR)) from None

    def _get_login_attempts_cache_key(self, request, **credentials):
        # Not by host, as the parent does: a second host name would be a second set of guesses.
        return credentials.get("username", "").lower()


class SecondFactorAdapter(DefaultMFAAdapter):
    """The code that an authenticator app scans, drawn without what the content policy forbids."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or was used already. Wait for the next one and try again."
    }

    def build_totp_svg(self, url):
        code = qrcode.QRCode(border=4)
        code.add_data(url)
        rows = code.get_matrix()
        dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
        return format_html(
            '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="QR code for an authenticator app">'
            '<path d="M0 0h{0}v{0}H0z" fill="#fff"/><path d="{1}" fill="#000"/></svg>',
            len(rows),
            dark,
        )


class AnyCredential(BaseForm):
    """A form that calls a made-up passkey wrong, where it would break."""

    def full_clean(self):
        try:
            super().full_clean()
        except GARBLED:
            self.add_error("credential", SecondFactorAdapter.error_messages["incorrect_code"])


class AddPasskeyForm(AnyCredential, forms.AddWebAuthnForm):
    pass


class PasskeySignInForm(AnyCredential, forms.LoginWebAuthnForm):
    pass


class PasskeyForm(AnyCredential, forms.AuthenticateWebAuthnForm):
    pass


class ConfirmByPasskeyForm(AnyCredential, forms.ReauthenticateWebAuthnForm):
    pass
