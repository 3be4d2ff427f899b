"""Trains PPO of Stable-Baselines3 on half-cheetahs in SIMD lanes.

    pip install torch --index-url https://download.pytorch.org/whl/cpu
    pip install metarl-*.whl stable-baselines3
    python train_sb3.py [STEPS]

It takes a minute or two; the mean return of an episode, ep_rew_mean, rises from about -15 to 20.
"""

import sys

import torch
from metarl.sb3 import SB3VecEnv
from stable_baselines3 import PPO


def main() -> None:
    # A network this small is slower on several threads, many times where other programs use the cores.
    torch.set_num_threads(1)
    envs = SB3VecEnv("cheetah-dir", num_envs=64, task="forward", physics="lanes")
    model = PPO("MlpPolicy", envs, n_steps=100, batch_size=1600, learning_rate=1e-3, seed=1, device="cpu", verbose=1)
    model.learn(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)


if __name__ == "__main__":
    main()
