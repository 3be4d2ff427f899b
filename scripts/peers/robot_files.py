#!/usr/bin/env python3
"""Compares how this program and MuJoCo move robots of files.

    scripts/peers/robot_files.py [--steps 50] [--tolerance 5e-3] FILE.xml...

Each robot is put into a random pose, three metres higher where its root has a joint `rootz`, so that nothing touches the
ground at first, and moves under random actions on lanes and in MuJoCo, whose solver is told to converge. The largest
difference of a position or a velocity is printed, and the status is 1 where it exceeds the tolerance times the largest
value: limits are solved by four sweeps here. Contacts that slide, as after a fall, differ by more.

    pip install mujoco dm_control
    scripts/peers/robot_files.py $(python -c 'import dm_control; print(dm_control.__path__[0])')/suite/{cheetah,walker}.xml
"""
import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import mujoco
import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HINGE = int(mujoco.mjtJoint.mjJNT_HINGE)


def simulated(model, start, actions):
    """MuJoCo's positions and velocities after each step."""
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:] = start
    states = []
    for action in actions:
        data.ctrl[:] = action
        mujoco.mj_step(model, data)
        states.append(numpy.concatenate([data.qpos, data.qvel]))
    return numpy.array(states)


def ours(program, path, start, actions):
    """The same by this program, or the line that says why not."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        state = {"positions": list(start[0]), "velocities": list(start[1])}
        (folder / "state.json").write_text(json.dumps(state))
        with open(folder / "actions.csv", "w", newline="") as file:
            csv.writer(file).writerows(actions)
        done = subprocess.run(
            [program, "robot", path, "--physics", "lanes", "--steps", str(len(actions)), "--state", folder / "state.json",
             "--actions", folder / "actions.csv", "--output", folder / "trajectory.csv"],
            capture_output=True, text=True)
        if done.returncode != 0:
            return None, done.stderr.strip()
        rows = list(csv.reader(open(folder / "trajectory.csv")))[1:]
    # Without the time, and without the start.
    return numpy.array(rows, dtype=float)[-len(actions):, 1:], None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE.xml")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--tolerance", type=float, default=5e-3)
    parser.add_argument("--program", default=ROOT / ".build/release/metarl")
    arguments = parser.parse_args()
    mujoco.set_mju_user_warning(lambda message: None)
    failed = False
    for path in arguments.files:
        model = mujoco.MjModel.from_xml_path(path)
        model.opt.solver, model.opt.iterations, model.opt.tolerance = mujoco.mjtSolver.mjSOL_NEWTON, 100, 1e-12
        draw = numpy.random.default_rng(1)
        positions = model.qpos0 + numpy.where(model.jnt_type == HINGE, draw.uniform(-0.2, 0.2, model.nq), 0)
        names = [model.joint(joint).name for joint in range(model.njnt)]
        if "rootz" in names:
            positions[names.index("rootz")] += 3
        start = positions, draw.uniform(-0.3, 0.3, model.nv)
        actions = draw.uniform(*model.actuator_ctrlrange.T, (arguments.steps, model.nu))
        expected = simulated(model, start, actions)
        found, reason = ours(arguments.program, path, start, actions)
        if found is None:
            print(f"{path}: {reason}")
            failed = True
            continue
        difference, size = abs(found - expected).max(), abs(expected).max()
        failed |= not difference <= arguments.tolerance * size
        print(f"{path}: {model.body_mass.sum():.4f} kg, {model.nv} joints: differs by {difference:.1e} of {size:.1f}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
