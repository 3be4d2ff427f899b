#include "box2d_door.h"

#include <box2d/box2d.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>
#include <vector>

namespace {

// The ground is a slab and not an edge: a foot whose centre sank below the surface within one step is still pushed up.
// At 4,096 m a float resolves half a millimetre.
constexpr float groundHalfLength = 4096;
constexpr float groundDepth = 20;

// A weld joint without stiffness is rigid in Box2D, so that a free hinge gets this spring, which is too weak to feel.
constexpr double leastStiffness = 1e-12;

constexpr uint16 groundCategory = 1;
constexpr uint16 limbCategory = 2;

/// What a hinge's step needs, in single precision and in Box2D's turning sense (counter-clockwise, so nose-up).
struct Hinge {
  int32 parent;
  float sign;  // of the model's angle against Box2D's
  float damping;
  float inertialDamping;  // armature / h, see `act`
  bool limited;
  float lower, upper;
  float limitStiffness, limitDamping;
  float leastImpedance, impedanceRange, inverseWidth, inverseInertia;
};

struct Robot {
  std::vector<cbox2d_body> bodies;
  std::vector<cbox2d_disc> discs;
  std::vector<cbox2d_motor> motors;
  std::vector<Hinge> hinges;
  std::vector<b2Vec3> hingeImpulses;  // [bodies, motors], in Box2D's sense, for an action of 1
  cbox2d_robot numbers;

  explicit Robot(const cbox2d_robot& robot);
  int coordinates() const { return numbers.body_count + 2; }
};

Hinge makeHinge(const cbox2d_body& body, double timeStep) {
  Hinge hinge{};
  hinge.parent = body.parent;
  hinge.sign = float(-body.axis);
  hinge.damping = float(body.damping + body.armature / timeStep);
  hinge.inertialDamping = float(body.armature / timeStep);
  hinge.limited = body.limited != 0;
  hinge.lower = float(body.lower);
  hinge.upper = float(body.upper);
  if (!hinge.limited) return hinge;
  // MuJoCo's soft constraint: a reference acceleration -b v - k r, of which the impedance decides how much is obeyed.
  double time = std::max(body.limit_time_constant, 2 * timeStep);
  double highest = body.limit_maximum_impedance;
  hinge.limitDamping = float(2 / (highest * time));
  double frequency = 1 / (highest * time * body.limit_damping_ratio);
  hinge.limitStiffness = float(frequency * frequency);
  hinge.leastImpedance = float(body.limit_minimum_impedance);
  hinge.impedanceRange = float(highest - body.limit_minimum_impedance);
  hinge.inverseWidth = float(1 / body.limit_width);
  hinge.inverseInertia = float(body.limit_inverse_inertia);
  return hinge;
}

Robot::Robot(const cbox2d_robot& robot)
    : bodies(robot.bodies, robot.bodies + robot.body_count),
      discs(robot.discs, robot.discs + robot.disc_count),
      motors(robot.motors, robot.motors + robot.motor_count),
      numbers(robot) {
  numbers.bodies = bodies.data();
  numbers.discs = discs.data();
  numbers.motors = motors.data();
  numbers.hinge_impulses = nullptr;
  for (const auto& body : bodies) hinges.push_back(makeHinge(body, robot.time_step));
  const double* impulse = robot.hinge_impulses;
  for (const auto& hinge : hinges) {
    for (const auto& motor : motors) {
      hingeImpulses.emplace_back(
          float(motor.gear * impulse[0]), float(motor.gear * impulse[1]), float(motor.gear * hinge.sign * impulse[2]));
      impulse += 3;
    }
  }
}

/// Opens the impulses of a weld joint, which Box2D keeps for derived classes.
struct OpenWeldJoint : b2WeldJoint {
  static b2Vec3& impulse(b2WeldJoint& joint) { return joint.*(&OpenWeldJoint::m_impulse); }
};

/// One robot in its world.
struct Row {
  std::optional<b2World> world;
  std::vector<b2Body*> bodies;
  std::vector<b2WeldJoint*> joints;
  std::vector<unsigned char> atLimit;
  std::vector<float> actions;  // of the step before
};

void addGround(b2World& world, double height) {
  b2BodyDef definition;
  // Box2D lets resting shapes sink by its slop; raised by as much, the ground carries them where they should stand.
  definition.position.Set(0, float(height) + b2_linearSlop);
  b2PolygonShape slab;
  slab.SetAsBox(groundHalfLength, groundDepth / 2, b2Vec2(0, -groundDepth / 2), 0);
  slab.m_radius = 0;  // Box2D's skin would lift the robot by a centimetre.
  b2FixtureDef fixture;
  fixture.shape = &slab;
  fixture.friction = 1;
  fixture.filter.categoryBits = groundCategory;
  fixture.filter.maskBits = limbCategory;
  world.CreateBody(&definition)->CreateFixture(&fixture);
}

/// Where a body is and how it moves, in double precision and in the model's turning sense.
struct Pose {
  double x, z, pitch, speedX, speedZ, spin;
};

void placeBodies(const Robot& robot, const double* positions, const double* velocities, std::vector<Pose>& poses) {
  const auto& root = robot.bodies[0];
  poses.push_back(
      {root.anchor_x + positions[0], root.anchor_z + positions[1], positions[2], velocities[0], velocities[1],
       velocities[2]});
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const auto& body = robot.bodies[index];
    const Pose parent = poses[body.parent];
    double cosine = std::cos(parent.pitch), sine = std::sin(parent.pitch);
    double armX = cosine * body.anchor_x + sine * body.anchor_z;
    double armZ = -sine * body.anchor_x + cosine * body.anchor_z;
    poses.push_back(
        {parent.x + armX, parent.z + armZ, parent.pitch + body.axis * positions[index + 2],
         parent.speedX + parent.spin * armZ, parent.speedZ - parent.spin * armX,
         parent.spin + body.axis * velocities[index + 2]});
  }
}

b2Body* addBody(b2World& world, const cbox2d_body& body, const Pose& pose) {
  double cosine = std::cos(pose.pitch), sine = std::sin(pose.pitch);
  double armX = cosine * body.center_x + sine * body.center_z;
  double armZ = -sine * body.center_x + cosine * body.center_z;
  b2BodyDef definition;
  definition.type = b2_dynamicBody;
  definition.allowSleep = false;
  definition.position.Set(float(pose.x), float(pose.z));
  definition.angle = float(-pose.pitch);
  b2Body* result = world.CreateBody(&definition);
  b2MassData mass;
  mass.mass = float(body.mass);
  mass.center.Set(float(body.center_x), float(body.center_z));
  // Box2D wants the inertia about the body's origin.
  mass.I = float(body.inertia + body.mass * (body.center_x * body.center_x + body.center_z * body.center_z));
  result->SetMassData(&mass);
  // Velocities last: SetMassData shifts them by the rotation about the centre.
  result->SetAngularVelocity(float(-pose.spin));
  result->SetLinearVelocity(
      b2Vec2(float(pose.speedX + pose.spin * armZ), float(pose.speedZ - pose.spin * armX)));
  return result;
}

b2WeldJoint* addJoint(b2World& world, const cbox2d_body& body, const Hinge& hinge, b2Body* parent, b2Body* child) {
  b2WeldJointDef definition;
  definition.bodyA = parent;
  definition.bodyB = child;
  // Joined bodies never touch (their filters say so); this spares Box2D the search for it.
  definition.collideConnected = true;
  definition.localAnchorA.Set(float(body.anchor_x), float(body.anchor_z));
  definition.localAnchorB.SetZero();
  definition.stiffness = float(std::max(body.stiffness, leastStiffness));
  definition.damping = hinge.damping;
  return static_cast<b2WeldJoint*>(world.CreateJoint(&definition));
}

void addDisc(const cbox2d_disc& disc, b2Body* body) {
  b2CircleShape circle;
  circle.m_p.Set(float(disc.x), float(disc.z));
  circle.m_radius = float(disc.radius);
  b2FixtureDef fixture;
  fixture.shape = &circle;
  fixture.density = 0;
  // Box2D takes the root of the product with the ground's friction, which is 1.
  fixture.friction = float(disc.friction * disc.friction);
  fixture.filter.categoryBits = limbCategory;
  fixture.filter.maskBits = groundCategory;
  body->CreateFixture(&fixture);
}

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
/// Only the first guess: where the solver goes does not depend on it. Without it the first step under a new torque falls
/// short by 13% with 14 sweeps.
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

/// Makes Box2D fill its table of contact kinds, which it does at the first contact of the process without a lock.
///
/// The first pool is created in one thread or waits here; the worlds of all threads then only read the table.
void prepareContacts() {
  static const bool prepared = [] {
    b2World world(b2Vec2_zero);
    addGround(world, 0);
    b2BodyDef definition;
    definition.type = b2_dynamicBody;
    addDisc(cbox2d_disc{0, 0, 0, 1, 1}, world.CreateBody(&definition));
    world.Step(0.01f, 1, 1);
    return world.GetContactCount() > 0;
  }();
  (void)prepared;
}

}  // namespace

struct cbox2d_pool {
  Robot robot;
  std::vector<Row> rows;
  std::vector<float> torques;
  std::vector<Pose> poses;
};

cbox2d_pool* cbox2d_pool_create(const cbox2d_robot* robot, int32_t count) {
  prepareContacts();
  try {
    auto pool = new cbox2d_pool{Robot(*robot), std::vector<Row>(count), {}, {}};
    pool->torques.resize(robot->body_count);
    pool->poses.reserve(robot->body_count);
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
  const Robot& robot = pool->robot;
  Row& row = pool->rows[index];
  // A used world would give other bits than a new one.
  b2World& world = row.world.emplace(b2Vec2(0, float(robot.numbers.gravity)));
  world.SetContinuousPhysics(false);
  world.SetAllowSleeping(false);
  // An empty step: the next one takes joints' impulses as they are, where a first one would drop them.
  world.Step(float(robot.numbers.time_step), 1, 1);
  pool->poses.clear();
  placeBodies(robot, positions, velocities, pool->poses);
  addGround(world, robot.numbers.ground_height);
  for (int body = 0; body < robot.numbers.body_count; ++body) {
    row.bodies[body] = addBody(world, robot.bodies[body], pool->poses[body]);
  }
  for (const auto& disc : robot.discs) addDisc(disc, row.bodies[disc.body]);
  for (int body = 1; body < robot.numbers.body_count; ++body) {
    const auto& definition = robot.bodies[body];
    row.joints[body] =
        addJoint(world, definition, robot.hinges[body], row.bodies[definition.parent], row.bodies[body]);
  }
  std::fill(row.atLimit.begin(), row.atLimit.end(), 0);
  std::fill(row.actions.begin(), row.actions.end(), 0.0f);
}

void cbox2d_pool_step(cbox2d_pool* pool, const float* actions, int32_t physics_steps, double* displacements) {
  const Robot& robot = pool->robot;
  const float timeStep = float(robot.numbers.time_step);
  for (size_t index = 0; index < pool->rows.size(); ++index) {
    Row& row = pool->rows[index];
    std::fill(pool->torques.begin(), pool->torques.end(), 0.0f);
    anticipate(robot, row, actions);
    for (const auto& motor : robot.motors) pool->torques[motor.body] += float(motor.gear) * *actions++;
    double start = row.bodies[0]->GetPosition().x;
    for (int step = 0; step < physics_steps; ++step) {
      act(robot, row, pool->torques.data());
      row.world->Step(timeStep, robot.numbers.velocity_iterations, robot.numbers.position_iterations);
    }
    displacements[index] = row.bodies[0]->GetPosition().x - start;
  }
}

namespace {

/// Calls `take` with every position, then every velocity, of a robot, from single-precision world state.
template <typename Take>
inline void readRow(const Robot& robot, const Row& row, Take take) {
  const auto& reference = robot.bodies[0];
  const b2Body* root = row.bodies[0];
  take(root->GetPosition().x - reference.anchor_x);
  take(root->GetPosition().y - reference.anchor_z);
  take(-root->GetAngle());
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const Hinge& hinge = robot.hinges[index];
    take(hinge.sign * (double(row.bodies[index]->GetAngle()) - row.bodies[hinge.parent]->GetAngle()));
  }
  b2Vec2 speed = root->GetLinearVelocityFromLocalPoint(b2Vec2_zero);
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
