from django.db import migrations, models

from issues.analysis.anchoring import Text


def count(apps, schema_editor):
    """Count at how many places the quotes on file stand in the stored texts."""
    Briefing, Citation = (apps.get_model("issues", name) for name in ("Briefing", "Citation"))
    for briefing in Briefing.objects.exclude(text="").only("text").iterator(50):
        text = Text(briefing.text)
        for citation in Citation.objects.filter(briefing=briefing).exclude(quote=""):
            places = len(text.places(citation.quote, citation.prefix, citation.suffix, most=2))
            Citation.objects.filter(pk=citation.pk).update(places=places)


class Migration(migrations.Migration):
    dependencies = [("issues", "0004_draft")]

    operations = [
        migrations.AddField(
            model_name="citation",
            name="places",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
