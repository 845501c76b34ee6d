"""A note to a colleague in WeCom: an application message, /cgi-bin/message/send, with a token of /cgi-bin/gettoken."""

import json
import time
from typing import Any
from urllib.parse import urlencode

from outreach.channels import web
from outreach.channels.outgoing import NotSent, Outgoing, Unclear
from outreach.models import ChannelSetting

HOST = "qyapi.weixin.qq.com"
LONGEST = 2048  # bytes; WeCom cuts what is longer
# The same note within four hours is delivered once. The client's number stands in each, so no two are the same.
DUPLICATES_WITHIN = 14_400  # seconds, the longest that WeCom offers
EARLY = 300  # a token is renewed this many seconds before it ends

STALE_TOKEN = frozenset({40014, 42001})
BUSY = frozenset({-1, 45009, 45011, 45033})
# The application's affair: company, secret, agent, and the addresses that WeCom lets in.
OF_THE_ACCOUNT = frozenset({40001, 40013, 40056, 40091, 41001, 41004, 48002, 60020, 301002})

_tokens: dict[tuple[str, str, str], tuple[str, float]] = {}


def send(setting: ChannelSetting, outgoing: Outgoing) -> str:
    """Send one note; a token that WeCom calls stale is renewed once. Returns WeCom's msgid. Raises NotSent, Unclear."""
    told = _message(setting, outgoing, _token(setting))
    if told.get("errcode") in STALE_TOKEN:
        told = _message(setting, outgoing, _token(setting, renew=True))
    _refused(told)
    if outgoing.to.lower() in str(told.get("invaliduser", "")).lower().split("|"):
        raise NotSent("wecom.81013", may_retry=False)
    return str(told.get("msgid", ""))[:100]


def _message(setting: ChannelSetting, outgoing: Outgoing, token: str) -> dict[str, Any]:
    if not setting.sender.isdigit():
        raise NotSent("wecom.40056", may_retry=True, whole_channel=True)
    note = {
        "touser": outgoing.to,
        "msgtype": "text",
        "agentid": int(setting.sender),
        "text": {"content": outgoing.body.encode()[:LONGEST].decode(errors="ignore")},
        "safe": 0,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATES_WITHIN,
    }
    answer = web.call(
        web.server(setting.host or HOST),
        "POST",
        f"/cgi-bin/message/send?{urlencode({'access_token': token})}",
        body=json.dumps(note, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    if answer.status >= web.SERVER_FAULT:
        raise Unclear(f"http.{answer.status}")
    return answer.told()


def _token(setting: ChannelSetting, *, renew: bool = False) -> str:
    """The token of this company and application, kept by the process until shortly before it ends."""
    whose = (setting.host, setting.account, setting.secret)
    known, until = _tokens.get(whose, ("", 0.0))
    if known and not renew and time.monotonic() < until:
        return known
    query = urlencode({"corpid": setting.account, "corpsecret": setting.secret})
    try:
        told = web.call(web.server(setting.host or HOST), "GET", f"/cgi-bin/gettoken?{query}").told()
    except Unclear as unclear:  # asking for a token sends nothing
        raise NotSent(unclear.reason, may_retry=True, whole_channel=True) from None
    _refused(told)
    token = str(told.get("access_token", ""))
    if not token:
        raise NotSent("wecom.no_token", may_retry=True, whole_channel=True)
    _tokens[whose] = (token, time.monotonic() + max(0, int(told.get("expires_in", 0)) - EARLY))
    return token


def forget_tokens() -> None:
    """Ask for new ones from now on."""
    _tokens.clear()


def _refused(told: dict[str, Any]) -> None:
    """Raise what the answer's code means. 0 means done."""
    code = told.get("errcode")
    if not isinstance(code, int):
        raise Unclear("wecom.no_code")
    if code == 0:
        return
    whole = code in BUSY or code in OF_THE_ACCOUNT or code in STALE_TOKEN
    raise NotSent(f"wecom.{code}", may_retry=whole, whole_channel=whole)
