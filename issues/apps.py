"""Say what the application is called, and keep the database's guards in step with its tables."""

from django.apps import AppConfig
from django.contrib.admin import apps as panel
from django.db.models.signals import post_migrate, pre_migrate


class IssuesConfig(AppConfig):
    default = True
    name = "issues"
    verbose_name = "Record"

    def ready(self):
        from .models import guards, indexes
        from .search import keeping

        pre_migrate.connect(guards.drop, sender=self)
        pre_migrate.connect(indexes.drop, sender=self)
        post_migrate.connect(guards.install, sender=self)
        post_migrate.connect(indexes.install, sender=self)
        post_migrate.connect(keeping.complete, sender=self)


class DeskConfig(panel.AdminConfig):
    default = False
    default_site = "issues.desk.Desk"
