"""The dynamic library of metarl, whose functions `metarl.h` documents."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib

INTERFACE_VERSION = 2

TERMINATED = 1
TRUNCATED = 2


class MetaRLError(Exception):
    """What the library refuses: what was expected, and what was found."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


_handle = ctypes.c_uint64
_size = ctypes.c_size_t
_pointer = ctypes.c_void_p
_text = ctypes.c_char_p

_signatures = {
    "metarl_families": [_pointer, _size, _pointer],
    "metarl_environment_make": [_text, _text, _size, _pointer],
    "metarl_environment_release": [_handle],
    "metarl_environment_describe": [_handle, _pointer, _size, _pointer],
    "metarl_environment_reset": [_handle, _text, ctypes.c_uint64, _pointer, _size],
    "metarl_environment_reset_rows": [_handle, _pointer, _size, ctypes.c_uint64, _pointer, _size],
    "metarl_environment_row_task": [_handle, _size, _pointer, _size, _pointer],
    "metarl_environment_task": [_handle, _pointer, _size, _pointer],
    "metarl_environment_restart": [_handle, _pointer, _size, _pointer, _size],
    "metarl_environment_step": [_handle, _pointer, _size, _pointer, _size, _pointer, _size, _pointer, _size],
    "metarl_environment_reward_parts": [_handle, _pointer, _size],
    "metarl_environment_scene": [_handle, _size, _pointer, _size, _pointer],
    "metarl_run_load": [_text, _text, _pointer],
    "metarl_run_release": [_handle],
    "metarl_run_describe": [_handle, _pointer, _size, _pointer],
    "metarl_run_policy": [_handle, _pointer],
    "metarl_run_adapt": [_handle, _text, ctypes.c_int64, ctypes.c_int64, _pointer],
    "metarl_policy_release": [_handle],
    "metarl_policy_act": [_handle, _pointer, _size, _pointer, _size],
    "metarl_policy_explore": [_handle, ctypes.c_uint64, ctypes.c_uint32, _pointer, _size, _pointer, _size],
    "metarl_policy_adapt": [_handle, _size, _pointer, _pointer, _size, _pointer, _size, _pointer, _size, _pointer],
}


def _path() -> str:
    """The library: that of METARL_LIBRARY, of the wheel, or of a build of the repository that this file lies in."""
    given = os.environ.get("METARL_LIBRARY")
    if given:
        return given
    here = pathlib.Path(__file__).resolve().parent
    candidates = [here / "_native" / "libmetarlc.so"]
    candidates += [parent / ".build/release/libmetarlc.so" for parent in here.parents[1:3]]
    for candidate in candidates:
        if candidate.exists():
            return str(candidate)
    raise ImportError(
        "libmetarlc.so: expected it in the package, or in .build/release after "
        "`swift build -c release --product metarlc`, found neither; METARL_LIBRARY names another place"
    )


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(_path())
    for name, arguments in _signatures.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, ctypes.c_int
    for name in ("metarl_message", "metarl_program_version"):
        function = getattr(library, name)
        function.argtypes, function.restype = [], ctypes.c_char_p
    library.metarl_interface_version.argtypes = []
    library.metarl_interface_version.restype = ctypes.c_uint32
    found = library.metarl_interface_version()
    if found < INTERFACE_VERSION:
        raise ImportError(f"{_path()}: expected interface version {INTERFACE_VERSION} at least, found {found}")
    return library


library = _load()


def check(status: int) -> None:
    """Raises what a function of the library has refused."""
    if status != 0:
        raise MetaRLError(status, library.metarl_message().decode())


def created(function, *arguments) -> int:
    """The handle that a function of the library makes."""
    handle = ctypes.c_uint64()
    check(function(*arguments, ctypes.byref(handle)))
    return handle.value


def read_json(function, *arguments):
    """The JSON that a function of the library writes."""
    length = ctypes.c_size_t()
    function(*arguments, None, 0, ctypes.byref(length))
    buffer = ctypes.create_string_buffer(length.value + 1)
    check(function(*arguments, buffer, length.value + 1, ctypes.byref(length)))
    return json.loads(buffer.raw[: length.value])


def whole(name: str, value, bits: int) -> int:
    """A whole number of so many bits, which the library would otherwise see cut off."""
    number = int(value)
    if number != value or not 0 <= number < 2**bits:
        raise ValueError(f"{name}: expected a whole number from 0 to 2^{bits} - 1, found {value}")
    return number


class Held:
    """An object of the library, which this process alone has: a copy of its handle would end it for both."""

    def __reduce_ex__(self, protocol):
        raise TypeError(f"{type(self).__name__}: expected not to be copied or pickled; make another one")


def encoded(text) -> bytes | None:
    """A text of a name or a number for the library; None stays None."""
    return None if text is None else str(text).encode()


def program_version() -> str:
    """The version of metarl, as `metarl --version` prints it."""
    return library.metarl_program_version().decode()


def families() -> list[dict]:
    """The families of environments: their `name`, `summary` and `source`."""
    return read_json(library.metarl_families)
