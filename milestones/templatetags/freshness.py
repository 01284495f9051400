"""Stale commitments on their page: since when."""

from django import template

from milestones import freshness

register = template.Library()
register.filter("stale_since", freshness.stale_since)
