from django.apps import AppConfig


class RoofConfig(AppConfig):
    """Installed for its commands (`up`, `services`, `translations`); it has no tables."""

    name = "salon_crm"
