"""Make the table of the cache that all workers share (settings, CACHES)."""

from django.core.management import call_command
from django.db import migrations


def make(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE shared_cache")


class Migration(migrations.Migration):
    dependencies = [("issues", "0002_invitation")]

    operations = [migrations.RunPython(make, drop)]
