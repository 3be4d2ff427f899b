#include "box2d_door.h"

#include <box2d/box2d.h>

#include <algorithm>
#include <new>
#include <vector>

#include "robot_world.h"

using door::Hinge;
using door::Robot;
using door::Row;

namespace {

/// Opens the impulses of a weld joint, which Box2D keeps for derived classes.
struct OpenWeldJoint : b2WeldJoint {
  static b2Vec3& impulse(b2WeldJoint& joint) { return joint.*(&OpenWeldJoint::m_impulse); }
};

/// The torque in N m (Box2D's sense) that keeps hinge `index` within its limits, and the damping that goes with it.
///
/// MuJoCo's limit is a force f = (-b v - k r - a) d / ((1 - d) A) at penetration r: its last term is an inertia, which
/// enters as the armature does, implicitly.
inline float limitTorque(const Hinge& hinge, float angle, float speed, float inverseStep, float& extraDamping) {
  float above = angle - hinge.upper, below = hinge.lower - angle;
  float side = above > below ? 1.0f : -1.0f;
  float depth = std::max(above, below);
  extraDamping = 0;
  if (!(depth > 0)) return 0;
  float outward = side * speed;
  float share = std::min(depth * hinge.inverseWidth, 1.0f);
  float rise = share < 0.5f ? 2 * share * share : 1 - 2 * (1 - share) * (1 - share);
  float impedance = std::clamp(hinge.leastImpedance + rise * hinge.impedanceRange, 1e-4f, 0.9999f);
  float push = hinge.limitDamping * outward + impedance * hinge.limitStiffness * depth;
  if (!(push > 0)) return 0;  // A limit does not pull.
  float inertia = impedance / ((1 - impedance) * hinge.inverseInertia);
  extraDamping = inertia * inverseStep;
  return side * (extraDamping * outward - inertia * push);
}

/// Moves the joints' impulses, from which the solver starts, by what a change of the actions will change in them.
///
/// Only the first guess: where the solver goes does not depend on it. Without it the first step under a new torque
/// falls short by 13% with 14 sweeps.
void anticipate(const Robot& robot, Row& row, const float* actions) {
  const size_t motorCount = robot.motors.size();
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const b2Vec3* share = &robot.hingeImpulses[index * motorCount];
    b2Vec3 change(0, 0, 0);
    for (size_t motor = 0; motor < motorCount; ++motor) {
      change += (actions[motor] - row.actions[motor]) * share[motor];
    }
    // The forces at a hinge turn with the limb that they swing.
    b2Vec2 force = b2Mul(row.bodies[index]->GetTransform().q, b2Vec2(change.x, change.y));
    OpenWeldJoint::impulse(*row.joints[index]) += b2Vec3(force.x, force.y, change.z);
  }
  std::copy(actions, actions + motorCount, row.actions.begin());
}

/// Applies one physics step's torques to the hinges of a robot.
void act(const Robot& robot, Row& row, const float* torques) {
  const float inverseStep = float(1 / robot.numbers.time_step);
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const Hinge& hinge = robot.hinges[index];
    b2Body* parent = row.bodies[hinge.parent];
    b2Body* child = row.bodies[index];
    float speed = child->GetAngularVelocity() - parent->GetAngularVelocity();
    // The joint's damping holds a / h beside the damper. With this torque the two are -a (q'(t+h) - q'(t)) / h: the
    // armature, at the end of the step.
    float torque = hinge.sign * torques[index] + hinge.inertialDamping * speed;
    if (hinge.limited) {
      float angle = hinge.sign * (child->GetAngle() - parent->GetAngle());
      float extraDamping;
      torque += hinge.sign * limitTorque(hinge, angle, hinge.sign * speed, inverseStep, extraDamping);
      if (extraDamping > 0 || row.atLimit[index]) row.joints[index]->SetDamping(hinge.damping + extraDamping);
      row.atLimit[index] = extraDamping > 0;
    }
    child->ApplyTorque(torque, false);
    parent->ApplyTorque(-torque, false);
  }
}

}  // namespace

struct cbox2d_pool {
  Robot robot;
  std::vector<Row> rows;
  std::vector<float> torques;
};

cbox2d_pool* cbox2d_pool_create(const cbox2d_robot* robot, int32_t count) {
  door::prepareContacts();
  try {
    auto pool = new cbox2d_pool{Robot(*robot), std::vector<Row>(count), {}};
    pool->torques.resize(robot->body_count);
    for (auto& row : pool->rows) {
      row.bodies.resize(robot->body_count);
      row.joints.resize(robot->body_count);
      row.atLimit.resize(robot->body_count);
      row.actions.resize(robot->motor_count);
    }
    return pool;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void cbox2d_pool_destroy(cbox2d_pool* pool) { delete pool; }

void cbox2d_pool_reset(cbox2d_pool* pool, int32_t index, const double* positions, const double* velocities) {
  door::resetRow(pool->robot, pool->rows[index], positions, velocities);
}

void cbox2d_pool_step(cbox2d_pool* pool, const float* actions, int32_t physics_steps, double* displacements) {
  const Robot& robot = pool->robot;
  const float timeStep = float(robot.numbers.time_step);
  const b2Vec2 origin = door::rootOrigin(robot);
  for (size_t index = 0; index < pool->rows.size(); ++index) {
    Row& row = pool->rows[index];
    std::fill(pool->torques.begin(), pool->torques.end(), 0.0f);
    anticipate(robot, row, actions);
    for (const auto& motor : robot.motors) pool->torques[motor.body] += float(motor.gear) * *actions++;
    double start = row.bodies[0]->GetWorldPoint(origin).x;
    for (int step = 0; step < physics_steps; ++step) {
      act(robot, row, pool->torques.data());
      row.world->Step(timeStep, robot.numbers.velocity_iterations, robot.numbers.position_iterations);
    }
    displacements[index] = row.bodies[0]->GetWorldPoint(origin).x - start;
  }
}

namespace {

/// Calls `take` with every position, then every velocity, of a robot, from single-precision world state.
template <typename Take>
inline void readRow(const Robot& robot, const Row& row, Take take) {
  const auto& reference = robot.bodies[0];
  const b2Body* root = row.bodies[0];
  const b2Vec2 place = root->GetWorldPoint(door::rootOrigin(robot));
  take(place.x - reference.anchor_x);
  take(place.y - reference.anchor_z);
  take(-root->GetAngle());
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const Hinge& hinge = robot.hinges[index];
    take(hinge.sign * (double(row.bodies[index]->GetAngle()) - row.bodies[hinge.parent]->GetAngle()));
  }
  b2Vec2 speed = root->GetLinearVelocityFromLocalPoint(door::rootOrigin(robot));
  take(speed.x);
  take(speed.y);
  take(-root->GetAngularVelocity());
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const Hinge& hinge = robot.hinges[index];
    double parentSpin = row.bodies[hinge.parent]->GetAngularVelocity();
    take(hinge.sign * (row.bodies[index]->GetAngularVelocity() - parentSpin));
  }
}

}  // namespace

void cbox2d_pool_observe(const cbox2d_pool* pool, float* observations) {
  for (const Row& row : pool->rows) {
    bool first = true;
    readRow(pool->robot, row, [&](double value) {
      if (!first) *observations++ = float(value);
      first = false;
    });
  }
}

void cbox2d_pool_read(const cbox2d_pool* pool, int32_t index, double* positions, double* velocities) {
  int coordinates = pool->robot.coordinates(), next = 0;
  readRow(pool->robot, pool->rows[index], [&](double value) {
    (next < coordinates ? positions[next] : velocities[next - coordinates]) = value;
    ++next;
  });
}

void cbox2d_pool_read_center(const cbox2d_pool* pool, int32_t index, double center[4]) {
  double mass = 0;
  std::fill(center, center + 4, 0.0);
  for (const b2Body* body : pool->rows[index].bodies) {
    double share = body->GetMass();
    center[0] += share * body->GetWorldCenter().x;
    center[1] += share * body->GetWorldCenter().y;
    center[2] += share * body->GetLinearVelocity().x;
    center[3] += share * body->GetLinearVelocity().y;
    mass += share;
  }
  for (int index = 0; index < 4; ++index) center[index] /= mass;
}
