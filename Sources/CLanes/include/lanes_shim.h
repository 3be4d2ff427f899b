// Half-cheetahs in SIMD lanes behind a C interface: many robots of one model, one to a lane of a vector register.
//
// The tree of the robot and the list of its contacts are fixed when this is compiled: a torso with two legs of three
// limbs, four ends of capsules on the torso and two on every limb. All numbers come from the caller. Coordinates are the
// caller's: x forward, z up, angles positive about +y (nose-down). Every function belongs to one thread at a time per pool.
#ifndef METARL_LANES_DOOR_H
#define METARL_LANES_DOOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /// The torso, then the limbs of the back leg and of the front leg, each from the hip down.
  CLANES_BODY_COUNT = 7,
  CLANES_MOTOR_COUNT = 6,
  CLANES_COORDINATE_COUNT = 9,
  CLANES_CONTACT_COUNT = 16,
  CLANES_LIMIT_COUNT = 6,
  /// The numbers of a snapshot beside x: see `clanes_pool_save`.
  CLANES_SNAPSHOT_COUNT = 2 * CLANES_COORDINATE_COUNT - 1 + 2 * CLANES_CONTACT_COUNT + CLANES_LIMIT_COUNT,
};

/// How far constraints of one kind give way: MuJoCo's solref and solimp, made ready for a step of h seconds.
typedef struct clanes_softness {
  /// 1 - h b: what a step leaves of the constraint's velocity; b is the damping of its reference acceleration.
  float velocity_share;
  /// h k, where k is the stiffness of the reference acceleration.
  float step_stiffness;
  float minimum_impedance, impedance_range;
  float inverse_width;
} clanes_softness;

/// A robot, in SI units. Arrays by body have no meaning at the root where they speak of its hinge.
typedef struct clanes_robot {
  /// Seconds of a physics step.
  float time_step;
  /// Acceleration along z; negative is down.
  float gravity;
  /// The root's height above the ground in the reference pose.
  float root_height;
  float mass;
  /// First moments of mass: of the body itself, and of all beyond its hinges as if they sat at those, in its frame.
  float moment_x[CLANES_BODY_COUNT], moment_z[CLANES_BODY_COUNT];
  /// The diagonal of M + A at the body's pitch.
  float diagonal[CLANES_BODY_COUNT];
  /// The armature of the hinge: what couples a body's pitch with its parent's.
  float coupling[CLANES_BODY_COUNT];
  /// h times the damping of the hinge, the same in M + A + hD.
  float step_damping[CLANES_BODY_COUNT];
  /// The hinge in the parent's frame.
  float anchor_x[CLANES_BODY_COUNT], anchor_z[CLANES_BODY_COUNT];
  float stiffness[CLANES_BODY_COUNT], damping[CLANES_BODY_COUNT];
  float lower[CLANES_BODY_COUNT], upper[CLANES_BODY_COUNT];
  /// The hinge's acceleration for a torque of 1 in the reference pose.
  float limit_inverse_inertia[CLANES_BODY_COUNT];
  /// The torque of an action of 1 on the hinge.
  float gear[CLANES_BODY_COUNT];
  /// Ends of capsules in the frames of their bodies: four of the torso, then two of every limb.
  float end_x[CLANES_CONTACT_COUNT], end_z[CLANES_CONTACT_COUNT];
  float radius[CLANES_CONTACT_COUNT], friction[CLANES_CONTACT_COUNT];
  /// The regulariser of a contact's normal and of its friction row where the impedance is 1/2.
  float normal_softness[CLANES_CONTACT_COUNT], tangent_softness[CLANES_CONTACT_COUNT];
  clanes_softness contact, limit;
} clanes_robot;

/// How the constraints are solved.
typedef struct clanes_solver {
  /// Sweeps of projected Gauss-Seidel over all constraints in a physics step.
  int32_t sweeps;
  /// 1 computes rows of constraints that no lane needs, too; the results are the same bits. For tests.
  int32_t computes_every_row;
} clanes_solver;

typedef struct clanes_pool clanes_pool;

/// The instructions that a pool would be made for by default: "x86-64-v4", "x86-64-v3" or "portable".
const char *clanes_default_level(void);

/// Creates robots, in no state yet: every row must be reset. `level` NULL takes the best one. NULL without memory, or if
/// the processor does not have the level.
clanes_pool *clanes_pool_create(const clanes_robot *robot, clanes_solver solver, int32_t count, const char *level);
void clanes_pool_destroy(clanes_pool *pool);

/// Puts a row into a state, its constraints' impulses zero. Both arrays have one entry for each coordinate.
void clanes_pool_reset(clanes_pool *pool, int32_t row, const double *positions, const double *velocities);

/// Moves every row. `actions` is [count, motors]; `displacements` is [count] and receives how far each root moved along x.
/// A row that leaves the finite numbers is NaN from then on, in all its coordinates.
void clanes_pool_step(clanes_pool *pool, const float *actions, int32_t physics_steps, double *displacements);

/// Writes [count, 2 coordinates - 1]: every position but x, then every velocity.
void clanes_pool_observe(const clanes_pool *pool, float *observations);

/// Reads the state of one row.
void clanes_pool_read(const clanes_pool *pool, int32_t row, double *positions, double *velocities);

/// Copies all that decides a row's future, the impulses that warm-start the solver included; `x` is kept apart, in double
/// precision. `numbers` has CLANES_SNAPSHOT_COUNT entries.
void clanes_pool_save(const clanes_pool *pool, int32_t row, double *x, float *numbers);
void clanes_pool_restore(clanes_pool *pool, int32_t row, double x, const float *numbers);

#ifdef __cplusplus
}
#endif

#endif
