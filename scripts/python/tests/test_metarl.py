"""The package against Gymnasium's checker and its vector environments; `scripts/check-python` runs it in a new environment."""

import copy
import dataclasses
import os
import pathlib
import pickle
import subprocess
import sys
import unittest
import warnings

import gymnasium
import metarl
import numpy as np
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

ROBOT = str(pathlib.Path(__file__).resolve().parents[3] / "envs" / "half_cheetah.xml")


def settings(family):
    return {"model": ROBOT} if family.startswith("robot") else {}


class Families(unittest.TestCase):
    def test_every_family_passes_the_checker(self):
        for family in (entry["name"] for entry in metarl.families()):
            with self.subTest(family), warnings.catch_warnings():
                # Observations of robots have no bounds, of which the checker warns.
                warnings.simplefilter("ignore")
                env = gymnasium.make(f"metarl/{family}-v0", **settings(family))
                check_env(env.unwrapped, skip_render_check=True)
                env.close()

    def test_spaces_have_bounds_and_names(self):
        env = metarl.make("hopper-rand-params")
        self.assertEqual(env.action_space.shape, (3,))
        self.assertEqual(len(env.observation_names), env.observation_space.shape[0])
        self.assertEqual(env.observation_space.high[-1], 10)
        self.assertEqual(metarl.make("bandit", arms=3).action_space.n, 3)

    def test_the_task_decides_the_reward(self):
        env = metarl.make("cheetah-dir", physics="lanes", control_cost=0)
        rewards = {}
        for task in ("forward", "backward"):
            _, info = env.reset(seed=1, options={"task": task})
            self.assertEqual(info["task"], task)
            _, rewards[task], _, _, info = env.step(np.ones(6, np.float32))
            self.assertAlmostEqual(info["reward_forward"] + info["reward_control"], rewards[task], places=6)
        self.assertEqual(rewards["forward"], -rewards["backward"])

    def test_tasks_without_a_name_are_drawn(self):
        env = metarl.make("cheetah-vel", physics="lanes")
        speeds = {env.reset(seed=1 if index == 0 else None)[1]["task_parameters"][0] for index in range(5)}
        self.assertEqual(len(speeds), 5)

    def test_a_number_is_one_task(self):
        for family in (entry["name"] for entry in metarl.families()):
            if family in ("cheetah-dir", "robot-dir"):
                continue
            env = metarl.make(family, task=3, **settings(family))
            first = env.reset(seed=1)[1]["task_parameters"]
            self.assertTrue(np.array_equal(first, env.reset()[1]["task_parameters"]), family)
            drawn = env.reset(options={"task": None})[1]["task_parameters"]
            self.assertTrue(np.array_equal(drawn, env.reset(options={"task": drawn})[1]["task_parameters"]), family)

    def test_copies_are_refused(self):
        env = metarl.make("bandit")
        run = metarl.load("pretrained:cheetah-dir")
        for held in (env, run, run.policy):
            for copier in (copy.copy, copy.deepcopy, pickle.dumps):
                if held is env and copier is copy.copy:
                    continue
                with self.assertRaisesRegex(TypeError, "make another one"):
                    copier(held)
        env.reset(seed=1)

    def test_robots_and_points_are_drawn(self):
        for family in ("cheetah-dir", "point-navigation"):
            env = metarl.make(family, render_mode="rgb_array")
            env.reset(seed=1)
            first = env.render()
            self.assertEqual((first.shape, first.dtype), ((240, 480, 3), np.uint8))
            for _ in range(10):
                env.step(np.ones(env.action_space.shape, np.float32))
            self.assertGreater(np.mean(first != env.render()), 0.001)
        self.assertIsNone(metarl.make("cheetah-dir").render())
        bandit = metarl.make("bandit", render_mode="rgb_array")
        bandit.reset(seed=1)
        with self.assertRaisesRegex(ValueError, "none"):
            bandit.render()

    def test_wrong_input_is_one_line(self):
        for call in (
            lambda: metarl.make("cheetah-dri"), lambda: metarl.make("cheetah-dir", horizons=3),
            lambda: metarl.make("cheetah-dir", horizon=-1), lambda: metarl.make_vec("cheetah-dir", num_envs=0),
            lambda: metarl.make("cheetah-dir").reset(options={"task": "up"}), lambda: metarl.load("/nowhere"),
        ):
            with self.assertRaises(metarl.MetaRLError) as caught:
                call()
            self.assertNotIn("\n", str(caught.exception))
        with self.assertRaisesRegex(ValueError, "speed"):
            metarl.make("cheetah-dir").reset(options={"speed": 1})
        env = metarl.make("cheetah-dir", physics="lanes")
        env.reset(seed=1)
        with self.assertRaises(metarl.MetaRLError):
            env.step(np.full(6, np.nan))
        env.close()
        with self.assertRaises(metarl.MetaRLError):
            env.step(np.zeros(6))


class Vectors(unittest.TestCase):
    def rollout(self, envs, steps=150, seed=3):
        rng = np.random.default_rng(seed)
        observations, infos = envs.reset(seed=seed)
        trace = [observations]
        for _ in range(steps):
            observations, rewards, terminated, truncated, infos = envs.step(
                rng.uniform(-1, 1, (envs.num_envs, 3)).astype(np.float32))
            trace.append((observations, rewards, terminated, truncated, infos))
        return trace

    def test_rows_start_anew_in_the_next_step(self):
        envs = metarl.make_vec("hopper-rand-params", num_envs=16)
        self.assertEqual(envs.metadata["autoreset_mode"], AutoresetMode.NEXT_STEP)
        trace = self.rollout(envs)
        before = np.zeros(16, bool)
        ends = 0
        for observations, rewards, terminated, truncated, _ in trace[1:]:
            self.assertTrue(np.all(rewards[before] == 0))
            self.assertFalse(np.any(terminated[before] | truncated[before]))
            # A hopper starts at 1.25 m, less or more by its noise.
            self.assertTrue(np.all(np.abs(observations[before, 0] - 1.25) < 0.01))
            before = terminated | truncated
            ends += before.sum()
            # What ended is seen as it ended.
            self.assertFalse(np.any(np.abs(observations[before, 0] - 1.25) < 1e-4))
        self.assertGreater(ends, 16)

    def test_rows_start_anew_in_the_same_step(self):
        envs = metarl.make_vec("hopper-rand-params", num_envs=16, autoreset_mode="same_step")
        ended = 0
        for observations, rewards, terminated, truncated, infos in self.rollout(envs)[1:]:
            done = terminated | truncated
            if not done.any():
                self.assertEqual(infos, {})
                continue
            ended += done.sum()
            self.assertTrue(np.array_equal(infos["_final_obs"], done))
            self.assertTrue(np.all(np.abs(observations[done, 0] - 1.25) < 0.01))
            for row in range(16):
                self.assertEqual(infos["final_obs"][row] is None, not done[row])
                if done[row]:
                    self.assertFalse(np.array_equal(infos["final_obs"][row], observations[row]))
            self.assertNotEqual(rewards[done].min(), 0)
        self.assertGreater(ended, 16)

    def test_rows_start_anew_on_demand(self):
        envs = metarl.make_vec("hopper-rand-params", num_envs=4, autoreset_mode=AutoresetMode.DISABLED)
        envs.reset(seed=1)
        while True:
            before, _, terminated, truncated, _ = envs.step(np.ones((4, 3), np.float32))
            if terminated.any():
                break
        with self.assertRaises(metarl.MetaRLError):
            envs.step(np.ones((4, 3), np.float32))
        observations, _ = envs.reset(options={"reset_mask": terminated})
        self.assertTrue(np.array_equal(observations[~terminated], before[~terminated]))
        envs.step(np.ones((4, 3), np.float32))

    def test_rows_that_wait_go_on_waiting_while_others_are_reset(self):
        """As Gymnasium's own vector environments have it."""

        def point():
            return metarl.make("point-navigation", "[0.3,0.3]", horizon=2)

        for envs in (SyncVectorEnv([point] * 2), metarl.make_vec("point-navigation", 2, "[0.3,0.3]", horizon=2)):
            envs.reset(seed=1)
            actions = np.ones((2, 2), np.float32)
            for _ in range(2):
                envs.step(actions)
            envs.reset(options={"reset_mask": np.array([False, True])})
            observations, rewards, _, _, _ = envs.step(actions)
            self.assertTrue(np.array_equal(observations[0], [0, 0]) and rewards[0] == 0)
            self.assertTrue(np.allclose(observations[1], 0.1))

    def test_rows_may_have_tasks_of_their_own(self):
        envs = metarl.make_vec("cheetah-dir", 3, "forward", physics="lanes")
        tasks = ["forward", "backward", [1.0]]
        _, infos = envs.reset(seed=7, options={"tasks": tasks})
        self.assertEqual(list(infos["task"]), ["forward", "backward", "forward"])
        self.assertEqual(infos["task_parameters"].tolist(), [[1], [-1], [1]])
        actions = envs.action_space.sample()
        _, rewards, _, _, _ = envs.step(actions)
        for row, task in enumerate(tasks):
            same = metarl.make_vec("cheetah-dir", 3, task, physics="lanes")
            same.reset(seed=7)
            self.assertEqual(same.step(actions)[1][row], rewards[row])
        # The next reset has one task again.
        self.assertEqual(list(envs.reset(seed=8)[1]["task"]), ["forward"] * 3)
        drawn = metarl.make_vec("cheetah-vel", 4).reset(seed=1, options={"tasks": [None] * 4})[1]["task"]
        self.assertGreater(len(set(drawn)), 1)
        for options in ({"tasks": ["forward"]}, {"tasks": "fwd"}, {"tasks": tasks, "task": "forward"}):
            with self.assertRaises(ValueError):
                envs.reset(options=options)
        with self.assertRaises(metarl.MetaRLError):
            metarl.make_vec("hopper-rand-params", 2).reset(options={"tasks": ["1", "2"]})

    def test_rows_are_those_of_single_environments(self):
        """A row whose episode ends is another episode then: until there, one row is one environment."""
        envs, env = metarl.make_vec("cheetah-dir", 3, "forward", physics="lanes"), metarl.make(
            "cheetah-dir", "forward", physics="lanes")
        many, _ = envs.reset(seed=7)
        one, _ = env.reset(seed=7)
        self.assertTrue(np.array_equal(many[0], one))
        for _ in range(100):
            actions = envs.action_space.sample()
            many, rewards, _, truncated, _ = envs.step(actions)
            one, reward, _, end, _ = env.step(actions[0])
            self.assertTrue(np.array_equal(many[0], one) and rewards[0] == np.float32(reward))
        self.assertTrue(truncated.all() and end)

    def test_shapes_and_types_are_those_of_gymnasiums_own(self):
        own = SyncVectorEnv([lambda: metarl.make("cheetah-dir", physics="lanes")] * 2)
        ours = gymnasium.make_vec(
            "metarl/cheetah-dir-v0", num_envs=2, vectorization_mode="vector_entry_point", physics="lanes")
        self.assertEqual(own.observation_space, ours.observation_space)
        self.assertEqual(own.action_space, ours.action_space)
        for envs in (own, ours):
            envs.reset(seed=1)
        actions = ours.action_space.sample()
        for theirs, mine in zip(own.step(actions)[:4], ours.step(actions)[:4]):
            self.assertEqual(theirs.shape, mine.shape)
            self.assertEqual(theirs.dtype.kind, mine.dtype.kind)

    def test_views_are_overwritten_and_copies_are_not(self):
        for copy in (True, False):
            envs = metarl.make_vec("cheetah-dir", 2, "forward", physics="lanes", copy=copy)
            first, _ = envs.reset(seed=1)
            second = envs.step(np.ones((2, 6), np.float32))[0]
            self.assertEqual(np.shares_memory(first, second), not copy)

    def test_wrappers_of_gymnasium_work(self):
        envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(
            metarl.make_vec("cheetah-dir", 4, "forward", physics="lanes"))
        envs.reset(seed=1)
        for _ in range(100):
            infos = envs.step(envs.action_space.sample())[4]
        self.assertEqual(list(infos["episode"]["l"]), [100] * 4)


class Runs(unittest.TestCase):
    run_ = metarl.load("pretrained:cheetah-dir")

    def test_a_run_adapts_to_a_task(self):
        for task in ("forward", "backward"):
            env = metarl.make("cheetah-dir", task, physics="lanes")
            policy = self.run_.adapt(task)
            self.assertGreater(policy.evaluate(env, 4).mean(), 250)
        observations = np.zeros((5, 17))
        self.assertEqual(policy.act(observations).shape, (5, 6))
        self.assertTrue(np.allclose(policy.act(observations)[0], policy.act(observations[0]), atol=1e-6))
        self.assertFalse(np.allclose(policy.act(observations), self.run_.act(observations)))

    def test_a_policy_adapts_to_episodes_of_any_environment(self):
        env = metarl.make("cheetah-dir", "backward", physics="lanes")
        episodes = self.run_.policy.collect(env, seed=4)
        self.assertEqual(episodes.actions.shape, (100, 40, 6))
        adapted = self.run_.policy.adapt(episodes)
        self.assertGreater(adapted.evaluate(env, 4).mean(), 250)
        again = self.run_.policy.adapt(self.run_.policy.collect(env, seed=4))
        self.assertTrue(np.array_equal(adapted.act(np.ones(17)), again.act(np.ones(17))))

    def test_episodes_of_several_tasks_are_refused(self):
        with self.assertRaisesRegex(ValueError, "one task"):
            self.run_.policy.collect(metarl.make("cheetah-dir", physics="lanes"), 20)

    def test_wrong_episodes_are_told(self):
        policy = self.run_.policy
        env = metarl.make("cheetah-dir", "forward", physics="lanes")
        right = policy.collect(env, 2)
        for change in (
            {"observations": right.observations.transpose(1, 0, 2)}, {"actions": right.actions[:-1]},
            {"rewards": right.rewards.T}, {"lengths": np.array([1.7, 5])}, {"lengths": np.array([2**32 + 5, 5])},
        ):
            with self.assertRaises(ValueError):
                policy.adapt(dataclasses.replace(right, **change))
        with self.assertRaises(TypeError):
            policy.adapt("forward")
        with self.assertRaises(TypeError):
            self.run_.adapt(right)
        with self.assertRaises(ValueError):
            policy.explore(np.zeros(17), seed=1, draw=2**32)

    def test_wrong_observations_are_told(self):
        with self.assertRaisesRegex(ValueError, r"\[rows, 17\]"):
            self.run_.act(np.zeros(16))
        with self.assertRaises(metarl.MetaRLError):
            self.run_.act(np.full(17, np.nan))
        with self.assertRaises(metarl.MetaRLError):
            self.run_.adapt("up")
        with self.assertRaises(ValueError):
            self.run_.adapt("forward", steps=-2)
        self.assertEqual(self.run_.act(np.zeros((0, 17))).shape, (0, 6))

    def test_what_is_known_of_a_run_is_there(self):
        self.assertIn("mlsr on cheetah-dir", repr(self.run_))
        self.assertGreater(self.run_.evaluation()["steps"][1]["mean"], 350)
        with self.assertRaises(FileNotFoundError):
            self.run_.metrics()

    @unittest.skipUnless(os.environ.get("METARL_RUN"), "METARL_RUN names no run folder")
    def test_metrics_are_a_table(self):
        metrics = metarl.load(os.environ["METARL_RUN"]).metrics()
        self.assertEqual(list(metrics["iteration"]), [1, 2])


class Processes(unittest.TestCase):
    def test_gymnasium_imports_the_package_by_its_name(self):
        code = "import gymnasium; print(gymnasium.make('metarl:metarl/bandit-v0').reset(seed=1)[0])"
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertEqual(answer.stdout.strip(), "[1.]", answer.stderr)

    def test_spaces_can_be_pickled(self):
        space = metarl.make("cheetah-dir").action_space
        self.assertEqual(pickle.loads(pickle.dumps(space)), space)


try:
    from stable_baselines3 import PPO

    from metarl.sb3 import SB3VecEnv
except ImportError:
    PPO = None


@unittest.skipIf(PPO is None, "Stable-Baselines3 is not installed")
class StableBaselines(unittest.TestCase):
    def test_its_algorithms_train(self):
        PPO("MlpPolicy", "metarl/point-navigation-v0", n_steps=8, batch_size=8, device="cpu").learn(8)
        envs = SB3VecEnv("point-navigation", num_envs=32, task="1")
        model = PPO("MlpPolicy", envs, n_steps=100, batch_size=800, n_epochs=5, learning_rate=1e-3, seed=1, device="cpu")
        first = None
        for _ in range(12):
            model.learn(3_200, reset_num_timesteps=False)
            returns = [episode["r"] for episode in model.ep_info_buffer]
            first = first if first is not None else np.mean(returns)
        self.assertGreater(np.mean(returns), first + 5)


if __name__ == "__main__":
    unittest.main()
