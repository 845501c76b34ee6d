"""The ways out of the house: each provider has a file of its own, and all are asked through `send`."""

import logging

from celery.exceptions import SoftTimeLimitExceeded

from outreach.channels import aliyun_sms, email, wecom
from outreach.channels.outgoing import NotSent, Outgoing, Unclear
from outreach.models import ChannelSetting, Way

__all__ = ["NotSent", "Outgoing", "Unclear", "send"]

log = logging.getLogger(__name__)

PROVIDERS = {Way.SMS: aliyun_sms.send, Way.EMAIL: email.send, Way.WECOM: wecom.send}


def send(setting: ChannelSetting, outgoing: Outgoing) -> str:
    """Hand one message to the provider of that channel. Returns the provider's number of it.

    Raises NotSent when it surely did not go out, Unclear when it may have.
    """
    try:
        return PROVIDERS[Way(setting.way)](setting, outgoing)
    except (NotSent, Unclear, SoftTimeLimitExceeded):
        raise
    except Exception as fault:  # whatever it was, it may have come after the message had left
        log.exception("Channel %s broke off", setting.way)
        raise Unclear(f"our_fault.{type(fault).__name__}"[:60]) from None
