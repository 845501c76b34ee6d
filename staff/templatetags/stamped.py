"""`{% csrf_token %}` of every template, the admin's too: Django's, and with it whose page this is."""

from django import template
from django.template import RequestContext
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from staff import stamps

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: RequestContext) -> SafeString:
    """The hidden fields that a form of ours carries."""
    token, request = CsrfTokenNode().render(context), context.get("request")
    stamp = stamps.stamp_for(request) if token and request is not None else ""
    hidden = format_html('<input type="hidden" name="{}" value="{}">', stamps.NAME, stamp) if stamp else ""
    return format_html("{}{}", token, hidden)
