import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0005_citation_places'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200)),
                ('kind', models.CharField(help_text='The model’s name in small letters: briefing.', max_length=20)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('table', models.TextField()),
                ('mapping', models.TextField()),
                ('findings', models.TextField()),
                ('ticked', models.TextField()),
                ('seen', models.PositiveBigIntegerField()),
                ('changeset', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='issues.changeset')),
                ('process', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='issues.process')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['made_at'], name='import_made')],
            },
        ),
    ]
