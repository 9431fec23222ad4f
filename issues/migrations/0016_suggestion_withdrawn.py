from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0015_draft_without_process'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='suggestion',
            name='suggestion_state_known',
        ),
        migrations.AlterField(
            model_name='suggestion',
            name='answer',
            field=models.CharField(blank=True, help_text='Why it was declined, or withdrawn.', max_length=500),
        ),
        migrations.AlterField(
            model_name='suggestion',
            name='state',
            field=models.CharField(choices=[('pending', 'Waiting'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='pending', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'accepted', 'declined', 'withdrawn'])), name='suggestion_state_known'),
        ),
    ]
