"""E-mail by SMTP, through Django's own backend. The connection is encrypted unless the server is this machine."""

import hashlib
import smtplib
import ssl

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from outreach.channels.outgoing import NotSent, Outgoing, Unclear
from outreach.channels.web import is_this_machine
from outreach.models import ChannelSetting

SECONDS = 10
TLS_FROM_THE_START, SUBMISSION = 465, 587
TEMPORARY = range(400, 500)


def send(setting: ChannelSetting, outgoing: Outgoing) -> str:
    """Send one mail. Returns its Message-ID, which follows from the key. Raises NotSent or Unclear."""
    backend = _backend(setting)
    mail = _mail(setting, outgoing, backend)
    _open(backend)
    try:
        backend.send_messages([mail])
    except ValueError:  # no address, or a subject of several lines
        raise NotSent("smtp.header", may_retry=False) from None
    except smtplib.SMTPSenderRefused as refused:  # ours is the same in each mail
        raise NotSent(f"smtp.{refused.smtp_code}", may_retry=True, whole_channel=True) from None
    except smtplib.SMTPRecipientsRefused as refused:
        raise _refusal(max((code for code, _said in refused.recipients.values()), default=550)) from None
    except smtplib.SMTPResponseException as refused:  # the sender or the text: the server has answered, and said no
        raise _refusal(refused.smtp_code) from None
    except (smtplib.SMTPException, OSError):
        raise Unclear("smtp.broke_off") from None
    finally:
        _close(backend)
    return str(mail.extra_headers["Message-ID"])


def _backend(setting: ChannelSetting) -> EmailBackend:
    port = setting.port or SUBMISSION
    local = is_this_machine(setting.host)
    return EmailBackend(
        host=setting.host,
        port=port,
        username=setting.account,
        password=setting.secret,
        use_ssl=port == TLS_FROM_THE_START,
        use_tls=port != TLS_FROM_THE_START and not local,
        timeout=SECONDS,
        fail_silently=False,
    )


def _mail(setting: ChannelSetting, outgoing: Outgoing, backend: EmailBackend) -> EmailMessage:
    domain = setting.sender.rpartition("@")[2].strip("> ") or "localhost"
    headers = {"Message-ID": f"<{hashlib.sha256(outgoing.key.encode()).hexdigest()[:32]}@{domain}>"}
    if outgoing.is_marketing:
        address = setting.sender.rpartition("<")[2].strip("> ")
        headers["List-Unsubscribe"] = f"<mailto:{address}?subject=unsubscribe>"
    return EmailMessage(
        outgoing.subject, outgoing.body, setting.sender, [outgoing.to], connection=backend, headers=headers
    )


def _open(backend: EmailBackend) -> None:
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError as refused:
        raise NotSent(f"smtp.{refused.smtp_code}", may_retry=True, whole_channel=True) from None
    except UnicodeError:  # account or password, in characters that cannot be sent
        raise NotSent("smtp.535", may_retry=True, whole_channel=True) from None
    except ssl.SSLError:
        raise NotSent("tls", may_retry=True, whole_channel=True) from None
    except (smtplib.SMTPException, OSError):
        raise NotSent("no_connection", may_retry=True, whole_channel=True) from None


def _refusal(code: int) -> NotSent:
    return NotSent(f"smtp.{code}", may_retry=code in TEMPORARY)


def _close(backend: EmailBackend) -> None:
    try:
        backend.close()
    except (smtplib.SMTPException, OSError):  # all is said; the server may hang up as it likes
        backend.connection = None
