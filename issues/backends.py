"""Who is signed in, and whether they curate anything: read together, so that knowing it costs no query."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef

from .choices import MembershipRole
from .models import Membership


class CuratorBackend(ModelBackend):
    """Django’s own, whose users carry `is_curator`: whether they curate any process, or may all."""

    def get_user(self, user_id):
        curated = Membership.objects.acting().filter(user=OuterRef("pk"), role=MembershipRole.CURATOR)
        user = get_user_model().objects.filter(pk=user_id).annotate(is_curator=Exists(curated)).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        user.is_curator |= user.is_superuser
        return user
