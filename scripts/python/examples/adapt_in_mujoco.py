"""Adapts a policy that was trained on lanes inside MuJoCo: 40 episodes, one inner step, and 40 episodes more.

    pip install metarl-*.whl "gymnasium[mujoco]"
    python adapt_in_mujoco.py [RUN]

The environment is Gymnasium's HalfCheetah-v5, as it is, at the run's horizon; it is rewarded for its speed in the task's
direction, as cheetah-dir is.
"""

import sys

import gymnasium
import metarl
import numpy as np


def main() -> None:
    run = metarl.load(sys.argv[1] if len(sys.argv) > 1 else "pretrained:cheetah-dir")
    print(run)
    env = gymnasium.make("HalfCheetah-v5")
    cost = float(run.description["configuration"]["control_cost"])
    for name, direction in (("forward", 1), ("backward", -1)):

        def reward(observation, action, gain, info):
            return direction * info["x_velocity"] - cost * float(np.sum(np.square(action)))

        episodes = run.policy.collect(env, 40, seed=1, reward=reward)
        before = run.policy.evaluate(env, 40, seed=2, reward=reward)
        after = run.policy.adapt(episodes).evaluate(env, 40, seed=2, reward=reward)
        error = after.std(ddof=1) / np.sqrt(len(after))
        print(f"{name}: {before.mean():.0f} before, {after.mean():.0f} +- {1.96 * error:.0f} after one step")


if __name__ == "__main__":
    main()
