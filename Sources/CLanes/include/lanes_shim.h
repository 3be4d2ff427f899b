// Half-cheetahs in SIMD lanes behind a C interface: many robots of one model, one robot in each lane of a vector register.
//
// The tree of the robot and the list of its contacts are fixed at compile time: a torso with two legs of three limbs, four
// ends of capsules on the torso and two on every limb. All other values come from the caller. Coordinates are the
// caller's: x forward, z up, angles positive about +y (nose-down). Only one thread at a time may call the functions of one
// pool.
#ifndef METARL_LANES_SHIM_H
#define METARL_LANES_SHIM_H

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
  /// The number of values in a snapshot beside x; see `clanes_pool_save`.
  CLANES_SNAPSHOT_COUNT = 2 * CLANES_COORDINATE_COUNT - 1 + 2 * CLANES_CONTACT_COUNT + CLANES_LIMIT_COUNT,
};

/// The softness of constraints of one kind: MuJoCo's solref and solimp, converted for a step of h seconds.
typedef struct clanes_softness {
  /// 1 - h b: the share of the constraint's velocity that remains after a step; b is the damping of the reference
  /// acceleration.
  float velocity_share;
  /// h k, where k is the stiffness of the reference acceleration.
  float step_stiffness;
  float minimum_impedance, impedance_range;
  float inverse_width;
} clanes_softness;

/// A robot, in SI units. In arrays over bodies, the entries about a hinge have no meaning for the root.
typedef struct clanes_robot {
  /// The duration of a physics step, in seconds.
  float time_step;
  /// The acceleration of gravity along z; negative is down.
  float gravity;
  /// The height of the root above the ground in the reference pose.
  float root_height;
  float mass;
  /// The first moments of mass in the body's frame: of the body itself, and of all bodies beyond its hinges as if they
  /// were at these hinges.
  float moment_x[CLANES_BODY_COUNT], moment_z[CLANES_BODY_COUNT];
  /// The diagonal of M + A at the body's pitch.
  float diagonal[CLANES_BODY_COUNT];
  /// The armature of the hinge, which couples the pitches of a body and its parent.
  float coupling[CLANES_BODY_COUNT];
  /// h times the damping of the hinge, as in M + A + hD.
  float step_damping[CLANES_BODY_COUNT];
  /// The position of the hinge in the parent's frame.
  float anchor_x[CLANES_BODY_COUNT], anchor_z[CLANES_BODY_COUNT];
  float stiffness[CLANES_BODY_COUNT], damping[CLANES_BODY_COUNT];
  float lower[CLANES_BODY_COUNT], upper[CLANES_BODY_COUNT];
  /// The acceleration of the hinge by a torque of 1 in the reference pose.
  float limit_inverse_inertia[CLANES_BODY_COUNT];
  /// The torque of an action of 1 on the hinge.
  float gear[CLANES_BODY_COUNT];
  /// The ends of capsules in the frames of their bodies: four of the torso, then two of every limb.
  float end_x[CLANES_CONTACT_COUNT], end_z[CLANES_CONTACT_COUNT];
  float radius[CLANES_CONTACT_COUNT], friction[CLANES_CONTACT_COUNT];
  /// The regularisers of a contact's normal row and of its friction row where the impedance is 1/2.
  float normal_softness[CLANES_CONTACT_COUNT], tangent_softness[CLANES_CONTACT_COUNT];
  clanes_softness contact, limit;
} clanes_robot;

/// The settings of the constraint solver.
typedef struct clanes_solver {
  /// The number of sweeps of projected Gauss-Seidel over all constraints in a physics step.
  int32_t sweeps;
  /// 1 to compute rows of constraints that no lane needs, too, for tests; the results have the same bits.
  int32_t computes_every_row;
} clanes_solver;

typedef struct clanes_pool clanes_pool;

/// The default instruction set level of a pool: "x86-64-v4", "x86-64-v3" or "portable".
const char *clanes_default_level(void);

/// Creates robots without a state: every row must be reset. If `level` is NULL, the best level is used. Returns NULL if
/// memory is short, or if the processor does not have the level.
clanes_pool *clanes_pool_create(const clanes_robot *robot, clanes_solver solver, int32_t count, const char *level);
void clanes_pool_destroy(clanes_pool *pool);

/// Resets a row to a state, with all constraint impulses 0. Both arrays have one entry for each coordinate.
void clanes_pool_reset(clanes_pool *pool, int32_t row, const double *positions, const double *velocities);

/// Moves every row. `actions` is [count, motors]; `displacements` is [count] and receives the distance that each root
/// moved along x. A row that diverges is NaN from then on, in all its coordinates.
void clanes_pool_step(clanes_pool *pool, const float *actions, int32_t physics_steps, double *displacements);

/// Writes every position but x and then every velocity, [count, 2 coordinates - 1].
void clanes_pool_observe(const clanes_pool *pool, float *observations);

/// Reads the state of one row.
void clanes_pool_read(const clanes_pool *pool, int32_t row, double *positions, double *velocities);

/// Copies everything that determines a row's future, with the impulses that warm-start the solver; `x` is separate, in
/// double precision. `numbers` has CLANES_SNAPSHOT_COUNT entries.
void clanes_pool_save(const clanes_pool *pool, int32_t row, double *x, float *numbers);
void clanes_pool_restore(clanes_pool *pool, int32_t row, double x, const float *numbers);

#ifdef __cplusplus
}
#endif

#endif
