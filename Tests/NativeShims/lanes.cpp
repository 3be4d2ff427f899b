// The engine in SIMD lanes: every level, compiled trees and others, through falls and limits, and numbers that no robot survives.
#include <cmath>

#include "harness.h"
#include "lanes_shim.h"

#include <utility>
#include <vector>

namespace {

/// Some robot of a tree: joints, contacts, pairs and motors.
struct SomeRobot {
  std::vector<clanes_joint> joints;
  std::vector<clanes_contact> contacts;
  std::vector<clanes_pair> pairs;
  std::vector<clanes_motor> motors;
  clanes_robot robot{};

  /// - parents: -1 for the world.
  /// - slides: the joints that are slides; those of the world along x and z, others along a slope.
  SomeRobot(std::vector<int> parents, std::vector<int> slides, bool isRungeKutta, std::vector<std::pair<int, int>> touching)
      : joints(parents.size()) {
    const clanes_softness softness = {0.4f, 25, 0.9f, 0.05f, 1000};
    for (size_t index = 0; index < parents.size(); index++) {
      clanes_joint &joint = joints[index];
      joint.parent = parents[index];
      for (int slide : slides) joint.is_slide = joint.is_slide || slide == int(index);
      bool isOfRoot = index < 3;
      if (joint.is_slide) {
        joint.axis_x = isOfRoot ? index == 0 : 0.6f;
        joint.axis_z = isOfRoot ? index == 1 : 0.8f;
      }
      joint.is_driven = joint.is_limited = !isOfRoot;
      joint.anchor_x = index == 0 ? 0 : isOfRoot ? 0 : 0.1f;
      joint.anchor_z = index == 0 ? 0.7f : isOfRoot ? 0 : -0.2f;
      joint.mass = 14.0f / (1 + index);
      joint.moment_x = 0.02f;
      joint.moment_z = -0.2f;
      joint.inertia = index == 2 ? 2 : 0.4f;
      joint.armature = isOfRoot ? 0 : 0.1f;
      joint.step_damping = isOfRoot ? 0 : 0.06f;
      joint.stiffness = isOfRoot ? 0 : 100;
      joint.damping = isOfRoot ? 0 : 4;
      joint.lower = -0.5f;
      joint.upper = 0.9f;
      joint.inverse_inertia = 5;
      joint.softness = softness;
      if (isOfRoot) continue;
      for (float side : {0.1f, -0.1f}) {
        contacts.push_back({int(index), side, -0.1f, 0.046f, 0.4f, 0.001f, 0.1f, 0.1f, softness});
      }
      motors.push_back({int(index), 60});
    }
    for (auto [first, second] : touching) {
      pairs.push_back({first, second, {0, 0}, {0, -0.3f}, {0, 0.2f}, {0, 0}, 0.05f, 0.05f, 0.5f, 0.002f, 0.1f, 0.1f, softness});
    }
    robot = {
        0.01f, -9.81f, 0, isRungeKutta, 1, int(joints.size()), int(contacts.size()), int(pairs.size()), int(motors.size()),
        joints.data(), contacts.data(), pairs.data(), motors.data()};
  }
};

void run(const SomeRobot &some, const char *level) {
  const clanes_robot &robot = some.robot;
  const int count = 19, joints = robot.joint_count;
  clanes_pool *pool = clanes_pool_create(&robot, {8, 0, 0}, count, level);
  if (!pool) return;
  std::printf("lanes, %s, %s\n", level, clanes_tree_name(&robot));
  Numbers numbers{1};
  for (int row = 0; row < count; row++) {
    std::vector<double> positions(joints), velocities(joints);
    for (double &velocity : velocities) velocity = row == 7 ? 1e30 : numbers.uniform(-2, 2) * row;
    clanes_pool_reset(pool, row, positions.data(), velocities.data());
  }
  std::vector<float> actions(count * robot.motor_count);
  std::vector<float> observations(count * (2 * joints - 1));
  std::vector<double> displacements(count);
  for (int step = 0; step < 50; step++) {
    for (float &action : actions) action = float(numbers.uniform(-1, 1));
    if (step == 30) actions[0] = NAN;
    clanes_pool_step(pool, actions.data(), 5, displacements.data());
    clanes_pool_observe(pool, observations.data());
    if (step == 25) clanes_pool_exchange(pool, &robot);
    double first;
    std::vector<float> snapshot(clanes_pool_snapshot_count(pool));
    std::vector<double> positions(joints), velocities(joints);
    clanes_pool_read(pool, step % count, positions.data(), velocities.data());
    clanes_pool_save(pool, step % count, &first, snapshot.data());
    clanes_pool_restore(pool, (step + 1) % count, first, snapshot.data());
  }
  clanes_pool_destroy(pool);
}

}  // namespace

void runLanes() {
  const SomeRobot robots[] = {
      SomeRobot({-1, 0, 1, 2, 3, 4, 2, 6, 7}, {0, 1}, false, {}),
      SomeRobot({-1, 0, 1, 2, 3, 4}, {0, 1}, true, {{2, 4}, {3, 5}}),
      // Slides beyond hinges, a hinge on a slide, branches that touch each other.
      SomeRobot({-1, 0, 1, 2, 3, 4, 2, 6, 4}, {0, 1, 4, 6}, false, {{5, 7}, {3, 8}}),
      SomeRobot({-1, 0, 1, 2, 3, 4, 2, 6, 4}, {0, 1, 4, 6}, true, {{5, 7}, {3, 8}}),
  };
  for (const char *level : {"x86-64-v4", "x86-64-v3", "portable"}) {
    for (const SomeRobot &robot : robots) run(robot, level);
  }
}
