#!/usr/bin/env python3
"""MuJoCo's values for Gymnasium's own robots: the right answers of the tests of the robots read from their XML files.

    pip install mujoco gymnasium
    scripts/peers/robot_oracles.py                       writes Tests/EnvironmentsTests/Oracles/robots/<robot>.json
    scripts/peers/robot_oracles.py --output DIR          writes DIR/<robot>.json
    scripts/peers/robot_oracles.py --bench SECONDS       prints environment steps per second, one JSON line a robot

Every value is MuJoCo's, in MuJoCo's order of coordinates, with its signs and its `ref`: `qpos` is `mjData.qpos`. The
models are planar, so points, normals and forces are written as [x, z]. Numbers have nine significant digits, and every
start state is rounded before MuJoCo sees it, so that the written state is the one the values belong to.
"""
import argparse
import copy
import json
import os
import sys
import time

import gymnasium
import mujoco
import numpy

ASSETS = os.path.join(os.path.dirname(gymnasium.__file__), "envs", "mujoco", "assets")
OUTPUT = os.path.normpath(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "Tests", "EnvironmentsTests", "Oracles", "robots"))

# Steps of a control of Gymnasium's environments, seconds between records of the free flights, start of random episodes.
ROBOTS = {
    "half_cheetah": {"frame_skip": 5, "record": 0.05, "position_noise": 0.1, "velocity_noise": ("normal", 0.1)},
    "hopper": {"frame_skip": 4, "record": 0.05, "position_noise": 0.005, "velocity_noise": ("uniform", 0.005)},
    "walker2d": {"frame_skip": 4, "record": 0.05, "position_noise": 0.005, "velocity_noise": ("uniform", 0.005)},
    "walker2d_v5": {"frame_skip": 4, "record": 0.05, "position_noise": 0.005, "velocity_noise": ("uniform", 0.005)},
    "inverted_pendulum": {"frame_skip": 2, "record": 0.04, "position_noise": 0.1, "velocity_noise": ("normal", 0.1)},
    "inverted_double_pendulum": {
        "frame_skip": 5, "record": 0.05, "position_noise": 0.1, "velocity_noise": ("normal", 0.1)},
}
EPISODES, STEPS, FIRST, EVERY = 1000, 100, 20, 4
LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]
RESAMPLES = 200
HINGE = int(mujoco.mjtJoint.mjJNT_HINGE)
JOINTS = {int(mujoco.mjtJoint.mjJNT_SLIDE): "slide", HINGE: "hinge"}
GEOMS = {int(mujoco.mjtGeom.mjGEOM_PLANE): "plane", int(mujoco.mjtGeom.mjGEOM_CAPSULE): "capsule"}
LIMIT = int(mujoco.mjtConstraint.mjCNSTR_LIMIT_JOINT)


def warn(message):
    """Prints warnings, instead of MuJoCo's writing of a file of them into the working directory."""
    if "settotalmass" not in message:
        print(f"MuJoCo: {message}", file=sys.stderr)


def rounded(value):
    """The value with nine significant digits; arrays become lists."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [rounded(item) for item in value]
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, (int, numpy.integer)):
        return int(value)
    if isinstance(value, (float, numpy.floating)):
        return float(f"{value:.9g}")
    return value


def planar(vector):
    return [vector[0], vector[2]]


class Robot:
    """A model of Gymnasium's and a source of random numbers of its own for each kind of test."""

    def __init__(self, stem):
        self.stem = stem
        self.settings = ROBOTS[stem]
        self.model = mujoco.MjModel.from_xml_path(os.path.join(ASSETS, stem + ".xml"))
        self.data = mujoco.MjData(self.model)
        self.hinges = self.model.jnt_type == HINGE
        self.limited = numpy.flatnonzero(self.model.jnt_limited)
        self.low, self.high = self.model.actuator_ctrlrange.T
        names = [self.model.joint(joint).name for joint in range(self.model.njnt)]
        self.rootz = names.index("rootz") if "rootz" in names else None
        self.touches = bool((self.model.geom_contype[:, None] & self.model.geom_conaffinity[None, :]).any())

    def exact(self, disabled=0):
        """A copy whose solver converges, without the given features."""
        model = copy.copy(self.model)
        model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
        model.opt.iterations = 100
        model.opt.tolerance = 1e-12
        model.opt.disableflags |= disabled
        return model

    def draw(self, kind):
        return numpy.random.default_rng([list(ROBOTS).index(self.stem), kind])

    def controls(self, draw):
        return numpy.array(rounded(draw.uniform(self.low, self.high)))

    def flying(self, draw, height=3):
        """A random pose near the reference, in the air."""
        qpos = self.model.qpos0 + numpy.where(self.hinges, draw.uniform(-0.3, 0.3, self.model.nq), 0)
        if self.rootz is not None:
            qpos[self.rootz] += height
        return numpy.array(rounded(qpos))

    def inside(self, draw):
        """A random pose inside of all limits, with the root level or nearly so, in the air."""
        qpos = self.flying(draw)
        for joint in self.limited:
            low, high = self.model.jnt_range[joint]
            qpos[joint] = draw.uniform(low + 0.05 * (high - low), high - 0.05 * (high - low))
        return qpos

    def contacts(self, model, data):
        """The contacts of the last forward pass; the force acts on the second geom, at the position."""
        found = []
        for index in range(data.ncon):
            contact = data.contact[index]
            force = numpy.zeros(6)
            mujoco.mj_contactForce(model, data, index, force)
            frame = contact.frame.reshape(3, 3)
            found.append({
                "geoms": [model.geom(contact.geom1).name, model.geom(contact.geom2).name], "dist": contact.dist,
                "condim": contact.dim, "friction": contact.friction[0], "margin": contact.includemargin,
                "position": planar(contact.pos), "normal": planar(frame[0]), "force": planar(frame.T @ force[:3])})
        return found

    def limits(self, model, data):
        """The limits of joints of the last forward pass; the force is the generalized one, towards the inside."""
        return [{"joint": model.joint(data.efc_id[row]).name, "dist": data.efc_pos[row], "force": data.efc_force[row]}
                for row in numpy.flatnonzero(data.efc_type == LIMIT)]


def description(robot):
    model, data = robot.model, mujoco.MjData(robot.model)
    mujoco.mj_forward(model, data)
    bodies = []
    for body in range(1, model.nbody):
        turn = data.ximat[body].reshape(3, 3)
        bodies.append({
            "name": model.body(body).name, "mass": model.body_mass[body],
            "inertia": (turn @ numpy.diag(model.body_inertia[body]) @ turn.T)[1, 1],
            "center": planar(data.xipos[body]), "invweight0": model.body_invweight0[body]})
    joints = []
    for joint in range(model.njnt):
        joints.append({
            "name": model.joint(joint).name, "type": JOINTS[int(model.jnt_type[joint])],
            "body": model.body(model.jnt_bodyid[joint]).name, "axis": model.jnt_axis[joint],
            "anchor": planar(data.xanchor[joint]), "limited": bool(model.jnt_limited[joint]),
            "range": model.jnt_range[joint], "margin": model.jnt_margin[joint], "ref": model.qpos0[joint],
            "armature": model.dof_armature[joint], "damping": model.dof_damping[joint].flat[0],
            "stiffness": model.jnt_stiffness[joint].flat[0], "springref": model.qpos_spring[joint],
            "dof_invweight0": model.dof_invweight0[joint], "solreflimit": model.jnt_solref[joint],
            "solimplimit": model.jnt_solimp[joint]})
    geoms = []
    for geom in range(model.ngeom):
        turn = data.geom_xmat[geom].reshape(3, 3)
        geoms.append({
            "name": model.geom(geom).name, "body": model.body(model.geom_bodyid[geom]).name,
            "type": GEOMS[int(model.geom_type[geom])], "size": model.geom_size[geom],
            "position": planar(data.geom_xpos[geom]), "axis": planar(turn[:, 2]),
            "contype": model.geom_contype[geom], "conaffinity": model.geom_conaffinity[geom],
            "condim": model.geom_condim[geom], "margin": model.geom_margin[geom],
            "friction": model.geom_friction[geom], "solref": model.geom_solref[geom],
            "solimp": model.geom_solimp[geom]})
    motors = []
    for motor in range(model.nu):
        motors.append({
            "joint": model.joint(model.actuator_trnid[motor, 0]).name, "gear": model.actuator_gear[motor, 0],
            "ctrlrange": model.actuator_ctrlrange[motor]})
    return {
        "about": "MuJoCo's values of Gymnasium's model, in MuJoCo's coordinates; written by robot_oracles.py",
        "version": mujoco.__version__, "gymnasium": gymnasium.__version__, "file": robot.stem + ".xml",
        "time_step": model.opt.timestep,
        "integrator": mujoco.mjtIntegrator(model.opt.integrator).name.removeprefix("mjINT_"),
        "solver": mujoco.mjtSolver(model.opt.solver).name.removeprefix("mjSOL_").lower(),
        "iterations": model.opt.iterations, "tolerance": model.opt.tolerance,
        "cone": mujoco.mjtCone(model.opt.cone).name.removeprefix("mjCONE_").lower(), "impratio": model.opt.impratio,
        "gravity": model.opt.gravity, "mass": model.body_mass.sum(),
        "center": planar(data.subtree_com[0]), "qpos0": model.qpos0, "bodies": bodies, "joints": joints,
        "geoms": geoms, "motors": motors}


def free_flight(robot):
    """Motions under random controls, each held from one record to the next, without limits and without contacts.

    The growth of a case is how many times larger a small change of one coordinate of its start becomes, at most.
    """
    model = copy.copy(robot.model)
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_LIMIT | mujoco.mjtDisableBit.mjDSBL_CONTACT
    data = mujoco.MjData(model)
    draw = robot.draw(1)
    interval = robot.settings["record"]
    steps = round(interval / model.opt.timestep)
    assert abs(steps * model.opt.timestep - interval) < 1e-12

    def fly(start, actions):
        mujoco.mj_resetData(model, data)
        data.qpos[:], data.qvel[:] = start[:model.nq], start[model.nq:]
        states = []
        for action in actions:
            data.ctrl[:] = action
            mujoco.mj_step(model, data, steps)
            states.append(numpy.concatenate([data.qpos, data.qvel]))
        return numpy.array(states)

    cases = []
    for _ in range(8):
        start = numpy.concatenate([robot.flying(draw), rounded(draw.normal(size=model.nv))])
        actions = numpy.array([robot.controls(draw) for _ in range(int(0.5 / interval + 1e-9))])
        states = fly(start, actions)
        growth = 0.0
        for index in range(len(start)):
            shifted = start.copy()
            shifted[index] += 1e-7
            growth = max(growth, abs(fly(shifted, actions) - states).max() / 1e-7)
        cases.append({
            "qpos": start[:model.nq], "qvel": start[model.nq:], "actions": actions,
            "positions": states[:, :model.nq], "velocities": states[:, model.nq:],
            "growth": float(f"{growth:.3g}")})
    return {"interval": interval, "steps": steps, "cases": cases}


def torque_response(robot):
    """The accelerations that a control of 1 adds, motor by motor."""
    model = robot.exact(mujoco.mjtDisableBit.mjDSBL_LIMIT | mujoco.mjtDisableBit.mjDSBL_CONTACT)
    data = mujoco.MjData(model)
    draw = robot.draw(2)
    cases = []
    for _ in range(4):
        mujoco.mj_resetData(model, data)
        data.qpos[:] = robot.flying(draw)
        mujoco.mj_forward(model, data)
        still = data.qacc.copy()
        response = []
        for motor in range(model.nu):
            data.ctrl[:] = 0
            data.ctrl[motor] = 1
            mujoco.mj_forward(model, data)
            response.append(data.qacc - still)
        cases.append({"qpos": data.qpos.copy(), "qacc_zero": still, "response": response})
    return cases


def rest(robot):
    """The pose in which the robot lies still, and how far it creeps from there.

    Some poses of the walkers creep for minutes, a few millimetres a second, so that starts are drawn until one comes to
    rest within the time.
    """
    model, data = robot.model, robot.data
    draw = robot.draw(3)
    for tries in range(1, 201):
        mujoco.mj_resetData(model, data)
        start = numpy.array(rounded(model.qpos0 + draw.uniform(-0.005, 0.005, model.nq)))
        data.qpos[:] = start
        mujoco.mj_step(model, data, round(20 / model.opt.timestep))
        pose, fastest = numpy.array(rounded(data.qpos)), abs(data.qvel).max()
        if fastest < 1e-6:
            break
    else:
        raise RuntimeError(f"{robot.stem} does not come to rest")
    mujoco.mj_resetData(model, data)
    data.qpos[:] = pose
    mujoco.mj_forward(model, data)
    contacts = robot.contacts(model, data)
    limits = robot.limits(model, data)
    drift = 0.0
    for _ in range(round(2 / model.opt.timestep)):
        mujoco.mj_step(model, data)
        drift = max(drift, abs(data.qpos - pose).max())
    return {"start": start, "tries": tries, "seconds": 20, "qpos": pose, "max_qvel": fastest, "rest_drift": drift,
            "rest_drift_seconds": 2, "contacts": contacts, "limits": limits}


def random_actions(robot):
    """Quantiles of the states under uniform random controls, over all episodes and recorded steps together."""
    model, data, settings = robot.model, robot.data, robot.settings
    draw = robot.draw(4)
    shape, size = settings["velocity_noise"]
    recorded = list(range(FIRST, STEPS + 1, EVERY))
    states = numpy.empty((EPISODES, len(recorded), model.nq + model.nv))
    for episode in range(EPISODES):
        mujoco.mj_resetData(model, data)
        noise = settings["position_noise"]
        data.qpos[:] = model.qpos0 + draw.uniform(-noise, noise, model.nq)
        data.qvel[:] = size * (draw.normal(size=model.nv) if shape == "normal" else draw.uniform(-1, 1, model.nv))
        controls = draw.uniform(robot.low, robot.high, (STEPS, model.nu))
        for step in range(STEPS):
            data.ctrl[:] = controls[step]
            mujoco.mj_step(model, data, settings["frame_skip"])
            if step + 1 in recorded:
                states[episode, recorded.index(step + 1)] = numpy.concatenate([data.qpos, data.qvel])
        # A reset of MuJoCo's after a diverged state would spoil the quantiles.
        assert abs(data.time - STEPS * settings["frame_skip"] * model.opt.timestep) < 1e-6
    quantiles = numpy.quantile(states.reshape(-1, states.shape[2]), LEVELS, axis=0)
    repeats = []
    for _ in range(RESAMPLES):
        chosen = states[draw.integers(0, EPISODES, EPISODES)]
        repeats.append(numpy.quantile(chosen.reshape(-1, states.shape[2]), LEVELS, axis=0))
    errors = numpy.std(repeats, axis=0, ddof=1)
    errors = [[float(f"{value:.3g}") for value in row] for row in errors]
    nq = model.nq
    return {
        "episodes": EPISODES, "control_steps": STEPS, "frame_skip": settings["frame_skip"],
        "control_interval": settings["frame_skip"] * model.opt.timestep, "recorded_steps": recorded,
        "position_noise": {"shape": "uniform", "size": settings["position_noise"]},
        "velocity_noise": {"shape": shape, "size": size}, "action": "uniform in ctrlrange, one a control step",
        "bootstrap_resamples": RESAMPLES, "levels": LEVELS,
        "qpos": quantiles[:, :nq], "qpos_error": [row[:nq] for row in errors],
        "qvel": quantiles[:, nq:], "qvel_error": [row[nq:] for row in errors]}


def lowest(model, data):
    """The height of the lowest point of the robot's capsules."""
    ends = abs(data.geom_xmat[1:, 8]) * model.geom_size[1:, 1] + model.geom_size[1:, 0]
    return (data.geom_xpos[1:, 2] - ends).min()


def touching(robot, model, data, draw, kind):
    """A pose inside of all limits with contacts of the given kind, none deeper than 15 mm."""
    for _ in range(1_000_000):
        qpos = robot.inside(draw)
        if kind == "body":
            qpos[2] = draw.uniform(-numpy.pi, numpy.pi)
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        if not kind.startswith("self_") or kind == "self_and_ground":
            depth = -draw.uniform(0.0002, 0.0018) if kind == "margin" else draw.uniform(0.002, 0.012)
            qpos[robot.rootz] -= lowest(model, data) + depth
        data.qpos[:] = rounded(qpos)
        data.qvel[:] = 0
        mujoco.mj_forward(model, data)
        if data.ncon == 0 or min(contact.dist for contact in data.contact) < -0.015:
            continue
        pairs = [[model.geom(geom).name for geom in (contact.geom1, contact.geom2)] for contact in data.contact]
        ground = [pair[1] for pair in pairs if pair[0] == "floor"]
        limbs = [pair for pair in pairs if pair[0] != "floor"]
        feet = [name for name in ground if "foot" in name]
        good = {
            "foot": len(ground) == 1 and len(feet) == 1 and not limbs,
            "foot_twice": len(feet) == 2 and len(set(feet)) == 1 and len(ground) == 2 and not limbs,
            "feet": len(set(feet)) == 2 and not limbs,
            "body": len(ground) > len(feet) and not limbs,
            "margin": len(ground) > 0 and not limbs and all(contact.dist > 0 for contact in data.contact),
            "self_leg": limbs == [["torso_geom", "leg_geom"]] and not ground,
            "self_foot": limbs == [["torso_geom", "foot_geom"]] and not ground,
            "self_and_ground": len(limbs) > 0 and len(ground) > 0,
        }
        if good[kind]:
            return data.qpos.copy()
    raise RuntimeError(f"no pose of {robot.stem} has contacts of the kind {kind}")


def contact(robot):
    """Accelerations in states with contacts that press and without limits, at controls of zero."""
    model = robot.exact()
    data = mujoco.MjData(model)
    draw = robot.draw(5)
    if robot.stem == "hopper":
        kinds = ["foot", "foot_twice", "margin", "self_leg", "self_foot", "self_and_ground"]
    else:
        kinds = ["foot", "foot", "foot_twice", "feet", "feet", "body"]
    cases = []
    while len(cases) < len(kinds):
        number, kind = len(cases), kinds[len(cases)]
        qpos = touching(robot, model, data, draw, kind)
        mujoco.mj_resetData(model, data)
        data.qpos[:] = qpos
        data.qvel[:] = 0 if number == 0 else rounded(0.5 * draw.normal(size=model.nv))
        mujoco.mj_forward(model, data)
        assert not (data.efc_type == LIMIT).any()
        found = robot.contacts(model, data)
        if not any(data.efc_force > 1):
            continue
        cases.append({
            "kind": kind, "qpos": data.qpos.copy(), "qvel": data.qvel.copy(), "count": len(found), "contacts": found,
            "qacc_smooth": data.qacc_smooth.copy(), "qacc": data.qacc.copy()})
    return cases


def limit(robot):
    """Accelerations in states beyond limits of joints and without contacts, at controls of zero.

    All but the first case move outwards, as the springs of the half-cheetah alone are stiffer than its limits.
    """
    model = robot.exact()
    data = mujoco.MjData(model)
    draw = robot.draw(6)
    cases = []
    while len(cases) < 4:
        number = len(cases)
        mujoco.mj_resetData(model, data)
        qpos = robot.inside(draw)
        qvel = 0.5 * draw.normal(size=model.nv)
        beyond = min(len(robot.limited), [1, 1, 2, len(robot.limited)][number])
        for joint in draw.choice(robot.limited, beyond, replace=False):
            low, high = model.jnt_range[joint]
            # The last case lies inside of the margin of the joint, where it has one.
            excess = -0.5 * model.jnt_margin[joint] if number == 3 and model.jnt_margin[joint] > 0 else (
                draw.uniform(0.02, 0.1))
            side = 1 if draw.integers(2) else -1
            qpos[joint] = high + excess if side > 0 else low - excess
            qvel[joint] = side * draw.uniform(0.5, 4)
        data.qpos[:] = rounded(qpos)
        data.qvel[:] = 0 if number == 0 else rounded(qvel)
        mujoco.mj_forward(model, data)
        if data.ncon > 0:
            continue
        limits = robot.limits(model, data)
        assert len(limits) == beyond == data.nefc
        if number > 0 and not any(data.efc_force > 0):
            continue
        cases.append({
            "qpos": data.qpos.copy(), "qvel": data.qvel.copy(), "limits": limits,
            "qacc_smooth": data.qacc_smooth.copy(), "qacc": data.qacc.copy()})
    return cases


def oracle(stem):
    robot = Robot(stem)
    values = description(robot)
    values["free_flight"] = free_flight(robot)
    values["torque_response"] = torque_response(robot)
    values["random_actions"] = random_actions(robot)
    values["limit"] = limit(robot)
    if robot.touches:
        values["rest"] = rest(robot)
        values["contact"] = contact(robot)
    return rounded(values)


def bench(seconds, horizon, cpu):
    """One core; eight trajectories a call, each of `horizon` steps of the environment, without resets in between."""
    import mujoco.rollout
    if cpu >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})
    for stem in ["hopper", "walker2d", "inverted_double_pendulum"]:
        robot = Robot(stem)
        model, data, draw, count = robot.model, robot.data, robot.draw(7), 8
        full = mujoco.mjtState.mjSTATE_FULLPHYSICS
        starts = numpy.empty((count, mujoco.mj_stateSize(model, full)))
        for start in starts:
            mujoco.mj_resetData(model, data)
            data.qpos[:] += draw.uniform(-0.005, 0.005, model.nq)
            mujoco.mj_getState(model, data, start, full)
        skip = robot.settings["frame_skip"]
        controls = numpy.repeat(draw.uniform(robot.low, robot.high, (count, horizon, model.nu)), skip, axis=1)
        states = numpy.empty((count, skip * horizon, starts.shape[1]))
        sensors = numpy.empty((count, skip * horizon, model.nsensordata))
        with mujoco.rollout.Rollout(nthread=0) as pool:
            pool.rollout(model, [data], starts, controls, state=states, sensordata=sensors)
            rates, begin = [], time.perf_counter()
            while time.perf_counter() - begin < seconds or len(rates) < 3:
                tick = time.perf_counter()
                pool.rollout(model, [data], starts, controls, state=states, sensordata=sensors)
                rates.append(count * horizon / (time.perf_counter() - tick))
        print(json.dumps({
            "name": stem, "steps_per_second": round(float(numpy.median(rates)), 1), "best": round(max(rates), 1),
            "worst": round(min(rates), 1), "calls": len(rates), "frame_skip": skip, "horizon": horizon,
            "mujoco": mujoco.__version__}), flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--output", default=OUTPUT, help="the directory of the JSON files")
    arguments.add_argument("--bench", type=float, metavar="SECONDS", help="measure for so long per robot instead")
    arguments.add_argument("--horizon", type=int, default=1000, help="steps of the environment per trajectory measured")
    arguments.add_argument("--cpu", type=int, default=-1, help="the core to measure on (-1: not pinned)")
    arguments = arguments.parse_args()
    mujoco.set_mju_user_warning(warn)
    if arguments.bench is not None:
        bench(arguments.bench, arguments.horizon, arguments.cpu)
        return
    os.makedirs(arguments.output, exist_ok=True)
    for stem in ROBOTS:
        lines = [f'"{key}":{json.dumps(value, separators=(",", ":"))}' for key, value in oracle(stem).items()]
        path = os.path.join(arguments.output, stem + ".json")
        with open(path, "w") as file:
            file.write("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{path} {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
