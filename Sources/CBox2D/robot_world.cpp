#include "robot_world.h"

#include <algorithm>
#include <cmath>

namespace shim {

namespace {

// The ground is a slab and not an edge: a foot whose centre sank below the surface within one step is still pushed up.
// At 4,096 m a float resolves half a millimetre.
constexpr float groundHalfLength = 4096;
constexpr float groundDepth = 20;

// A weld joint without stiffness is rigid in Box2D, so that a free hinge gets this spring, which is too weak to feel.
constexpr double leastStiffness = 1e-12;

constexpr uint16 groundCategory = 1;
constexpr uint16 limbCategory = 2;

Hinge makeHinge(const cbox2d_body& body, const cbox2d_body* parent, double timeStep) {
  Hinge hinge{};
  hinge.parent = body.parent;
  hinge.sign = -body.axis;
  hinge.stiffness = body.stiffness;
  hinge.damping = body.damping;
  hinge.armature = body.armature;
  hinge.limited = body.limited != 0;
  hinge.lower = body.lower;
  hinge.upper = body.upper;
  if (parent) {
    hinge.anchorOnParent.Set(float(body.anchor_x - parent->center_x), float(body.anchor_z - parent->center_z));
    hinge.anchorOnBody.Set(float(-body.center_x), float(-body.center_z));
  }
  if (!hinge.limited) return hinge;
  // MuJoCo's soft constraint: a reference acceleration -b v - k r, of which the impedance decides how much is obeyed.
  double time = std::max(body.limit_time_constant, 2 * timeStep);
  double highest = body.limit_maximum_impedance;
  hinge.limitDamping = 2 / (highest * time);
  double frequency = 1 / (highest * time * body.limit_damping_ratio);
  hinge.limitStiffness = frequency * frequency;
  hinge.leastImpedance = body.limit_minimum_impedance;
  hinge.impedanceRange = highest - body.limit_minimum_impedance;
  hinge.inverseWidth = 1 / body.limit_width;
  hinge.inverseInertia = body.limit_inverse_inertia;
  return hinge;
}

void addGround(b2World& world, float surface) {
  b2BodyDef definition;
  definition.position.Set(0, surface);
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

std::vector<Pose> placeBodies(const Robot& robot, const double* positions, const double* velocities) {
  std::vector<Pose> poses;
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
  return poses;
}

/// Adds a body whose origin in Box2D is its centre of mass: Box2D would find its inertia there as a difference of two
/// large numbers otherwise.
b2Body* addBody(b2World& world, const cbox2d_body& body, const Pose& pose) {
  double cosine = std::cos(pose.pitch), sine = std::sin(pose.pitch);
  double armX = cosine * body.center_x + sine * body.center_z;
  double armZ = -sine * body.center_x + cosine * body.center_z;
  b2BodyDef definition;
  definition.type = b2_dynamicBody;
  definition.allowSleep = false;
  definition.position.Set(float(pose.x + armX), float(pose.z + armZ));
  definition.angle = float(-pose.pitch);
  definition.angularVelocity = float(-pose.spin);
  definition.linearVelocity.Set(float(pose.speedX + pose.spin * armZ), float(pose.speedZ - pose.spin * armX));
  b2Body* result = world.CreateBody(&definition);
  b2MassData mass;
  mass.mass = float(body.mass);
  mass.center.SetZero();
  mass.I = float(body.inertia);
  result->SetMassData(&mass);
  return result;
}

b2WeldJoint* addJoint(b2World& world, const Robot& robot, Row& row, int index) {
  const Hinge& hinge = robot.hinges[index];
  b2WeldJointDef definition;
  definition.bodyA = row.bodies[hinge.parent];
  definition.bodyB = row.bodies[index];
  // Joined bodies never touch (their filters say so); this spares Box2D the search for it.
  definition.collideConnected = true;
  definition.localAnchorA = hinge.anchorOnParent;
  definition.localAnchorB = hinge.anchorOnBody;
  definition.stiffness = float(leastStiffness);
  definition.damping = float(hinge.damping + hinge.armature / robot.numbers.time_step);
  return static_cast<b2WeldJoint*>(world.CreateJoint(&definition));
}

void addDisc(const cbox2d_disc& disc, const cbox2d_body& owner, b2Body* body) {
  b2CircleShape circle;
  circle.m_p.Set(float(disc.x - owner.center_x), float(disc.z - owner.center_z));
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

}  // namespace

Robot::Robot(const cbox2d_robot& robot)
    : bodies(robot.bodies, robot.bodies + robot.body_count),
      discs(robot.discs, robot.discs + robot.disc_count),
      motors(robot.motors, robot.motors + robot.motor_count),
      numbers(robot) {
  numbers.bodies = bodies.data();
  numbers.discs = discs.data();
  numbers.motors = motors.data();
  for (const auto& body : bodies) {
    hinges.push_back(makeHinge(body, body.parent < 0 ? nullptr : &bodies[body.parent], robot.time_step));
  }
}

void resetRow(const Robot& robot, Row& row, const double* positions, const double* velocities) {
  // A used world would give other bits than a new one.
  b2World& world = row.world.emplace(b2Vec2(0, float(robot.numbers.gravity)));
  world.SetContinuousPhysics(false);
  world.SetAllowSleeping(false);
  // An empty step: the next one takes joints' impulses as they are, where a first one would drop them.
  world.Step(float(robot.numbers.time_step), 1, 1);
  const std::vector<Pose> poses = placeBodies(robot, positions, velocities);
  addGround(world, groundSurface(robot));
  for (int body = 0; body < robot.numbers.body_count; ++body) {
    row.bodies[body] = addBody(world, robot.bodies[body], poses[body]);
    row.bodies[body]->GetUserData().pointer = uintptr_t(body);
  }
  for (const auto& disc : robot.discs) addDisc(disc, robot.bodies[disc.body], row.bodies[disc.body]);
  for (int body = 1; body < robot.numbers.body_count; ++body) {
    row.joints[body] = addJoint(world, robot, row, body);
  }
  row.originSpeedX = velocities[0];
  row.originSpeedY = velocities[1];
  std::fill(row.atLimit.begin(), row.atLimit.end(), 0);
  row.cappedBody = -1;
}

void prepareContacts() {
  static const bool prepared = [] {
    b2World world(b2Vec2_zero);
    addGround(world, 0);
    b2BodyDef definition;
    definition.type = b2_dynamicBody;
    addDisc(cbox2d_disc{0, 0, 0, 1, 1}, cbox2d_body{}, world.CreateBody(&definition));
    world.Step(0.01f, 1, 1);
    return world.GetContactCount() > 0;
  }();
  (void)prepared;
}

}  // namespace shim
