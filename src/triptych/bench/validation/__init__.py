"""A kit that says in a few minutes whether a decoder works on somebody's hardware: `triptych validate-decoder`."""

from .kit import Check, Report, validate

__all__ = ["Check", "Report", "validate"]
