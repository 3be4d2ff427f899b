"""Trained runs and their policies."""

from __future__ import annotations

import csv
import dataclasses
import json
import pathlib

import numpy as np

from . import _library
from ._library import check, library


@dataclasses.dataclass
class Episodes:
    """Episodes that a policy has collected by `explore`: time-major arrays, and the number of actions of each."""

    observations: np.ndarray  # [steps, episodes, observations], before each action
    actions: np.ndarray  # [steps, episodes, actions], as they were sampled; [steps, episodes] of choices
    rewards: np.ndarray  # [steps, episodes]
    lengths: np.ndarray  # [episodes]

    @property
    def returns(self) -> np.ndarray:
        """The sum of the rewards of each episode."""
        running = np.arange(len(self.rewards))[:, None] < self.lengths
        return np.where(running, self.rewards, 0).sum(axis=0)


class Policy(_library.Held):
    """The policy of a run after some inner steps. Adapting makes another one."""

    def __init__(self, run: Run, handle: int):
        self.run, self._handle = run, handle
        environment = run.description["environment"]
        self._width = len(environment["observations"])
        self._has_choices = "choices" in environment
        self._size = 1 if self._has_choices else len(environment["actions"])

    def act(self, observations) -> np.ndarray:
        """The best actions, clipped as the environment clips them, or the most probable choices, for one observation or for
        rows of them."""
        return self._actions(observations, library.metarl_policy_act)

    def explore(self, observations, seed: int, draw: int) -> np.ndarray:
        """Actions by which to collect the episodes that `adapt` takes: samples, not yet clipped. Each `draw` of a seed has
        random numbers of its own."""
        return self._actions(
            observations, library.metarl_policy_explore, _library.whole("seed", seed, 64),
            _library.whole("draw", draw, 32))

    def _actions(self, observations, function, *arguments) -> np.ndarray:
        observations = np.ascontiguousarray(observations, np.float32)
        if observations.ndim not in (1, 2) or observations.shape[-1] != self._width:
            raise ValueError(
                f"observations: expected [rows, {self._width}] or [{self._width}], found {list(observations.shape)}")
        rows = observations.size // self._width
        actions = np.empty((rows, self._size), np.float32)
        if rows:
            check(
                function(
                    self._handle, *arguments, observations.ctypes.data, observations.size, actions.ctypes.data,
                    actions.size))
        if self._has_choices:
            actions = actions[:, 0].astype(np.int64)
        return actions[0] if observations.ndim == 1 else actions

    def collect(self, env, episodes: int | None = None, *, seed: int = 0, options=None, reward=None) -> Episodes:
        """Collects episodes by `explore` in an environment of Gymnasium, which may be another simulator's.

        Args:
            env: a `gymnasium.Env` whose observations and actions are those of the run.
            episodes: their number; that of the training where None.
            seed: of the actions and the resets.
            options: those of each reset.
            reward: a function of (observation, action, reward, info) of a step, in place of the environment's own reward.
        """
        return self._collect(env, episodes, seed, options, reward, lambda o, draw: self.explore(o, seed, draw))

    def evaluate(self, env, episodes: int = 20, *, seed: int = 1, options=None, reward=None) -> np.ndarray:
        """The returns of episodes by the best actions; see `collect`."""
        return self._collect(env, episodes, seed, options, reward, lambda o, draw: self.act(o)).returns

    def _collect(self, env, episodes, seed, options, reward, choose) -> Episodes:
        count = episodes if episodes is not None else self.run.description["episodes"]
        horizon = self.run.description["environment"]["horizon"]
        shape = (horizon, count)
        observations = np.zeros((*shape, self._width), np.float32)
        actions = np.zeros(shape if self._has_choices else (*shape, self._size), np.float32)
        rewards, lengths = np.zeros(shape, np.float32), np.full(count, horizon, np.uint32)
        space, first = env.action_space, None
        if getattr(env, "num_envs", None) is not None:
            raise TypeError("env: expected one environment, found a vector of them")
        for episode in range(count):
            observation, info = env.reset(seed=seed * 100_003 + episode, options=options)
            task = info.get("task_parameters")
            first = task if first is None else first
            if task is not None and not np.array_equal(task, first):
                raise ValueError("env: expected one task for all episodes, found another in each reset; name the task")
            for time in range(horizon):
                action = choose(observation, episode * horizon + time)
                observations[time, episode], actions[time, episode] = observation, action
                taken = int(action) if self._has_choices else np.clip(action, space.low, space.high)
                before = observation
                observation, gain, terminated, truncated, info = env.step(taken)
                rewards[time, episode] = gain if reward is None else reward(before, taken, gain, info)
                if terminated or truncated:
                    lengths[episode] = time + 1
                    break
        return Episodes(observations, actions, rewards, lengths)

    def adapt(self, episodes: Episodes) -> Policy:
        """The policy after one more inner step, on episodes that this one has collected."""
        if not isinstance(episodes, Episodes):
            raise TypeError(
                f"adapt: expected Episodes, found {type(episodes).__name__}; `Run.adapt` takes the name of a task")
        observations, actions, rewards = (
            np.ascontiguousarray(array, np.float32)
            for array in (episodes.observations, episodes.actions, episodes.rewards))
        shape = list(rewards.shape)
        for name, array, expected in (
            ("rewards", rewards, [*shape[:1], np.size(episodes.lengths)]),
            ("observations", observations, [*shape, self._width]),
            ("actions", actions, shape if self._has_choices else [*shape, self._size]),
        ):
            if list(array.shape) != expected:
                raise ValueError(f"{name}: expected the shape {expected}, found {list(array.shape)}")
        lengths = np.array([_library.whole("lengths", length, 32) for length in episodes.lengths], np.uint32)
        handle = _library.created(
            library.metarl_policy_adapt, self._handle, len(lengths), lengths.ctypes.data, observations.ctypes.data,
            observations.size, actions.ctypes.data, actions.size, rewards.ctypes.data, rewards.size)
        return Policy(self.run, handle)

    def __del__(self):
        handle = getattr(self, "_handle", 0)
        if handle and library is not None:
            library.metarl_policy_release(handle)


class Run(_library.Held):
    """A trained run of policies: a folder of `metarl train`, or one that comes with the program."""

    def __init__(self, path, checkpoint=None):
        self._handle = _library.created(library.metarl_run_load, str(path).encode(), _library.encoded(checkpoint))
        self.description = _library.read_json(library.metarl_run_describe, self._handle)
        self.path = pathlib.Path(self.description["path"])
        self._policy = None

    @property
    def policy(self) -> Policy:
        """The policy before any adaptation."""
        if self._policy is None:
            self._policy = Policy(self, _library.created(library.metarl_run_policy, self._handle))
        return self._policy

    def act(self, observations) -> np.ndarray:
        """The actions of the policy before any adaptation; see `Policy.act`."""
        return self.policy.act(observations)

    def adapt(self, task, steps: int | None = None, seed: int | None = None) -> Policy:
        """The policy after it has adapted to a task of the run's family, in environments of the program.

        Args:
            task: its name, or the number of a held-out task from 1 on.
            steps: the number of inner steps; that of the training where None.
            seed: of the episodes; that of the run where None.
        """
        if isinstance(task, Episodes):
            raise TypeError("adapt: expected the name of a task, found Episodes; `run.policy.adapt` takes them")
        steps, seed = (
            -1 if value is None else _library.whole(name, value, 63) for name, value in (("steps", steps), ("seed", seed)))
        return Policy(
            self, _library.created(library.metarl_run_adapt, self._handle, _library.encoded(task), steps, seed))

    def metrics(self):
        """The table of metrics.csv: a data frame where pandas is installed, otherwise a dictionary of arrays."""
        path = self.path / "metrics.csv"
        if not path.exists():
            raise FileNotFoundError(f"{path}: expected a run with its metrics; those that come with the program have none")
        with open(path, newline="") as file:
            header, *rows = list(csv.reader(file))
        columns = {
            name: np.array([float(row[index]) if row[index] else np.nan for row in rows])
            for index, name in enumerate(header)}
        try:
            import pandas
        except ImportError:
            return columns
        return pandas.DataFrame(columns)

    def evaluation(self) -> dict:
        """What evaluation.json holds."""
        return json.loads((self.path / "evaluation.json").read_text())

    def __repr__(self) -> str:
        return "metarl.Run({path!r}: {algorithm} on {task}, seed {seed}, iteration {iteration})".format(
            **self.description)

    def __del__(self):
        handle = getattr(self, "_handle", 0)
        if handle and library is not None:
            library.metarl_run_release(handle)


def load(path, checkpoint=None) -> Run:
    """Reads a run.

    Args:
        path: its folder, or "pretrained:cheetah-dir".
        checkpoint: an iteration, or "best"; the newest where None.
    """
    return Run(path, checkpoint)
