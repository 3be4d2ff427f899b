// Planar robots in SIMD lanes behind a C interface: many robots of one tree, one robot in each lane of a vector register.
//
// A robot is a tree of joints, one for each coordinate: a hinge about +y, or a slide along an axis of its parent's frame. A
// link is what a joint moves; a body with several joints is several links, of which the last one has the mass. Coordinates
// are the caller's: x forward, z up, angles positive about +y (nose-down). In the reference pose all frames are parallel to
// the world. Only one thread at a time may call the functions of one pool.
#ifndef METARL_LANES_SHIM_H
#define METARL_LANES_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /// The most joints of a robot: 32 bodies and two slides of the root.
  CLANES_MOST_JOINTS = 34,
  /// The most ends of capsules that may touch the ground.
  CLANES_MOST_CONTACTS = 64,
  /// The most pairs of capsules that may touch each other.
  CLANES_MOST_PAIRS = 64,
  CLANES_MOST_MOTORS = 34,
};

/// The softness of a constraint: MuJoCo's solref and solimp, converted for a step of h seconds.
typedef struct clanes_softness {
  /// 1 - h b: the share of the constraint's velocity that remains after a step; b is the damping of the reference
  /// acceleration.
  float velocity_share;
  /// h k, where k is the stiffness of the reference acceleration.
  float step_stiffness;
  float minimum_impedance, impedance_range;
  float inverse_width;
} clanes_softness;

/// A joint and what it moves, in SI units. A displacement is a position less that of the reference pose.
typedef struct clanes_joint {
  /// The joint that moves this joint's frame; -1 for the world. Parents come before their children.
  int32_t parent;
  /// 1 for a slide, 0 for a hinge.
  int32_t is_slide;
  /// 1 where a spring, a damper or a motor acts on the joint.
  int32_t is_driven;
  /// 1 where the joint has limits.
  int32_t is_limited;
  /// The direction of a slide in its parent's frame, a unit vector.
  float axis_x, axis_z;
  /// The place of the joint in its parent's frame; in the world, above the ground.
  float anchor_x, anchor_z;
  /// The mass of everything beyond the joint.
  float mass;
  /// The first moments of mass about the joint, in its frame, and the second moment: of the link itself, and of everything
  /// beyond its hinges as if it were at these hinges. What lies beyond its slides is added in each step. A hinge's second
  /// moment includes the armatures of the hinge and of those whose parent frame it turns.
  float moment_x, moment_z, inertia;
  /// The armature of the joint alone, which couples the angles of a hinge and its parent.
  float armature;
  /// h times the damping, as in M + A + hD.
  float step_damping;
  float stiffness, damping;
  /// The displacement at which the spring is relaxed.
  float relaxed;
  /// The displacements at which the limits begin to act.
  float lower, upper;
  /// The acceleration of the joint by a force of 1 in the reference pose.
  float inverse_inertia;
  clanes_softness softness;
} clanes_joint;

/// The end of a capsule of a link, as a contact with the ground at height 0.
typedef struct clanes_contact {
  int32_t joint;
  /// The end in the frame of the link.
  float end_x, end_z;
  float radius, friction;
  /// The distance from the ground at which the contact begins to act.
  float margin;
  /// The regularisers of the normal row and of the friction row where the impedance is 1/2.
  float normal_softness, tangent_softness;
  clanes_softness softness;
} clanes_contact;

/// Two capsules of one robot that may touch.
typedef struct clanes_pair {
  /// The links; the path of the first one to the world is not longer than that of the second one.
  int32_t first, second;
  /// The ends of the capsules in the frames of their links, and their radii.
  float first_x[2], first_z[2], second_x[2], second_z[2];
  float first_radius, second_radius, friction, margin;
  float normal_softness, tangent_softness;
  clanes_softness softness;
} clanes_pair;

/// A motor: the force of an action of 1 on a joint.
typedef struct clanes_motor {
  int32_t joint;
  float gear;
} clanes_motor;

/// A robot, whose arrays belong to the caller. Pools copy them.
typedef struct clanes_robot {
  /// The duration of a physics step, in seconds.
  float time_step;
  /// The acceleration of gravity along z, where negative is down, and along x.
  float gravity, gravity_x;
  /// 1 for the Runge-Kutta method of fourth order, 0 for Euler's with implicit dampers.
  int32_t is_runge_kutta;
  /// 1 where nothing depends on the first joint's position, which is then kept in double precision.
  int32_t is_first_free;
  int32_t joint_count, contact_count, pair_count, motor_count;
  const clanes_joint *joints;
  /// In any order; the contacts of a link one after the other.
  const clanes_contact *contacts;
  const clanes_pair *pairs;
  const clanes_motor *motors;
} clanes_robot;

/// The settings of the constraint solver, and what tests choose.
typedef struct clanes_solver {
  /// The number of sweeps of projected Gauss-Seidel over all constraints in a physics step.
  int32_t sweeps;
  /// 1 to compute rows of constraints that no lane needs, too, for tests; the results have the same bits.
  int32_t computes_every_row;
  /// 1 to treat the tree as data although it is compiled in, for tests; the results have the same bits.
  int32_t reads_tree;
} clanes_solver;

typedef struct clanes_pool clanes_pool;

/// The default instruction set level of a pool: "x86-64-v4", "x86-64-v3" or "portable".
const char *clanes_default_level(void);

/// The name of the compiled tree that moves a robot, or "data" where the tree is data.
const char *clanes_tree_name(const clanes_robot *robot);

/// Creates robots without a state: every row must be reset. If `level` is NULL, the best level is used. Returns NULL if
/// memory is short, or if the processor does not have the level.
clanes_pool *clanes_pool_create(const clanes_robot *robot, clanes_solver solver, int32_t count, const char *level);
void clanes_pool_destroy(clanes_pool *pool);

/// Replaces the numbers of the robot by those of another one with the same tree, contacts, pairs and motors. Allocates
/// nothing; every row should be reset.
void clanes_pool_exchange(clanes_pool *pool, const clanes_robot *robot);

/// Resets a row to a state, with all constraint impulses 0. Both arrays have one entry for each joint: displacements and
/// velocities.
void clanes_pool_reset(clanes_pool *pool, int32_t row, const double *displacements, const double *velocities);

/// Moves every row. `actions` is [count, motors]; `displacements` is [count] and receives the change of the first joint's
/// position. A row that diverges is NaN from then on, in all its coordinates.
void clanes_pool_step(clanes_pool *pool, const float *actions, int32_t physics_steps, double *displacements);

/// Writes every displacement (but the first one where nothing depends on it) and then every velocity of every row.
void clanes_pool_observe(const clanes_pool *pool, float *observations);

/// Reads the state of one row.
void clanes_pool_read(const clanes_pool *pool, int32_t row, double *displacements, double *velocities);

/// The number of values in a snapshot.
int32_t clanes_pool_snapshot_count(const clanes_pool *pool);

/// Copies everything that determines a row's future, with the impulses that warm-start the solver; the first joint's
/// position is separate, in double precision.
void clanes_pool_save(const clanes_pool *pool, int32_t row, double *first, float *numbers);
void clanes_pool_restore(clanes_pool *pool, int32_t row, double first, const float *numbers);

#ifdef __cplusplus
}
#endif

#endif
