"""What a new salon begins with: texts for each kind of contact, in Chinese. They are data: changed on the page of texts.

A line of which a field has no value is left out, so each line stands by itself. The lines of an SMS follow each other
without a gap, and are short enough for one SMS. Rule source: DESIGN §4, thank-you, follow-up, birthday, dormant.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VOUCHER = """有效期到{voucher_until}。
券号 {voucher_code}，到店报一声就行。"""
LETTER_ENDS = """
{salon} 敬上
电话：{salon_phone}"""

HAND = {
    "birthday": f"""{{honorific}}，生日快乐！
{{belated}}
{{salon}}的同事们祝您新的一岁健康顺心，天天好心情。
给您备了一份小心意：{{voucher}}，{VOUCHER}
想哪天过来，跟我说一声，我给您留好位置。""",
    "memorable_day": """{honorific}，{occasion}快乐！
{belated}
一直记着您的这个日子，祝您和家人平安喜乐。
有空过来坐坐，茶给您备着。""",
    "follow_up": """{honorific}您好，我是{salon}的{staff}。
您{last_visit}来做的{last_service}，这几天感觉怎么样？
当时是{beautician}给您做的，有哪里不舒服、不满意，您直接告诉我，我们马上处理。
给您一个小建议：{care_advice}""",
    "thank_you": f"""{{honorific}}您好，我是{{salon}}的{{staff}}，谢谢您第一次来我们店。
{{last_service}}做完，回去感觉怎么样？有任何不舒服，随时发消息给我。
给您一个小建议：{{care_advice}}
送您一份见面礼：{{voucher}}，{VOUCHER}""",
    "dormant": f"""{{honorific}}您好，我是{{salon}}的{{staff}}，好久没见您了，最近还好吗？
上次是{{last_visit}}{{beautician}}给您做的{{last_service}}，一晃{{months}}个月了。
给您留了一份心意：{{voucher}}，{VOUCHER}
哪天方便过来，跟我说一声，我先给您留好位置。""",
    "points_lapsing": """{honorific}您好，跟您说一声，您有 {points} 积分{points_until}到期，放着可惜了。
过来的时候可以换礼品，我帮您看看换什么合适。""",
    "voucher_lapsing": """{honorific}您好，跟您说一声，您的券“{voucher}”{voucher_until}到期，别浪费了。
券号 {voucher_code}，到店报一声就行。
这几天哪天方便？我先给您留好位置。""",
}
CALL = {
    "follow_up": """{honorific}您好，我是{salon}的{staff}，您现在方便说两句吗？
您{last_visit}来做的{last_service}，这几天感觉怎么样？有没有哪里不舒服？
当时是{beautician}给您做的，手法和服务您还满意吗？
要是 1 到 5 分打个分，5 分最满意，您给我们打几分？
给您一个小建议：{care_advice}
下次大概什么时候方便过来？我先给您留好时间。谢谢您！""",
    "thank_you": """{honorific}您好，我是{salon}的{staff}，谢谢您第一次来我们店，现在方便说两句吗？
{last_service}做完，回去感觉怎么样？有没有哪里不舒服？
给您一个小建议：{care_advice}
送了您一份见面礼：{voucher}，{voucher_until}之前过来都能用。
有什么想问的，随时打电话给我们。""",
    "dormant": """{honorific}您好，我是{salon}的{staff}，好久没见您了，最近还好吗？
上次是{last_visit}{beautician}给您做的{last_service}，之后感觉怎么样？
是最近忙，还是上次有哪里没让您满意？您直说就好。
给您留了一份心意：{voucher}，{voucher_until}之前过来都能用。
您看哪天方便？我先给您留好位置。""",
}
SMS = {
    "birthday": """【{salon}】{honorific}，祝您生日快乐，健康顺心！
送您{voucher}，有效期至{voucher_until}，
到店报券号{voucher_code}即可。
{opt_out}""",
    "memorable_day": """【{salon}】{honorific}，祝您{occasion}快乐，平安喜乐！
有空来店里坐坐。
{opt_out}""",
    "follow_up": """【{salon}】{honorific}您好，
您做的{last_service}，这几天感觉还好吗？
有任何不适请致电{salon_phone}，我们马上处理。""",
    "thank_you": """【{salon}】{honorific}，谢谢您第一次光临。
送您{voucher}，有效期至{voucher_until}，
券号{voucher_code}。
{opt_out}""",
    "dormant": """【{salon}】{honorific}，好久不见，
{beautician}还记着您上次的{last_service}。
送您{voucher}，{voucher_until}前可用，
券号{voucher_code}。
{opt_out}""",
    "points_lapsing": """【{salon}】{honorific}，您有{points}积分{points_until}到期，来店里可以换礼品，别错过。
{opt_out}""",
    "voucher_lapsing": """【{salon}】{honorific}，您的券“{voucher}”{voucher_until}到期，
券号{voucher_code}，
欢迎到店使用。
{opt_out}""",
}
EMAIL = {
    "birthday": (
        "{honorific}，生日快乐",
        f"""{{honorific}}：

生日快乐！
{{belated}}
{{salon}}的同事们祝您新的一岁健康顺心，天天好心情。
给您备了一份小心意：{{voucher}}，{VOUCHER}
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "memorable_day": (
        "{honorific}，{occasion}快乐",
        f"""{{honorific}}：

{{occasion}}快乐！
{{belated}}
我们一直记着您的这个日子，祝您和家人平安喜乐。
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "follow_up": (
        "{honorific}，这几天感觉怎么样",
        f"""{{honorific}}您好：

您{{last_visit}}来做的{{last_service}}，这几天感觉怎么样？
当时是{{beautician}}给您做的，有哪里不舒服、不满意，直接回复这封邮件就好，我们马上处理。
给您一个小建议：{{care_advice}}
{LETTER_ENDS}""",
    ),
    "thank_you": (
        "{honorific}，谢谢您来{salon}",
        f"""{{honorific}}您好：

谢谢您第一次来我们店。{{last_service}}做完，回去感觉怎么样？有任何不舒服，直接回复这封邮件就好。
给您一个小建议：{{care_advice}}
送您一份见面礼：{{voucher}}，{VOUCHER}
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "dormant": (
        "{honorific}，好久不见",
        f"""{{honorific}}您好：

好久没见您了，最近还好吗？
上次是{{last_visit}}{{beautician}}给您做的{{last_service}}，一晃{{months}}个月了。
给您留了一份心意：{{voucher}}，{VOUCHER}
想哪天过来，回复这封邮件，我们先给您留好位置。
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "points_lapsing": (
        "您有 {points} 积分{points_until}到期",
        f"""{{honorific}}您好：

您有 {{points}} 积分{{points_until}}到期，放着可惜了。
过来的时候可以换礼品，我们帮您看看换什么合适。
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "voucher_lapsing": (
        "您的券{voucher_until}到期",
        f"""{{honorific}}您好：

您的券“{{voucher}}”{{voucher_until}}到期，别浪费了。
券号 {{voucher_code}}，到店报一声就行。
{LETTER_ENDS}

{{opt_out}}""",
    ),
}
LAST_TIME = "上次到店：{last_visit}，{last_service}\n上次的美容师：{beautician}"
GIVEN = "送的券：{voucher}，有效期到{voucher_until}"
WECOM = {
    "birthday": f"{{name}}的生日到了，记得送上祝福。\n{LAST_TIME}\n{GIVEN}\n话术在“今日”页，复制就能发。",
    "gift": f"{{name}}快过生日了，请先备好礼物。\n{LAST_TIME}",
    "memorable_day": f"{{name}}的{{occasion}}到了，记得送上祝福。\n{LAST_TIME}\n话术在“今日”页，复制就能发。",
    "follow_up": f"该回访{{name}}了，问问感觉和满意度。\n{LAST_TIME}\n结果记在“今日”页。",
    "thank_you": f"{{name}}第一次来店，请道声谢，问问感觉。\n{LAST_TIME}\n{GIVEN}\n结果记在“今日”页。",
    "dormant": f"{{name}}有{{months}}个月没来了，联系一下吧。\n{LAST_TIME}\n{GIVEN}\n话术在“今日”页，结果也记在那里。",
    "points_lapsing": "{name}有 {points} 积分{points_until}到期，提醒一下。\n话术在“今日”页，复制就能发。",
    "voucher_lapsing": "{name}的券“{voucher}”{voucher_until}到期，提醒一下。\n话术在“今日”页，复制就能发。",
}


def make_words(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    texts = [(kind, way, "", text) for way, by_kind in PLAIN.items() for kind, text in by_kind.items()]
    texts += [(kind, "email", subject, text) for kind, (subject, text) in EMAIL.items()]
    templates = apps.get_model("outreach", "MessageTemplate")._default_manager
    for kind, way, subject, text in texts:
        told = {"subject": subject, "text": text}
        templates.get_or_create(kind=kind, way=way, language="zh-hans", defaults=told)


PLAIN = {"hand": HAND, "call": CALL, "sms": SMS, "wecom": WECOM}


class Migration(migrations.Migration):
    dependencies = [("outreach", "0003_channels_rest")]
    operations = [migrations.RunPython(make_words, migrations.RunPython.noop, elidable=False)]
