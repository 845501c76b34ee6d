"""What the codes of failures mean, in words that say what to do."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WORDS: "dict[str, StrOrPromise]" = {
    "worker_died": gettext_lazy("The program was stopped in the middle of sending."),
    "timeout": gettext_lazy("The provider did not answer in time."),
    "broke_off": gettext_lazy("The connection broke off while sending."),
    "smtp.broke_off": gettext_lazy("The connection broke off while sending."),
    "answer_too_long": gettext_lazy("The provider's answer makes no sense."),
    "no_connection": gettext_lazy("The provider cannot be reached."),
    "address": gettext_lazy("The address of the provider is wrong."),
    "tls": gettext_lazy("No safe connection to the provider can be made."),
    "isv.AMOUNT_NOT_ENOUGH": gettext_lazy("The account at Alibaba Cloud is empty: top it up."),
    "isv.OUT_OF_SERVICE": gettext_lazy("The account at Alibaba Cloud is stopped: top it up."),
    "isv.MOBILE_NUMBER_ILLEGAL": gettext_lazy("The number cannot get SMS: correct it on the client's file."),
    "isv.BUSINESS_LIMIT_CONTROL": gettext_lazy(
        "Too many SMS to this number: Alibaba Cloud lets no more through for now."
    ),
    "isv.SMS_SIGNATURE_ILLEGAL": gettext_lazy("The signature is not approved at Alibaba Cloud."),
    "isv.SMS_TEMPLATE_ILLEGAL": gettext_lazy("The template's code is not approved at Alibaba Cloud."),
    "isv.TEMPLATE_MISSING_PARAMETERS": gettext_lazy("The approved template has fields that our text has not."),
    "isp.RAM_PERMISSION_DENY": gettext_lazy("The access key may not send SMS: give it the right at Alibaba Cloud."),
    "SignatureDoesNotMatch": gettext_lazy("The secret of the access key is wrong."),
    "wecom.40001": gettext_lazy("The secret of the WeCom application is wrong."),
    "wecom.40013": gettext_lazy("The company's ID in WeCom is wrong."),
    "wecom.40056": gettext_lazy("The number of the WeCom application is wrong."),
    "wecom.45009": gettext_lazy("Too many notes within an hour: WeCom lets no more through for now."),
    "wecom.60020": gettext_lazy("WeCom does not know this server's address: add it to the application's trusted IPs."),
    "wecom.81013": gettext_lazy("The colleague's account in WeCom is wrong, or cannot see the application."),
    "smtp.535": gettext_lazy("The mail server refuses the account or its password."),
    "smtp.550": gettext_lazy("There is no such mailbox: correct the e-mail address on the client's file."),
}
KEY_UNKNOWN, THROTTLED = "InvalidAccessKeyId", "Throttling"


def words_for(reason: str) -> str:
    """What went wrong, for a reason as it is kept; a code that nobody knows is told as it is. "" for none."""
    if not reason:
        return ""
    if reason in WORDS:
        return str(WORDS[reason])
    if reason.startswith(KEY_UNKNOWN):
        return _("The access key is wrong.")
    if reason.startswith(THROTTLED):
        return _("Too many calls at once: Alibaba Cloud lets no more through for now.")
    return _("Code %(code)s.") % {"code": reason}
