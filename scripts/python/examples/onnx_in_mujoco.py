"""Runs a policy of `metarl export --format onnx` in MuJoCo.

    pip install onnxruntime "gymnasium[mujoco]"
    metarl export pretrained:cheetah-dir --task forward --output forward.onnx
    python onnx_in_mujoco.py forward.onnx
"""

import sys

import gymnasium
import numpy as np
import onnxruntime


def main() -> None:
    policy = onnxruntime.InferenceSession(sys.argv[1])
    environment = gymnasium.make("HalfCheetah-v5")
    distances = []
    for episode in range(20):
        observation, info = environment.reset(seed=episode)
        start = info["x_position"]
        for _ in range(100):
            action = policy.run(["action"], {"observation": observation[None].astype(np.float32)})[0][0]
            observation, _, _, _, info = environment.step(action)
        distances.append(info["x_position"] - start)
    print(f"{np.mean(distances):.1f} m in 5 s, the mean of {len(distances)} episodes")


if __name__ == "__main__":
    main()
