#pragma once

#include <stdint.h>

// The C shim to Box2D: a pool of planar robots of one kind, with one Box2D world for each, stepped together.
//
// Frames are those of the robot model: x forward, z up, angles in radians and positive nose-down (about +y). A robot has
// `body_count + 2` degrees of freedom: x and z of the root's frame as displacements from the reference pose, its pitch,
// then one angle for every other body, in the order of the bodies. All values are in SI units.

#ifdef __cplusplus
extern "C" {
#endif

/// The largest distance in metres of a robot along x from the middle of the ground.
#define CBOX2D_GROUND_REACH 4000.0

/// One body and the hinge that ties it to its parent. The root is body 0 and has parent -1; of its hinge fields only
/// the anchor is read. In the reference pose the axes of every body are parallel to the world's.
typedef struct {
  int32_t parent;                // index of an earlier body, -1 for the root
  double anchor_x, anchor_z;     // origin of this body (its hinge) in the parent's frame; of the root in the world's
  double center_x, center_z;     // centre of mass in this body's frame
  double mass;                   // kg
  double inertia;                // about the centre of mass, kg m^2
  double axis;                   // +1 if the hinge turns about +y, -1 about -y
  double stiffness;              // N m/rad, towards the reference pose
  double damping;                // N m s/rad
  double armature;               // kg m^2
  int32_t limited;               // 0 or 1
  double lower, upper;           // rad
  double limit_time_constant;    // s
  double limit_damping_ratio;
  double limit_minimum_impedance, limit_maximum_impedance;
  double limit_width;            // rad
  double limit_inverse_inertia;  // of the hinge in the reference pose, 1/(kg m^2)
} cbox2d_body;

/// A disc of a body that touches the ground: a capsule touches flat ground only with its two ends.
typedef struct {
  int32_t body;
  double x, z;      // in the body's frame
  double radius;    // m
  double friction;  // of the pair of disc and ground
} cbox2d_disc;

/// A motor on the hinge of `body`: torque in N m = gear x action.
typedef struct {
  int32_t body;
  double gear;
} cbox2d_motor;

/// A robot, its ground and the settings of the solver. The arrays are copied when a pool is created.
typedef struct {
  const cbox2d_body *bodies;
  int32_t body_count;
  const cbox2d_disc *discs;
  int32_t disc_count;
  const cbox2d_motor *motors;
  int32_t motor_count;
  double gravity;        // m/s^2 along z, negative is down
  double ground_height;  // m
  double time_step;      // s
  int32_t velocity_iterations, position_iterations;
} cbox2d_robot;

typedef struct cbox2d_pool cbox2d_pool;

/// Creates a pool of `count` robots, which have no state until they are reset. Returns NULL if memory is short.
cbox2d_pool *cbox2d_pool_create(const cbox2d_robot *robot, int32_t count);
void cbox2d_pool_destroy(cbox2d_pool *pool);

/// Resets robot `row` in a fresh world to `body_count + 2` positions and as many velocities.
void cbox2d_pool_reset(cbox2d_pool *pool, int32_t row, const double *positions, const double *velocities);

/// Steps every robot `physics_steps` times under constant actions [count, motor_count], which must lie in [-1, 1].
/// `displacements` [count] receives the distance in metres that each root moved along x; NAN for a robot that was capped.
void cbox2d_pool_step(cbox2d_pool *pool, const float *actions, int32_t physics_steps, double *displacements);

/// Writes every position but x and then every velocity, [count, 2 (body_count + 2) - 1]; NAN for a robot that was capped.
void cbox2d_pool_observe(const cbox2d_pool *pool, float *observations);

/// Reads the positions and velocities of robot `row`.
void cbox2d_pool_read(const cbox2d_pool *pool, int32_t row, double *positions, double *velocities);

/// The first body of robot `row` that turned by a quarter of a circle or moved by two metres within one step since the
/// reset, whose velocity is not finite, or that left the ground; -1 if there is none. Box2D bounds velocities there, so
/// that the motion is no longer the robot's.
int32_t cbox2d_pool_capped_body(const cbox2d_pool *pool, int32_t row);

/// Reads the position (x, z) and the velocity (x, z) of the centre of mass of robot `row`.
void cbox2d_pool_read_center(const cbox2d_pool *pool, int32_t row, double center[4]);

#ifdef __cplusplus
}
#endif
