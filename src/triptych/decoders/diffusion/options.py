"""What a user can set without writing a preset: `triptych decode -O KEY=VALUE`, `find_decoder(name, key=value)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from ...errors import InputError
from .presets import Preset

DTYPES = ("auto", "float16", "bfloat16", "float32")
OFFLOAD = ("auto", "none", "model")


@dataclass(frozen=True)
class Options:
    """How and where to paint; None leaves the preset's value.

    Attributes:
        device: "cuda", "cuda:1", "mps" or "cpu"; by default the best there is.
        dtype: "float16", "bfloat16", "float32"; "auto" is float16 on GPUs, float32 on the CPU.
        steps, guidance, negative: as in presets.
        strength: the preset's `start`: how far colours are painted over, 0.01 to 1 (1: they are only a hint).
        compile: let torch compile the network first: minutes once, then faster.
        offload: "model" moves each network to the GPU only while it is used; "auto" does so where memory is short.
    """

    device: str | None = None
    dtype: str = "auto"
    steps: int | None = None
    guidance: float | None = None
    negative: str | None = None
    strength: float | None = None
    compile: bool = False
    offload: str = "auto"

    @classmethod
    def read(cls, given: dict[str, Any]) -> Options:
        """Options from names and values, which may be texts.

        Raises:
            InputError: there is no such option, or its value cannot be used.
        """
        known = [field.name for field in fields(cls)]
        for key in given:
            if key not in known:
                raise InputError(f"there is no option {key!r}; there are: {', '.join(known)}")
        readers: dict[str, Callable[[str, Any], Any]] = {
            "device": lambda k, v: str(v),
            "dtype": lambda k, v: _choice(k, v, DTYPES),
            "steps": lambda k, v: int(_number(k, v, int, 1, 1000)),
            "guidance": lambda k, v: _number(k, v, float, 0, 50),
            "negative": lambda k, v: str(v),
            "strength": lambda k, v: _number(k, v, float, 0.01, 1),
            "compile": _switch,
            "offload": lambda k, v: _choice(k, v, OFFLOAD),
        }
        return cls(**{key: readers[key](key, value) for key, value in given.items() if value is not None})

    def applied_to(self, preset: Preset) -> Preset:
        """The preset with these steps, guidance, negative prompt and strength."""
        values: dict[str, Any] = {
            "steps": self.steps,
            "guidance": self.guidance,
            "negative": self.negative,
            "start": self.strength,
        }
        return replace(preset, **{key: value for key, value in values.items() if value is not None})


def _choice(key: str, value: object, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"option {key}: must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _number(key: str, value: Any, kind: type[int] | type[float], low: float, high: float) -> float:
    number: float | None
    try:
        number = kind(value)
    except (TypeError, ValueError):
        number = None
    if number is None or not low <= number <= high:
        what = "a whole number" if kind is int else "a number"
        raise InputError(f"option {key}: must be {what} from {low:g} to {high:g}, not {value!r}")
    return number


def _switch(key: str, value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(value).lower() not in words:
        raise InputError(f"option {key}: must be yes or no, not {value!r}")
    return words[str(value).lower()]
