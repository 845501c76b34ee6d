"""What was skipped while the clock was ahead is found by its day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0005_default_words_in_english")]
    operations = [
        migrations.AddIndex(
            model_name="contacttask",
            index=models.Index(
                condition=models.Q(("status", "skipped")), fields=["kind", "due_on"], name="outreach_skipped_by_due"
            ),
        ),
    ]
