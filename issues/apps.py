"""Say what the application is called, and keep the database's guards in step with its tables."""

from django.apps import AppConfig, apps
from django.contrib.admin import apps as panel
from django.db.models.signals import post_migrate, pre_migrate

# Files of other packages that no page asks for: other releases of htmx and its extensions, and the panel's libraries as
# one reads them. `collectstatic` would spend more on compressing them than on all the rest.
UNUSED = ("htmx-4*", "htmax-*", "hx-*", "htmx-2.js", "jquery.js", "xregexp.js", "select2.full.js")


class IssuesConfig(AppConfig):
    default = True
    name = "issues"
    verbose_name = "Record"

    def ready(self):
        from .models import guards, indexes
        from .search import keeping

        files = apps.get_app_config("staticfiles")
        files.ignore_patterns = [*files.ignore_patterns, *UNUSED]
        pre_migrate.connect(guards.drop, sender=self)
        pre_migrate.connect(indexes.drop, sender=self)
        post_migrate.connect(guards.install, sender=self)
        post_migrate.connect(indexes.install, sender=self)
        post_migrate.connect(keeping.complete, sender=self)


class DeskConfig(panel.AdminConfig):
    default = False
    default_site = "issues.desk.Desk"
