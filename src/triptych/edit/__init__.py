"""Edits."""
from . import regions, texture
