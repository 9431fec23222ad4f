"""Who is signed in, and what they take part in: read together, so that what they may do costs a page no query."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend

from .choices import MembershipRole

# A row for each set of talks that they take part in, one without a process for who takes part in none. Every request of
# a signed-in person asks this, and Django would write it anew each time.
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
