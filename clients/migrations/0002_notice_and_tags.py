"""The privacy notice and the tags that a new salon starts with. Both are data: the salon changes them in the admin."""

from datetime import date

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NOTICE = """本店（以下简称“我们”）如何使用您的个人信息

一、我们记录什么，为什么
· 姓名、称呼、电话、微信号：用于预约、回访和联系您。
· 生日、纪念日：用于当天的问候；只有您同意，我们才会发送优惠信息。
· 到店、消费和积分记录：用于结算、会员等级和积分。
· 皮肤与头发状况、过敏史（属于敏感个人信息）：用于避免伤害、制定护理方案。需要您单独同意；不同意也可以接受服务，但我们可能无法排除过敏风险。
· 照片：只有您单独同意才会拍摄和保存；对外发布案例须再次征得您的同意。

二、谁能看到
只有本店因工作需要的员工可以查看，电话默认隐藏，每次查看都有记录。敏感信息加密保存。我们不出售、不对外提供您的信息；法律另有规定的除外。

三、保存多久
自您最后一次到店起保存三年，之后删除或匿名处理；法律要求更久的，按法律要求保存。

四、您的权利
您可以随时查阅、复制、更正、删除您的信息，也可以随时撤回任何一项同意，撤回与给予同样方便，不影响您继续接受服务。请向前台提出，我们会在十五日内答复。

五、未满十四周岁
未满十四周岁的顾客，须由监护人同意后方可建档。
"""
TAGS = (
    ("basic", "学生", "", ""),
    ("basic", "上班族", "", ""),
    ("basic", "宝妈", "", ""),
    ("basic", "80后", "born_from", "1980"),
    ("basic", "90后", "born_from", "1990"),
    ("basic", "00后", "born_from", "2000"),
    ("basic", "朋友介绍", "source", "referral"),
    ("preference", "敏感肌", "skin_type", "sensitive"),
    ("preference", "爱安静", "has_preference", "安静"),
    ("preference", "偏好面部护理", "", ""),
    ("preference", "偏好头发护理", "", ""),
    ("behaviour", "常在周末来", "", ""),
    ("behaviour", "爱尝新", "", ""),
    ("behaviour", "看重价格", "", ""),
    ("behaviour", "常带朋友来", "", ""),
)


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    notice, tag = apps.get_model("clients", "PrivacyNotice"), apps.get_model("clients", "Tag")
    if not notice.objects.exists():
        notice.objects.create(version="2026-01", text=NOTICE, in_force_from=date(2026, 1, 1))
    if not tag.objects.exists():
        tag.objects.bulk_create(
            tag(group=group, name=name, rule=rule, rule_value=value) for group, name, rule, value in TAGS
        )


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
