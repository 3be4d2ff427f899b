"""Rows of environments with the buffers that the library writes."""

from __future__ import annotations

import ctypes
import json

import numpy as np
from gymnasium import spaces

from . import _library
from ._library import check, library
from ._picture import picture


def _setting(key: str, value) -> str:
    if isinstance(value, bool):
        return f"{key}={str(value).lower()}"
    if isinstance(value, (list, tuple)):
        return f"{key}=[{','.join(map(str, value))}]"
    return f"{key}={value}"


def _task_text(task) -> bytes | None:
    """A task for the library: a name, a number, a text of both ("3@7"), parameters, or None for a draw."""
    if isinstance(task, (list, tuple, np.ndarray)):
        task = json.dumps([float(number) for number in task])
    return _library.encoded(task)


class Rows(_library.Held):
    """Environments of one family side by side. The arrays are the buffers that every call overwrites."""

    def __init__(self, family: str, rows: int, settings: dict):
        lines = "\n".join(_setting(key, value) for key, value in settings.items())
        self._handle = _library.created(library.metarl_environment_make, family.encode(), lines.encode(), rows)
        self.description = _library.read_json(library.metarl_environment_describe, self._handle)
        self.count = rows
        # The task of all rows since the last reset, or that of each.
        self.tasks: list[dict] = []
        self.observations = np.zeros((rows, len(self.description["observations"])), np.float32)
        self.rewards = np.zeros(rows, np.float32)
        self.ends = np.zeros(rows, np.uint8)
        self.has_choices = "choices" in self.description
        size = 1 if self.has_choices else len(self.description["actions"])
        self.actions = np.zeros(rows if self.has_choices else (rows, size), np.float32)
        self.reward_parts = np.zeros((rows, len(self.description["reward_parts"])), np.float32)
        # Pointers do not change: taking them anew would cost more than the call.
        self._observed = (self.observations.ctypes.data, self.observations.size)
        self._step = (
            self._handle, self.actions.ctypes.data, self.actions.size, *self._observed, self.rewards.ctypes.data,
            rows, self.ends.ctypes.data, rows,
        )

    def observation_space(self) -> spaces.Box:
        bounds = [item["bound"] for item in self.description["observations"]]
        high = np.array([np.inf if bound is None else bound for bound in bounds], np.float32)
        return spaces.Box(-high, high, dtype=np.float32)

    def action_space(self) -> spaces.Space:
        if self.has_choices:
            return spaces.Discrete(len(self.description["choices"]))
        actions = self.description["actions"]
        low = np.array([-np.inf if item["low"] is None else item["low"] for item in actions], np.float32)
        high = np.array([np.inf if item["high"] is None else item["high"] for item in actions], np.float32)
        return spaces.Box(low, high, dtype=np.float32)

    @property
    def observation_names(self) -> list[str]:
        return [item["name"] for item in self.description["observations"]]

    @property
    def action_names(self) -> list[str]:
        if self.has_choices:
            return list(self.description["choices"])
        return [item["name"] for item in self.description["actions"]]

    def reset(self, task, seed: int) -> None:
        """Starts an episode of one task in every row."""
        seed = _library.whole("seed", seed, 63)
        check(library.metarl_environment_reset(self._handle, _task_text(task), seed, *self._observed))
        self.tasks = [_library.read_json(library.metarl_environment_task, self._handle)]

    def reset_rows(self, tasks, seed: int) -> None:
        """Starts an episode of a task of its own in every row."""
        if isinstance(tasks, (str, bytes)) or len(tasks) != self.count:
            raise ValueError(f"tasks: expected a list of {self.count}, one for each row, found {tasks!r}")
        seed = _library.whole("seed", seed, 63)
        texts = (ctypes.c_char_p * self.count)(*map(_task_text, tasks))
        check(library.metarl_environment_reset_rows(self._handle, texts, self.count, seed, *self._observed))
        self.tasks = [
            _library.read_json(library.metarl_environment_row_task, self._handle, row) for row in range(self.count)
        ]

    def picture(self, row: int) -> np.ndarray:
        if not self.description["is_drawn"]:
            raise ValueError(f"{self.description['name']}: expected robots or points to draw, found none")
        return picture(_library.read_json(library.metarl_environment_scene, self._handle, row))

    def restart(self, rows: np.ndarray) -> None:
        """Starts a new episode in the rows whose byte is not 0."""
        rows = np.ascontiguousarray(rows, np.uint8)
        check(library.metarl_environment_restart(self._handle, rows.ctypes.data, rows.size, *self._observed))

    def step(self, actions, unused=None) -> None:
        """Steps every row; the actions of `unused` rows are of no account."""
        actions = np.asarray(actions)
        if actions.shape != self.actions.shape:
            raise ValueError(f"actions: expected the shape {self.actions.shape}, found {actions.shape}")
        self.actions[...] = actions
        if unused is not None:
            self.actions[unused] = 0
        status = library.metarl_environment_step(*self._step)
        if status:
            check(status)

    def read_reward_parts(self) -> np.ndarray:
        parts = self.reward_parts
        check(library.metarl_environment_reward_parts(self._handle, parts.ctypes.data, parts.size))
        return parts

    def close(self) -> None:
        handle, self._handle = getattr(self, "_handle", 0), 0
        if handle:
            library.metarl_environment_release(handle)

    def __del__(self):
        # At the end of the process the module may be gone before its objects.
        if library is not None:
            self.close()
