"""Who takes part in a process, and as what."""

from django import forms

from ..choices import MembershipRole
from .editing import Line

HERE, EVERYWHERE = "process", "site"


class RoleForm(forms.Form):
    """The role of a member."""

    role = forms.ChoiceField(choices=MembershipRole.choices)


class InvitationForm(RoleForm):
    """Whom a curator invites, and as what."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    field_order = ["email", "role"]


class WhyForm(forms.Form):
    """Why someone is suspended, or is no longer: in the process or on the whole site."""

    reason = Line(label="Why", max_length=300, error_messages={"required": "Say in one line why."})
    scope = forms.ChoiceField(choices=[(HERE, "Here"), (EVERYWHERE, "On the whole site")], required=False)


class HandOverForm(WhyForm):
    """To whom a curator passes the curatorship."""

    to = forms.IntegerField(min_value=1, max_value=2**62, error_messages={"required": "Choose a member."})
    field_order = ["to", "reason"]
