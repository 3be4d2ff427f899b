"""Environments of metarl as those of Gymnasium."""

from __future__ import annotations

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from ._library import TERMINATED, TRUNCATED
from ._rows import Rows

_SEEDS = 2**31


class MetaRLEnv(gymnasium.Env):
    """One environment of a family.

    Args:
        family: the name of the family, such as "cheetah-dir"; `metarl.families()` lists them.
        task: the task of episodes for which `reset` names none: a name; the number of a held-out task from 1 on, the same in
            every episode, or a text such as "3@7" for the third of those that `metarl evaluate --seed 7` draws; the
            parameters of one, such as an info's `task_parameters`; or None for a new draw of the tasks of training in each
            `reset`.
        render_mode: "rgb_array" for pictures of robots and points.
        settings: keys of the family, such as `physics="lanes"` or `horizon=200`; `metarl list keys --task FAMILY` lists
            them.

    `reset(options={"task": ...})` chooses the task of an episode; its info tells the `task` and its `task_parameters`. The
    info of a step has the parts of its reward, as `reward_NAME`.
    """

    metadata = {"render_modes": ["rgb_array"]}

    def __init__(self, family: str = "cheetah-dir", task=None, render_mode=None, **settings):
        self._rows = Rows(family, 1, settings)
        self.render_mode = _render_mode(render_mode)
        seconds = self._rows.description["seconds_per_step"]
        self.metadata = {**self.metadata, "render_fps": 1 / seconds if seconds else 10}
        self.task = task
        self.observation_space = self._rows.observation_space()
        self.action_space = self._rows.action_space()
        self.observation_names = self._rows.observation_names
        self.action_names = self._rows.action_names
        self.horizon = self._rows.description["horizon"]
        self.task_names = self._rows.description["tasks"]
        self._parts = ["reward_" + name for name in self._rows.description["reward_parts"]]
        self.dt = seconds

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        task = _task(options, self.task, {"task"})
        # The seed itself, where one is given: what it starts does not depend on NumPy.
        own = seed if seed is not None else int(self.np_random.integers(_SEEDS))
        self._rows.reset(task, own)
        chosen = self._rows.tasks[0]
        info = {"task": chosen["name"], "task_parameters": np.array(chosen["parameters"])}
        return self._rows.observations[0].copy(), info

    def step(self, action):
        rows = self._rows
        action = np.asarray(action, np.float32)
        if action.shape != rows.actions.shape[1:] and not (rows.has_choices and action.size == 1):
            raise ValueError(f"action: expected the shape {rows.actions.shape[1:]}, found {action.shape}")
        rows.step(action.reshape(rows.actions.shape))
        end = rows.ends[0]
        info = dict(zip(self._parts, rows.read_reward_parts()[0].tolist()))
        return (
            rows.observations[0].copy(), float(rows.rewards[0]), bool(end & TERMINATED), bool(end & TRUNCATED), info,
        )

    def render(self):
        """A picture of the robot or the point, with a render_mode; None without."""
        if self.render_mode is None:
            return None
        return self._rows.picture(0)

    def close(self):
        self._rows.close()

    def __repr__(self) -> str:
        return f"<MetaRLEnv {self._rows.description['name']}, task {self.task}>"


class MetaRLVectorEnv(VectorEnv):
    """Environments of one family side by side, stepped together by the library.

    All rows have one task, which `reset(options={"task": ...})` chooses as that of `MetaRLEnv` does, or each has its own, by
    `reset(options={"tasks": [...]})` with one for each row. They keep them until the next `reset`; a row that ends starts another episode of its task, as `autoreset_mode` says: in the next step (Gymnasium's default), in the same step, with the last
    observation in `infos["final_obs"]`, or when `reset(options={"reset_mask": ...})` asks for it.

    Args:
        family, task, settings: see `MetaRLEnv`.
        num_envs: the number of rows.
        autoreset_mode: a `gymnasium.vector.AutoresetMode`, or its name.
        copy: whether each call returns arrays of its own. Without, they are views of buffers that the next call
            overwrites.
    """

    metadata = {"render_modes": ["rgb_array"], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self, family: str = "cheetah-dir", num_envs: int = 1, task=None, autoreset_mode=AutoresetMode.NEXT_STEP,
        copy: bool = True, render_mode=None, **settings,
    ):
        self._rows = Rows(family, num_envs, settings)
        self.num_envs = num_envs
        self.task = task
        self.render_mode = _render_mode(render_mode)
        self.autoreset_mode = _mode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = self._rows.observation_space()
        self.single_action_space = self._rows.action_space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_names = self._rows.observation_names
        self.action_names = self._rows.action_names
        self.horizon = self._rows.description["horizon"]
        self.task_names = self._rows.description["tasks"]
        self._copy = copy
        self._terminated = np.zeros(num_envs, np.uint8)
        self._truncated = np.zeros(num_envs, np.uint8)
        # The rows whose episodes ended in the last step, with the next-step mode.
        self._ended = None

    def reset(self, *, seed=None, options=None):
        if isinstance(seed, (list, tuple, np.ndarray)):
            raise ValueError(
                f"seed: expected one number, from which every row has random numbers of its own, found {len(seed)}"
            )
        super().reset(seed=seed)
        task = _task(options, self.task, {"task", "tasks", "reset_mask"})
        tasks = None if options is None else options.get("tasks")
        if tasks is not None and "task" in options:
            raise ValueError("options: expected task or tasks, found both")
        mask = None if options is None else options.get("reset_mask")
        if mask is not None:
            return self._restart(np.asarray(mask), seed, options)
        own = seed if seed is not None else int(self.np_random.integers(_SEEDS))
        if tasks is not None:
            self._rows.reset_rows(tasks, own)
        else:
            self._rows.reset(task, own)
        self._ended = None
        return self._given(self._rows.observations), self._task_infos(np.ones(self.num_envs, bool))

    def _restart(self, mask: np.ndarray, seed, options):
        if mask.shape != (self.num_envs,) or mask.dtype != bool:
            raise ValueError(f"reset_mask: expected {self.num_envs} Booleans, found {mask.dtype} {mask.shape}")
        if seed is not None or "task" in options or "tasks" in options:
            raise ValueError("reset_mask: expected no seed and no task with it, which belong to all rows")
        self._rows.restart(mask)
        observations = self._rows.observations
        if self._ended is not None:
            # The others that have ended still wait for their next step, and show how they ended.
            self._ended = self._ended & ~mask
            observations = np.where(self._ended[:, None], self._last, observations)
            self._last = observations
            if not self._ended.any():
                self._ended = None
        return self._given(observations), self._task_infos(mask)

    def step(self, actions):
        rows, ended = self._rows, self._ended
        rows.step(actions, ended)
        np.bitwise_and(rows.ends, TERMINATED, out=self._terminated)
        np.right_shift(rows.ends, 1, out=self._truncated)
        infos = {}
        if ended is not None:
            # These rows have spent this step on starting anew: where they went by the action does not count.
            rows.restart(ended)
            rows.rewards[ended] = self._terminated[ended] = self._truncated[ended] = 0
            rows.ends[ended] = 0
            self._ended = None
        if rows.ends.any() and self.autoreset_mode != AutoresetMode.DISABLED:
            self._start_anew(rows.ends != 0, infos)
        return (
            self._given(self._observed), self._given(rows.rewards), self._given(self._terminated.view(bool)),
            self._given(self._truncated.view(bool)), infos,
        )

    @property
    def _observed(self) -> np.ndarray:
        return self._last if self._ended is not None else self._rows.observations

    def _start_anew(self, ended: np.ndarray, infos: dict) -> None:
        last = self._rows.observations.copy()
        self._rows.restart(ended)
        if self.autoreset_mode == AutoresetMode.NEXT_STEP:
            # The caller sees how the episodes ended; the rows already stand at a start, so that they may be stepped.
            self._last, self._ended = last, ended
            return
        final = np.full(self.num_envs, None, object)
        for row in np.flatnonzero(ended):
            final[row] = last[row]
        infos.update({"final_obs": final, "_final_obs": ended, "final_info": {}, "_final_info": ended})

    def _task_infos(self, mask: np.ndarray) -> dict:
        tasks = self._rows.tasks * (self.num_envs if len(self._rows.tasks) == 1 else 1)
        parameters = np.array([task["parameters"] for task in tasks])
        return {
            "task": np.array([task["name"] for task in tasks], object), "_task": mask,
            "task_parameters": parameters, "_task_parameters": mask.copy(),
        }

    def reward_parts(self) -> dict[str, np.ndarray]:
        """The parts whose sum is the reward of each row in the last step; of a row that has just started anew they are those of
        the step that did not count."""
        parts = self._rows.read_reward_parts()
        return {name: parts[:, index].copy() for index, name in enumerate(self._rows.description["reward_parts"])}

    def _given(self, array: np.ndarray) -> np.ndarray:
        return array.copy() if self._copy else array

    def render(self):
        """A picture of each row, with a render_mode; None without."""
        if self.render_mode is None:
            return None
        return tuple(self._rows.picture(row) for row in range(self.num_envs))

    def close_extras(self, **kwargs):
        self._rows.close()


def _task(options, default, known):
    unknown = set(options or {}) - known
    if unknown:
        raise ValueError(
            f"options: expected {' or '.join(sorted(known))}, found {', '.join(sorted(map(str, unknown)))}")
    return (options or {}).get("task", default)


def _render_mode(mode):
    if mode not in (None, "rgb_array"):
        raise ValueError(f"render_mode: expected None or 'rgb_array', found {mode!r}")
    return mode


def _mode(mode) -> AutoresetMode:
    if isinstance(mode, AutoresetMode):
        return mode
    names = {item.name.lower(): item for item in AutoresetMode} | {item.value.lower(): item for item in AutoresetMode}
    if str(mode).lower() not in names:
        raise ValueError(f"autoreset_mode: expected one of {', '.join(sorted(names))}, found {mode!r}")
    return names[str(mode).lower()]


def make(family: str = "cheetah-dir", task=None, **settings) -> MetaRLEnv:
    """Makes one environment; see `MetaRLEnv`."""
    return MetaRLEnv(family, task, **settings)


def make_vec(family: str = "cheetah-dir", num_envs: int = 1, task=None, **arguments) -> MetaRLVectorEnv:
    """Makes environments side by side; see `MetaRLVectorEnv`."""
    return MetaRLVectorEnv(family, num_envs, task, **arguments)
