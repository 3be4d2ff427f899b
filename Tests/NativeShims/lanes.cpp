// The engine in SIMD lanes: every level, through falls and limits, and numbers that no robot survives.
#include <cmath>

#include "harness.h"
#include "lanes_shim.h"

namespace {

/// Some robot of the engine's shape.
clanes_robot makeRobot() {
  clanes_robot robot{};
  robot.time_step = 0.01f;
  robot.gravity = -9.81f;
  robot.root_height = 0.7f;
  robot.mass = 14;
  for (int body = 0; body < CLANES_BODY_COUNT; body++) {
    robot.moment_x[body] = body == 0 ? 0.1f : 0.02f;
    robot.moment_z[body] = -0.2f;
    robot.diagonal[body] = body == 0 ? 2 : 0.4f;
    robot.coupling[body] = 0.1f;
    robot.step_damping[body] = 0.06f;
    robot.anchor_x[body] = body == 1 ? -0.5f : body == 4 ? 0.5f : 0;
    robot.anchor_z[body] = body == 1 || body == 4 ? 0 : -0.2f;
    robot.stiffness[body] = 100;
    robot.damping[body] = 4;
    robot.lower[body] = -0.5f;
    robot.upper[body] = 0.9f;
    robot.limit_inverse_inertia[body] = 5;
    robot.gear[body] = 60;
  }
  for (int contact = 0; contact < CLANES_CONTACT_COUNT; contact++) {
    robot.end_x[contact] = contact % 2 == 0 ? 0.1f : -0.1f;
    robot.end_z[contact] = -0.1f;
    robot.radius[contact] = 0.046f;
    robot.friction[contact] = 0.4f;
    robot.normal_softness[contact] = robot.tangent_softness[contact] = 0.1f;
  }
  robot.contact = robot.limit = {0.4f, 25, 0.9f, 0.05f, 1000};
  return robot;
}

}  // namespace

void runLanes() {
  const clanes_robot robot = makeRobot();
  for (const char *level : {"x86-64-v4", "x86-64-v3", "portable"}) {
    const int count = 19;
    clanes_pool *pool = clanes_pool_create(&robot, {8, 0}, count, level);
    if (!pool) continue;
    std::printf("lanes, %s\n", level);
    Numbers numbers{1};
    for (int row = 0; row < count; row++) {
      double positions[CLANES_COORDINATE_COUNT] = {}, velocities[CLANES_COORDINATE_COUNT] = {};
      for (double &velocity : velocities) velocity = row == 7 ? 1e30 : numbers.uniform(-2, 2) * row;
      clanes_pool_reset(pool, row, positions, velocities);
    }
    std::vector<float> actions(count * CLANES_MOTOR_COUNT);
    std::vector<float> observations(count * (2 * CLANES_COORDINATE_COUNT - 1));
    std::vector<double> displacements(count);
    for (int step = 0; step < 50; step++) {
      for (float &action : actions) action = float(numbers.uniform(-1, 1));
      if (step == 30) actions[0] = NAN;
      clanes_pool_step(pool, actions.data(), 5, displacements.data());
      clanes_pool_observe(pool, observations.data());
      double positions[CLANES_COORDINATE_COUNT], velocities[CLANES_COORDINATE_COUNT], x;
      float snapshot[CLANES_SNAPSHOT_COUNT];
      clanes_pool_read(pool, step % count, positions, velocities);
      clanes_pool_save(pool, step % count, &x, snapshot);
      clanes_pool_restore(pool, (step + 1) % count, x, snapshot);
    }
    clanes_pool_destroy(pool);
  }
}
