// Box2D's shim: a torso with one leg, through falls, limits and impacts, and numbers that no robot survives.
#include <cmath>

#include "box2d_shim.h"
#include "harness.h"

void runBox2D() {
  std::puts("box2d");
  const cbox2d_body bodies[] = {
      {.parent = -1, .anchor_z = 0.7, .mass = 6, .inertia = 0.5},
      {.parent = 0, .anchor_x = -0.5, .center_z = -0.2, .mass = 1.5, .inertia = 0.02, .axis = 1, .stiffness = 240,
       .damping = 6, .armature = 0.1, .limited = 1, .lower = -0.5, .upper = 1, .limit_time_constant = 0.02,
       .limit_damping_ratio = 1, .limit_minimum_impedance = 0.9, .limit_maximum_impedance = 0.95, .limit_width = 0.001,
       .limit_inverse_inertia = 5}};
  const cbox2d_disc discs[] = {{0, 0.5, 0, 0.05, 0.4}, {0, -0.5, 0, 0.05, 0.4}, {1, 0, -0.4, 0.05, 0.4}};
  const cbox2d_motor motors[] = {{1, 120}};
  cbox2d_robot robot{};
  robot.bodies = bodies;
  robot.body_count = 2;
  robot.discs = discs;
  robot.disc_count = 3;
  robot.motors = motors;
  robot.motor_count = 1;
  robot.gravity = -9.81;
  robot.time_step = 0.01;
  robot.velocity_iterations = 8;
  robot.position_iterations = 3;

  const int count = 3;
  cbox2d_pool *pool = cbox2d_pool_create(&robot, count);
  if (!pool) return;
  Numbers numbers{1};
  const double starts[count][4] = {{0, 0, 0, 0}, {1, 2, 3, 0.9}, {0, 0, 0, 0}};
  const double speeds[count][4] = {{0, 0, 0, 0}, {-5, 3, 20, -20}, {1e6, 1e6, 1e6, 1e6}};
  for (int row = 0; row < count; row++) cbox2d_pool_reset(pool, row, starts[row], speeds[row]);
  float actions[count], observations[count * 7];
  double displacements[count], positions[4], velocities[4], center[4];
  for (int step = 0; step < 300; step++) {
    for (float &action : actions) action = float(numbers.uniform(-1, 1));
    if (step == 200) actions[2] = NAN;
    cbox2d_pool_step(pool, actions, 5, displacements);
    cbox2d_pool_observe(pool, observations);
    cbox2d_pool_read(pool, step % count, positions, velocities);
    cbox2d_pool_read_center(pool, step % count, center);
    if (step == 250) cbox2d_pool_reset(pool, 2, starts[0], speeds[0]);
  }
  cbox2d_pool_destroy(pool);
}
