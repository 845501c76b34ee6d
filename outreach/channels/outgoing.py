"""What a channel is given, and the two ways in which it may fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it goes out: `to` is a phone as E.164, an e-mail address, or an account in WeCom."""

    key: str
    to: str
    body: str
    subject: str = ""
    provider_code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    is_marketing: bool = False


class NotSent(Exception):
    """It surely did not go out. `reason` is a code without personal data; failures.py has the words for it.

    `may_retry`: later it may work. `whole_channel`: the next message would fail in the same way, so let all wait.
    """

    def __init__(self, reason: str, *, may_retry: bool, whole_channel: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.may_retry, self.whole_channel = reason, may_retry, whole_channel


class Unclear(Exception):
    """It may have gone out: a person must look. Never sent again by itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
