"""Hypothesis without a deadline: a busy machine is not a wrong formula."""

from hypothesis import settings

settings.register_profile("statistics", deadline=None)
settings.load_profile("statistics")
