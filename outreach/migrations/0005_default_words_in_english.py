"""The same texts for clients who read English."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VOUCHER = """valid until {voucher_until}.
Just tell us the code when you come: {voucher_code}."""
LETTER_ENDS = """
With kind regards
{salon}
{salon_phone}"""

HAND = {
    "birthday": f"""Happy birthday, {{honorific}}!
{{belated}}
Everybody at {{salon}} wishes you a healthy and cheerful year.
There is a little something for you: {{voucher}}, {VOUCHER}
Tell me which day suits you and I will keep a place.""",
    "memorable_day": """Dear {honorific}, happy {occasion}!
{belated}
We remembered the day, and wish you and your family all the best.""",
    "follow_up": """Dear {honorific}, this is {staff} from {salon}.
How do you feel after {last_service} on {last_visit}?
You were with {beautician}. If anything was not right, just tell me and we will see to it at once.
A small piece of advice: {care_advice}""",
    "thank_you": f"""Dear {{honorific}}, this is {{staff}} from {{salon}}. Thank you for your first visit.
How do you feel after {{last_service}}? If anything is not right, write to me at any time.
A small piece of advice: {{care_advice}}
A welcome gift for next time: {{voucher}}, {VOUCHER}""",
    "dormant": f"""Dear {{honorific}}, this is {{staff}} from {{salon}}. We have not seen you for a while. How are you?
Last time, on {{last_visit}}, you had {{last_service}} with {{beautician}}.
We have kept something for you: {{voucher}}, {VOUCHER}
Tell me which day suits you and I will keep a place.""",
    "points_lapsing": """Dear {honorific}, {points} of your points lapse on {points_until}; it would be a pity.
They can be turned into a gift when you come. I am happy to help you choose.""",
    "voucher_lapsing": """Dear {honorific}, your voucher “{voucher}” is valid until {voucher_until}.
Just tell us the code when you come: {voucher_code}.
Which day suits you? I will keep a place.""",
}
CALL = {
    "follow_up": """Hello, is that {honorific}? This is {staff} from {salon}. Do you have a minute?
How do you feel after {last_service} on {last_visit}? Is anything uncomfortable?
You were with {beautician}. Were you happy with how it was done?
From 1 to 5, with 5 the best, what would you give us?
A small piece of advice: {care_advice}
When would suit you for the next visit? Thank you very much.""",
    "thank_you": """Hello, is that {honorific}? This is {staff} from {salon}. Thank you for your first visit.
How do you feel after {last_service}? Is anything uncomfortable?
A small piece of advice: {care_advice}
There is a welcome gift for you: {voucher}, valid until {voucher_until}.
Call us whenever you have a question.""",
    "dormant": """Hello, is that {honorific}? This is {staff} from {salon}. We have not seen you for a while. How are you?
Last time, on {last_visit}, you had {last_service} with {beautician}. How was it afterwards?
Have you been busy, or was something not right? Please tell me frankly.
We have kept something for you: {voucher}, valid until {voucher_until}.
Which day would suit you? I will keep a place.""",
}
SMS = {
    "birthday": """{salon}: Happy birthday, {honorific}!
For you: {voucher}, until {voucher_until},
code {voucher_code}.
{opt_out}""",
    "memorable_day": """{salon}: Happy {occasion}, {honorific}! All the best to you and your family.
{opt_out}""",
    "follow_up": """{salon}: Dear {honorific},
how do you feel after {last_service}?
If anything is not right, call {salon_phone}.""",
    "thank_you": """{salon}: Thank you for your first visit, {honorific}.
For next time: {voucher}, until {voucher_until},
code {voucher_code}.
{opt_out}""",
    "dormant": """{salon}: Dear {honorific}, we miss you.
For you: {voucher}, until {voucher_until},
code {voucher_code}.
{opt_out}""",
    "points_lapsing": """{salon}: Dear {honorific}, {points} points lapse on {points_until}. Turn them into a gift.
{opt_out}""",
    "voucher_lapsing": """{salon}: Dear {honorific}, your voucher "{voucher}" ends on {voucher_until},
code {voucher_code}.
{opt_out}""",
}
EMAIL = {
    "birthday": (
        "Happy birthday, {honorific}",
        f"""Dear {{honorific}},

Happy birthday!
{{belated}}
Everybody at {{salon}} wishes you a healthy and cheerful year.
There is a little something for you: {{voucher}}, {VOUCHER}
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "memorable_day": (
        "Happy {occasion}, {honorific}",
        f"""Dear {{honorific}},

Happy {{occasion}}!
{{belated}}
We remembered the day, and wish you and your family all the best.
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "follow_up": (
        "How do you feel, {honorific}?",
        f"""Dear {{honorific}},

How do you feel after {{last_service}} on {{last_visit}}?
You were with {{beautician}}. If anything was not right, just reply to this mail and we will see to it at once.
A small piece of advice: {{care_advice}}
{LETTER_ENDS}""",
    ),
    "thank_you": (
        "Thank you for coming, {honorific}",
        f"""Dear {{honorific}},

Thank you for your first visit. How do you feel after {{last_service}}? If anything is not right, just reply.
A small piece of advice: {{care_advice}}
A welcome gift for next time: {{voucher}}, {VOUCHER}
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "dormant": (
        "We have not seen you for a while, {honorific}",
        f"""Dear {{honorific}},

We have not seen you for a while. How are you?
Last time, on {{last_visit}}, you had {{last_service}} with {{beautician}}.
We have kept something for you: {{voucher}}, {VOUCHER}
Reply to this mail with the day that suits you and we will keep a place.
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "points_lapsing": (
        "{points} of your points lapse on {points_until}",
        f"""Dear {{honorific}},

{{points}} of your points lapse on {{points_until}}; it would be a pity.
They can be turned into a gift when you come. We are happy to help you choose.
{LETTER_ENDS}

{{opt_out}}""",
    ),
    "voucher_lapsing": (
        "Your voucher is valid until {voucher_until}",
        f"""Dear {{honorific}},

Your voucher “{{voucher}}” is valid until {{voucher_until}}.
Just tell us the code when you come: {{voucher_code}}.
{LETTER_ENDS}

{{opt_out}}""",
    ),
}


def make_words(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    texts = [(kind, way, "", text) for way, by_kind in PLAIN.items() for kind, text in by_kind.items()]
    texts += [(kind, "email", subject, text) for kind, (subject, text) in EMAIL.items()]
    templates = apps.get_model("outreach", "MessageTemplate")._default_manager
    for kind, way, subject, text in texts:
        templates.get_or_create(kind=kind, way=way, language="en", defaults={"subject": subject, "text": text})


# A nudge through WeCom is for the colleague, who reads it in the language of the house.
PLAIN = {"hand": HAND, "call": CALL, "sms": SMS}


class Migration(migrations.Migration):
    dependencies = [("outreach", "0004_default_words")]
    operations = [migrations.RunPython(make_words, migrations.RunPython.noop, elidable=False)]
