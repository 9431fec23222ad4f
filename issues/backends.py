"""Who is signed in, and what they take part in: read together, so that what they may do costs a page no query.

Every request of a signed-in person asks the two queries here, and Django would write them anew each time.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

from .choices import MembershipRole

SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
# A row for each set of talks that they take part in, one without a process for who takes part in none.
WHO = """
    SELECT auth_user.*, process_id, role, seen_number, seen_at FROM auth_user
    LEFT JOIN issues_membership ON user_id = auth_user.id AND suspended_at IS NULL WHERE auth_user.id = %s
"""


class CuratorBackend(ModelBackend):
    """Django’s own, whose users carry the role that they have in each process, and when they have seen it.

    `roles` and `seen`, (up to which change, the moment as the database has it), are by the keys of the processes;
    `is_curator` tells whether they curate any, or may all.
    """

    def get_user(self, user_id):
        found = list(get_user_model().objects.raw(WHO, [user_id]))
        if not found or not self.user_can_authenticate(found[0]):
            return None
        user, parts = found[0], [row for row in found if row.process_id]
        user.roles = {row.process_id: row.role for row in parts}
        user.seen = {row.process_id: (row.seen_number, row.seen_at) for row in parts}
        user.is_curator = user.is_superuser or MembershipRole.CURATOR in user.roles.values()
        return user


class SessionStore(db.SessionStore):
    """Django’s own sessions, but for how one is read. The name of the class is part of how they are signed."""

    def load(self):
        with connection.cursor() as cursor:
            cursor.execute(SESSION, [self.session_key, connection.ops.adapt_datetimefield_value(timezone.now())])
            found = cursor.fetchone()
        if found:
            return self.decode(found[0])
        self._session_key = None
        return {}
