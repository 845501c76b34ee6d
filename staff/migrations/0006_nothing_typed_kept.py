from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q


def forget(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was typed at wrong tries to sign in, passwords and PINs among it, goes; the counting of the tries stays."""
    attempts = apps.get_model("axes", "AccessAttempt").objects.using(schema_editor.connection.alias)
    attempts.filter(~Q(get_data="") | ~Q(post_data="")).update(get_data="", post_data="")


class Migration(migrations.Migration):
    dependencies = [
        ("axes", "0010_accessattemptexpiration"),
        ("staff", "0005_jobs_and_wecom"),
    ]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
