"""SMS through Alibaba Cloud: SendSms of 2017-05-25, signed with ACS3-HMAC-SHA256 as Alibaba Cloud publishes it.

Only texts that Alibaba Cloud has approved go out, by their code; what is sent are the values of their fields.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from django.utils import timezone

from outreach.channels import web
from outreach.channels.outgoing import NotSent, Outgoing, Unclear
from outreach.models import ChannelSetting

HOST = "dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
NOTHING = hashlib.sha256(b"").hexdigest()  # all is in the query, the body is empty

# Too many to this number: later it may work.
SLOW_DOWN = frozenset({"isv.BUSINESS_LIMIT_CONTROL"})
# The account's affair: the next message would be refused as well, until somebody has seen to it.
OF_THE_ACCOUNT = frozenset(
    {
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.OUT_OF_SERVICE",
        "isv.ACCOUNT_NOT_EXISTS",
        "isv.ACCOUNT_ABNORMAL",
        "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.PRODUCT_UNSUBSCRIBE",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_SIGN_ILLEGAL",
        "isv.MONTH_LIMIT_CONTROL",
        "isv.DAY_LIMIT_CONTROL",
        "isv.DENY_IP_RANGE",
        "isp.RAM_PERMISSION_DENY",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidTimeStamp.Expired",
        "Forbidden.RAM",
        "NoPermission",
    }
)
UNSURE = frozenset({"isp.SYSTEM_ERROR", "isp.UNKNOWN", "isp.GATEWAY_ERROR", "InternalError"})


def send(setting: ChannelSetting, outgoing: Outgoing) -> str:
    """Send one SMS. Returns Alibaba Cloud's BizId. Raises NotSent or Unclear."""
    query = {
        "PhoneNumbers": number(outgoing.to),
        "SignName": setting.sender,
        "TemplateCode": outgoing.provider_code,
        "TemplateParam": json.dumps(dict(outgoing.values), ensure_ascii=False),
        "OutId": outgoing.key,
    }
    at = web.server(setting.host or HOST)
    headers = signed(at.name, "SendSms", query, setting.account, setting.secret, at=timezone.now(), nonce=uuid.uuid4())
    answer = web.call(at, "POST", f"/?{canonical(query)}", headers=headers)
    return _number_of(answer)


def number(e164: str) -> str:
    """As SendSms wants it: eleven digits of the mainland, elsewhere the country's code and the number."""
    return e164.removeprefix("+86") if e164.startswith("+86") else e164.removeprefix("+")


def signed(
    host: str,
    action: str,
    query: Mapping[str, str],
    key_id: str,
    secret: str,
    *,
    at: datetime,
    nonce: uuid.UUID,
    version: str = VERSION,
) -> dict[str, str]:
    """The headers of a call, its signature among them."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": NOTHING,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce.hex,
        "x-acs-version": version,
    }
    names = ";".join(headers)  # in the order of the alphabet
    listed = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n{canonical(query)}\n{listed}\n{names}\n{NOTHING}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return headers | {"Authorization": f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"}


def canonical(query: Mapping[str, str]) -> str:
    """The query in the order of its names, escaped as RFC 3986 says."""
    return "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query))


def _number_of(answer: web.Answer) -> str:
    told = answer.told()
    code = str(told.get("Code") or "")[:60]
    if code == "OK":
        return str(told.get("BizId", ""))[:100]
    if not code or code in UNSURE or answer.status >= web.SERVER_FAULT:
        raise Unclear(code or f"http.{answer.status}")
    throttled = code.startswith("Throttling")
    whole = throttled or code in OF_THE_ACCOUNT or code.startswith("InvalidAccessKeyId")
    raise NotSent(code, may_retry=whole or code in SLOW_DOWN, whole_channel=whole)
