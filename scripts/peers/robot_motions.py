#!/usr/bin/env python3
"""How MuJoCo moves robots that are not the half-cheetah: the right values of the tests of other people's robots.

    pip install mujoco numpy
    scripts/peers/robot_motions.py > Tests/EnvironmentsTests/Oracles/robots.json

Three kinds: two robots on which an iteration over joints fails (heavy rotors, two neighbouring limits); chains of 2 to 6
limbs with armature from 0 to 2, damping from 0.3, steps of 0.002 to 0.01 s and limits in reach; and a hopper and a walker
with the lengths, radii, masses, rotors, limits and gears of Gymnasium's, with Euler steps and without contacts between
limbs, under random actions.
"""
import json
import random
import sys

import mujoco
import numpy

ROOT = """<joint name="rootx" type="slide" axis="1 0 0" limited="false" armature="0" damping="0"/>
<joint name="rootz" type="slide" axis="0 0 1" limited="false" armature="0" damping="0"/>
<joint name="rooty" axis="0 1 0" limited="false" armature="0" damping="0"/>"""


def document(step, defaults, root, motors):
    return f"""<mujoco>
<option timestep="{step}"/>
<default>{defaults}<motor ctrllimited="true" ctrlrange="-1 1"/></default>
<worldbody><geom type="plane" size="1 1 1" conaffinity="1"/>
{root}
</worldbody>
<actuator>{"".join(f'<motor joint="{joint}" gear="{gear}"/>' for joint, gear in motors)}</actuator>
</mujoco>"""


def chain(limbs, step, armature, damping, gear, length, radius, axes, limit=None):
    """A root and limbs in a row, each a capsule along x."""
    text = ""
    for index in range(limbs):
        bound = f'limited="true" range="{-limit} {limit}"' if limit else 'limited="false"'
        text += (f'\n<body name="limb{index}" pos="{length} 0 0"><joint name="hinge{index}" axis="0 {axes[index]} 0" '
                 f'{bound}/><geom fromto="0 0 0 {length} 0 0"/>')
    root = (f'<body name="root" pos="0 0 1">{ROOT}\n<geom fromto="0 0 0 {length} 0 0"/>' + text + "</body>" * limbs
            + "</body>")
    defaults = (f'<joint armature="{armature}" damping="{damping}"/>'
                f'<geom type="capsule" size="{radius}" conaffinity="0"/>')
    return document(step, defaults, root, [(f"hinge{index}", gear) for index in range(limbs)])


def drawn_chain(number):
    draw = random.Random(number)
    limbs = draw.randint(2, 6)
    text = chain(
        limbs, step=draw.choice([0.002, 0.005, 0.01]), armature=draw.choice([0, 0.01, 0.1, 0.5, 1, 2]),
        damping=round(draw.uniform(0.3, 2), 3), gear=round(draw.uniform(1, 5), 2),
        length=round(draw.uniform(0.1, 0.4), 3), radius=round(draw.uniform(0.02, 0.05), 3),
        axes=[draw.choice([1, -1]) for _ in range(limbs)], limit=round(draw.uniform(10, 60), 2))
    return text, [draw.choice([1, -1]) for _ in range(limbs)]


def leg(suffix, foot):
    """A thigh, a leg and a foot, as the hopper and the walker have them: numbers of Gymnasium's models."""
    reach, half, friction = foot
    return f"""<body name="thigh{suffix}" pos="0 0 -0.2"><joint name="hip{suffix}" axis="0 -1 0" range="-150 0"/>
<geom pos="0 0 -0.225" size="0.05 0.225" friction="0.9"/>
<body name="leg{suffix}" pos="0 0 -0.7"><joint name="knee{suffix}" axis="0 -1 0" pos="0 0 0.25" range="-150 0"/>
<geom size="0.04 0.25" friction="0.9"/>
<body name="foot{suffix}" pos="{reach} 0 -0.35">
<joint name="ankle{suffix}" axis="0 -1 0" pos="{-reach} 0 0.1" range="-45 45"/>
<geom pos="{-reach / 2} 0 0.1" axisangle="0 1 0 -90" size="0.06 {half}" friction="{friction}"/></body></body></body>"""


def walker(legs, defaults, gear):
    root = (f'<body name="torso" pos="0 0 1.25">{ROOT}\n<geom size="0.05 0.2" friction="0.9"/>'
            + "".join(leg(suffix, foot) for suffix, foot in legs) + "</body>")
    joints = [f"{joint}{suffix}" for suffix, _ in legs for joint in ("hip", "knee", "ankle")]
    return document(0.002, defaults, root, [(joint, gear) for joint in joints])


HOPPER = walker(
    [("", (0.13, 0.195, 2.0))],
    '<joint armature="1" damping="1" limited="true"/>'
    '<geom type="capsule" conaffinity="0" solimp=".8 .8 .01" solref=".02 1"/>', 200)
WALKER = walker(
    [("", (0.2, 0.1, 0.9)), ("_left", (0.2, 0.1, 1.9))],
    '<joint armature="0.01" damping=".1" limited="true"/><geom type="capsule" conaffinity="0" friction=".7"/>', 100)


def motion(name, text, action, seconds):
    """Under a constant action, 300 m above the ground."""
    model = mujoco.MjModel.from_xml_string(text)
    data = mujoco.MjData(model)
    data.qpos[1] = 300
    data.ctrl[:] = action
    steps = round(seconds / model.opt.timestep)
    fastest = 0.0
    for _ in range(steps):
        mujoco.mj_step(model, data)
        fastest = max(fastest, abs(data.qvel[3:]).max())
    return {"name": name, "xml": text, "action": action, "steps": steps, "fastest": round(float(fastest), 5),
            "angles": [round(float(angle), 5) for angle in data.qpos[3:]],
            "speeds": [round(float(speed), 5) for speed in data.qvel[3:]]}


def random_walks(name, text, episodes):
    """Returns are sums of the speeds along x over 100 actions of five steps, by quantiles of all states on the way."""
    model = mujoco.MjModel.from_xml_string(text)
    data = mujoco.MjData(model)
    draw = numpy.random.default_rng(1)
    returns, states, fastest = [], [], 0.0
    for _ in range(episodes):
        mujoco.mj_resetData(model, data)
        data.qpos[:] = draw.uniform(-0.1, 0.1, model.nq)
        data.qvel[:] = 0.1 * draw.normal(size=model.nv)
        start = data.qpos[0]
        for _ in range(100):
            data.ctrl[:] = draw.uniform(-1, 1, model.nu)
            for _ in range(5):
                mujoco.mj_step(model, data)
                fastest = max(fastest, abs(data.qvel[2:]).max())
            states.append(data.qpos[1:].copy())
        returns.append((data.qpos[0] - start) / (5 * model.opt.timestep))
    quantiles = numpy.quantile(numpy.array(states), [0.05, 0.5, 0.95], axis=0)
    return {"name": name, "xml": text, "episodes": episodes, "mean": round(float(numpy.mean(returns)), 2),
            "deviation": round(float(numpy.std(returns)), 2), "largest": round(float(numpy.max(returns)), 1),
            "fastest": round(float(fastest), 1),
            "quantiles": [[round(float(value), 4) for value in column] for column in quantiles.T]}


def main():
    motions = [
        motion("heavy_armature", chain(3, 0.002, 1, 0.5, 3, 0.2, 0.03, [1, 1, 1]), [1, -1, 1], 1),
        motion("two_limits", chain(2, 0.01, 0.02, 0.5, 5, 0.2, 0.03, [1, 1], 17.2), [1, 1], 2),
    ]
    for number in range(60):
        text, action = drawn_chain(number)
        motions.append(motion(f"chain {number}", text, action, 4))
    walks = [random_walks("hopper", HOPPER, 1000), random_walks("walker2d", WALKER, 1000)]
    json.dump({"mujoco": mujoco.__version__, "motions": motions, "walks": walks}, sys.stdout, indent=0)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
