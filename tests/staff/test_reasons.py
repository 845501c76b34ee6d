"""A reason is something that a reader can see."""

import pytest
from django.core.exceptions import ValidationError

from staff.reasons import ReasonField, reason_in

UNSEEN = ["", "   ", "\u200b", "\u200b\u200d\ufeff", "\u2060 \u00a0", "\u3164", "\u2800", "\u202e", "——", "\u034f"]


@pytest.mark.parametrize("typed", UNSEEN)
def test_what_nobody_can_read_is_no_reason(typed: str) -> None:
    assert reason_in(typed) == ""
    with pytest.raises(ValidationError):
        ReasonField().clean(typed)


def test_a_reason_loses_only_what_is_not_seen() -> None:
    assert reason_in(" 录错\u200b了\n人 ") == "录错了 人"
    assert ReasonField(max_length=200).clean("👍") == "👍"
