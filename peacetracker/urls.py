"""Every address of the site: the record, accounts, the admin panel, the API and the health check."""

from allauth.account import views as allauth
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from issues import api
from issues.desk import nowhere, sign_in
from issues.views import accounts, errors, tokens

# Named one by one: what stands here has a page of this site's own.
account_urls = [
    path("", accounts.detail, name="account"),
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("signup/", allauth.signup, name="account_signup"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("tokens/", tokens.index, name="account_tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="account_revoke_token"),
    path("sessions/", accounts.sessions, name="account_sessions"),
    path("sessions/end/", accounts.end_other_sessions, name="account_end_other_sessions"),
    path("sessions/<int:pk>/end/", accounts.end_session, name="account_end_session"),
]

urlpatterns = [
    path("", include("issues.urls")),
    path("accounts/", include(account_urls)),
    # The panel's own of these would be a second door: guesses uncounted, and the address of any row for any staff.
    path("admin/login/", sign_in, name="admin_login"),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password"), name="admin_password"),
    path("admin/r/<path:row>", nowhere, name="admin_view_on_site"),
    path("admin/", admin.site.urls),
    path("api/", api.reference, name="api-docs"),
    path("api/v1/openapi.json", api.document, name="api-document"),
    path("api/v1/", api.v1.urls),
    path("healthz", errors.healthz, name="healthz"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many_requests  # called by django-allauth
handler500 = errors.server_error
