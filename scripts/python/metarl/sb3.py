"""Environments of metarl for Stable-Baselines3."""

from __future__ import annotations

import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import VecEnv

from .environments import MetaRLVectorEnv


class SB3VecEnv(VecEnv):
    """A vector environment of metarl as one of Stable-Baselines3, which its algorithms train on.

    All rows have one task, or by `set_options({"tasks": [...]})` before a reset each its own. With `task=None` it is drawn when the training resets the rows, which Stable-Baselines3 does once.

    Args: those of `MetaRLVectorEnv`, without the mode: rows that end start anew in the same step, and `infos` have their
        `terminal_observation`.
    """

    def __init__(self, family: str = "cheetah-dir", num_envs: int = 1, task=None, **settings):
        self.envs = MetaRLVectorEnv(family, num_envs, task, autoreset_mode=AutoresetMode.SAME_STEP, **settings)
        self._steps = np.zeros(num_envs, np.int64)
        self._returns = np.zeros(num_envs)
        super().__init__(num_envs, self.envs.single_observation_space, self.envs.single_action_space)

    def reset(self) -> np.ndarray:
        seeds, options = self._seeds, self._options
        self._reset_seeds()
        self._reset_options()
        observations, infos = self.envs.reset(seed=seeds[0], options=options[0] or None)
        self.reset_infos = [{"task": name} for name in infos["task"]]
        self._steps[:], self._returns[:] = 0, 0
        return observations

    def seed(self, seed=None):
        """Seeds the next reset: one number for all rows."""
        self._seeds = [seed] * self.num_envs
        return self._seeds

    def step_async(self, actions: np.ndarray) -> None:
        self._actions = actions

    def step_wait(self):
        observations, rewards, terminated, truncated, infos = self.envs.step(self._actions)
        self._steps += 1
        self._returns += rewards
        dones = terminated | truncated
        rows = [{} for _ in range(self.num_envs)]
        for row in np.flatnonzero(dones):
            rows[row] = {
                "terminal_observation": infos["final_obs"][row],
                "TimeLimit.truncated": bool(truncated[row] and not terminated[row]),
                # As Stable-Baselines3's monitor reports episodes.
                "episode": {"r": float(self._returns[row]), "l": int(self._steps[row])},
            }
            self._steps[row], self._returns[row] = 0, 0
        return observations, rewards, dones, rows

    def close(self) -> None:
        self.envs.close()

    def get_attr(self, attr_name, indices=None):
        return [getattr(self.envs, attr_name)] * len(self._chosen(indices))

    def set_attr(self, attr_name, value, indices=None):
        raise AttributeError(f"{attr_name}: expected an attribute of single environments, found rows of one")

    def env_method(self, method_name, *method_args, indices=None, **method_kwargs):
        raise AttributeError(f"{method_name}: expected a method of single environments, found rows of one")

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * len(self._chosen(indices))

    def _chosen(self, indices):
        return list(self._get_indices(indices))
