#include "robot_step.h"

#include <algorithm>
#include <cmath>

namespace door {

namespace {

/// Opens the impulses of a weld joint, which Box2D keeps for derived classes.
struct OpenWeldJoint : b2WeldJoint {
  static b2Vec3& impulse(b2WeldJoint& joint) { return joint.*(&OpenWeldJoint::m_impulse); }
};

// MARK: - Before the step

/// Places a body by the angles of its parent and itself, with the velocity that its hinge allows.
void placeLimb(const Robot& robot, const Row& row, int index, std::vector<TreeBody>& tree) {
  const Hinge& hinge = robot.hinges[index];
  const TreeBody& parent = tree[hinge.parent];
  TreeBody& body = tree[index];
  const b2Vec2 onParent = b2Mul(row.bodies[hinge.parent]->GetTransform().q, hinge.anchorOnParent);
  const b2Vec2 onBody = b2Mul(row.bodies[index]->GetTransform().q, hinge.anchorOnBody);
  body.hingeX = parent.centerX + onParent.x;
  body.hingeY = parent.centerY + onParent.y;
  body.centerX = body.hingeX - onBody.x;
  body.centerY = body.hingeY - onBody.y;
  body.speedX = parent.speedX - parent.spin * onParent.y + body.spin * onBody.y;
  body.speedY = parent.speedY + parent.spin * onParent.x - body.spin * onBody.x;
  const double parentSquare = parent.spin * parent.spin, square = body.spin * body.spin;
  body.turningX = parent.turningX - parentSquare * onParent.x + square * onBody.x;
  body.turningY = parent.turningY - parentSquare * onParent.y + square * onBody.y;
}

void placeRoot(const Robot& robot, Row& row, StepScratch& scratch) {
  const b2Transform& place = row.bodies[0]->GetTransform();
  TreeBody& root = scratch.tree[0];
  row.rootArm = b2Mul(place.q, -rootOrigin(robot));
  scratch.origin = place.p - row.rootArm;
  root.centerX = root.centerY = 0;
  root.speedX = row.originSpeedX - root.spin * row.rootArm.y;
  root.speedY = row.originSpeedY + root.spin * row.rootArm.x;
  root.turningX = -root.spin * root.spin * row.rootArm.x;
  root.turningY = -root.spin * root.spin * row.rootArm.y;
}

/// Places the bodies and gives each the velocity that it would have without forces: that of the tree, less what the
/// turning of the tree changes in it within the step. Their momenta take gravity's share as well.
void placeTree(const Robot& robot, Row& row, StepScratch& scratch) {
  const double step = robot.numbers.time_step;
  for (int index = 0; index < robot.numbers.body_count; ++index) {
    b2Body& moving = *row.bodies[index];
    TreeBody& body = scratch.tree[index];
    body.angle = moving.GetAngle();
    body.spin = moving.GetAngularVelocity();
    if (index == 0) {
      placeRoot(robot, row, scratch);
    } else {
      placeLimb(robot, row, index, scratch.tree);
    }
    const double speedX = body.speedX - step * body.turningX, speedY = body.speedY - step * body.turningY;
    moving.SetLinearVelocity(b2Vec2(float(speedX), float(speedY)));
    body.momentum = {body.inertia * body.spin, 0, 0};
    push(
        body, body.centerX, body.centerY, body.mass * speedX, body.mass * (speedY + step * robot.numbers.gravity));
  }
}

/// Whether Box2D will find a contact in this step.
bool touchesGround(const Robot& robot, const Row& row) {
  for (const cbox2d_disc& disc : robot.discs) {
    const cbox2d_body& owner = robot.bodies[disc.body];
    const b2Vec2 offset(float(disc.x - owner.center_x), float(disc.z - owner.center_z));
    const float height = b2Mul(row.bodies[disc.body]->GetTransform(), offset).y;
    if (height - float(disc.radius) <= groundSurface(robot)) return true;
  }
  return false;
}

/// Adds the impulses of the step before at the contacts that still touch.
void addContacts(Row& row, std::vector<TreeBody>& tree) {
  for (b2Contact* contact = row.world->GetContactList(); contact; contact = contact->GetNext()) {
    if (!contact->IsTouching()) continue;
    b2WorldManifold place;
    contact->GetWorldManifold(&place);
    if (place.separations[0] > 0) continue;
    // Of a polygon and a circle Box2D puts the polygon first; the normal points to the circle.
    b2Body& moving = *contact->GetFixtureB()->GetBody();
    TreeBody& body = tree[moving.GetUserData().pointer];
    const b2ManifoldPoint& point = contact->GetManifold()->points[0];
    const b2Vec2 impulse = point.normalImpulse * place.normal + point.tangentImpulse * b2Cross(place.normal, 1.0f);
    const b2Vec2 arm = place.points[0] - moving.GetWorldCenter();
    push(body, body.centerX + arm.x, body.centerY + arm.y, impulse.x, impulse.y);
  }
}

// MARK: - Limits

/// The limit at an angle `depth` beyond the range; `side` and `rate` are in the model's sense.
Limit makeLimit(const Hinge& hinge, int index, double depth, double side, double rate) {
  const double share = std::min(depth * hinge.inverseWidth, 1.0);
  const double rise = share < 0.5 ? 2 * share * share : 1 - 2 * (1 - share) * (1 - share);
  const double impedance = std::clamp(hinge.leastImpedance + rise * hinge.impedanceRange, 1e-4, 0.9999);
  Limit limit;
  limit.hinge = index;
  limit.side = side * hinge.sign;
  limit.inertia = impedance / ((1 - impedance) * hinge.inverseInertia);
  limit.outward = side * rate;
  limit.push = hinge.limitDamping * limit.outward + impedance * hinge.limitStiffness * depth;
  limit.isActive = false;
  return limit;
}

void setActive(Limit& limit, bool isActive, TreeBody& body, double step) {
  const double share = isActive ? limit.inertia : -limit.inertia;
  body.law.resistance += share;
  body.law.impulse += share * limit.side * (limit.outward - step * limit.push);
  limit.isActive = isActive;
}

/// Whether a limit pushes back at the velocities that the tree was solved for. A limit does not pull.
bool pushes(const Limit& limit, const TreeBody& body, double step) {
  return limit.side * body.rate > limit.outward - step * limit.push;
}

/// Solves the tree with those limits active that push back.
///
/// An active-set method for a strictly convex complementarity problem, which has one solution. To flip all that are wrong
/// at once is fast; from the third round on only the first wrong one flips, which is Murty's rule and ends.
void solveLimits(StepScratch& scratch, double step) {
  const std::size_t greatestRounds = 8 + 8 * scratch.limits.size();
  for (std::size_t round = 0; round < greatestRounds; ++round) {
    solveTree(scratch.tree);
    bool isSolved = true;
    for (Limit& limit : scratch.limits) {
      TreeBody& body = scratch.tree[limit.hinge];
      if (pushes(limit, body, step) == limit.isActive) continue;
      setActive(limit, !limit.isActive, body, step);
      isSolved = false;
      if (round >= 2) break;
    }
    if (isSolved) return;
  }
}

/// Sets the laws of the hinges, with explicit dampers, and finds the limits that may push.
void setLaws(const Robot& robot, const Row& row, const float* torques, StepScratch& scratch) {
  const double step = robot.numbers.time_step;
  scratch.limits.clear();
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const Hinge& hinge = robot.hinges[index];
    TreeBody& body = scratch.tree[index];
    const TreeBody& parent = scratch.tree[hinge.parent];
    const double rate = body.spin - parent.spin, angle = body.angle - parent.angle;
    const double torque = hinge.sign * torques[index] - hinge.stiffness * angle;
    body.law.resistance = hinge.armature;
    body.law.impulse = step * (torque - hinge.damping * rate) + hinge.armature * rate;
    if (!hinge.limited) continue;
    const double above = hinge.sign * angle - hinge.upper, below = hinge.lower - hinge.sign * angle;
    const double depth = std::max(above, below);
    if (!(depth > 0)) continue;
    Limit limit = makeLimit(hinge, index, depth, above > below ? 1 : -1, hinge.sign * rate);
    if (row.atLimit[index]) setActive(limit, true, body, step);
    scratch.limits.push_back(limit);
  }
}

/// Turns the impulses of limits into numbers and the dampers implicit: MuJoCo's Euler step finds its constraints' forces
/// first, and the velocity that they make with implicit dampers then.
void finishLaws(const Robot& robot, Row& row, StepScratch& scratch) {
  const double step = robot.numbers.time_step;
  std::fill(row.atLimit.begin(), row.atLimit.end(), 0);
  for (const Limit& limit : scratch.limits) {
    if (!limit.isActive) continue;
    row.atLimit[limit.hinge] = 1;
    TreeBody& body = scratch.tree[limit.hinge];
    body.law.resistance -= limit.inertia;
    body.law.impulse -= limit.inertia * body.rate;
  }
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    TreeBody& body = scratch.tree[index];
    const double damping = step * robot.hinges[index].damping;
    body.law.resistance += damping;
    body.law.impulse += damping * (body.spin - scratch.tree[body.parent].spin);
  }
}

/// Gives Box2D's bodies the hinges' torques and its joints the impulses that the tree was solved for.
///
/// The damping of a joint is the resistance of its hinge's law, as torque a second: damper, and armature / h.
void applyHinges(const Robot& robot, Row& row, const StepScratch& scratch) {
  const double inverseStep = 1 / robot.numbers.time_step;
  for (int index = 1; index < robot.numbers.body_count; ++index) {
    const TreeBody& body = scratch.tree[index];
    const float torque = float(body.law.impulse * inverseStep);
    row.bodies[index]->ApplyTorque(torque, false);
    row.bodies[body.parent]->ApplyTorque(-torque, false);
    OpenWeldJoint::impulse(*row.joints[index])
        .Set(float(body.impulse.x), float(body.impulse.y), float(-body.law.resistance * body.rate));
  }
}

// MARK: - After the step

/// Puts the robot where its velocities and angles lead, without the gaps that Box2D's step leaves at hinges.
void placeBodies(const Robot& robot, Row& row, StepScratch& scratch) {
  const double step = robot.numbers.time_step;
  for (int index = 0; index < robot.numbers.body_count; ++index) {
    TreeBody& body = scratch.tree[index];
    b2Body& moving = *row.bodies[index];
    const float angle = float(body.angle + step * moving.GetAngularVelocity());
    const b2Rot turn(angle);
    if (index == 0) {
      const b2Vec2 arm = b2Mul(turn, -rootOrigin(robot));
      body.centerX = scratch.origin.x + step * row.originSpeedX + arm.x;
      body.centerY = scratch.origin.y + step * row.originSpeedY + arm.y;
    } else {
      const Hinge& hinge = robot.hinges[index];
      const b2Vec2 onParent = b2Mul(row.bodies[hinge.parent]->GetTransform().q, hinge.anchorOnParent);
      const b2Vec2 onBody = b2Mul(turn, hinge.anchorOnBody);
      body.centerX = scratch.tree[hinge.parent].centerX + onParent.x - onBody.x;
      body.centerY = scratch.tree[hinge.parent].centerY + onParent.y - onBody.y;
    }
    moving.SetTransform(b2Vec2(float(body.centerX), float(body.centerY)), angle);
  }
}

/// Notes a body that turns or moves as fast as Box2D lets it within one step: its motion is no longer the robot's.
void noteCap(const Robot& robot, Row& row) {
  const float step = float(robot.numbers.time_step);
  const float fastest = 0.999f * b2_maxRotation / step, farthest = 0.999f * b2_maxTranslation / step;
  for (int index = 0; index < robot.numbers.body_count; ++index) {
    const b2Body& body = *row.bodies[index];
    const bool isFree = std::abs(body.GetAngularVelocity()) < fastest &&
                        body.GetLinearVelocity().LengthSquared() < farthest * farthest;
    // A number that is none is not free either.
    if (!isFree && row.cappedBody < 0) row.cappedBody = index;
  }
}

}  // namespace

StepScratch::StepScratch(const Robot& robot) : origin(0, 0) {
  for (const cbox2d_body& body : robot.bodies) {
    TreeBody limb;
    limb.parent = body.parent;
    limb.mass = body.mass;
    limb.inertia = body.inertia;
    tree.push_back(limb);
  }
  limits.reserve(robot.bodies.size());
}

void stepRobot(const Robot& robot, Row& row, const float* torques, StepScratch& scratch) {
  const double step = robot.numbers.time_step;
  placeTree(robot, row, scratch);
  const bool touches = touchesGround(robot, row);
  if (touches) addContacts(row, scratch.tree);
  setLaws(robot, row, torques, scratch);
  if (!scratch.limits.empty()) solveLimits(scratch, step);
  finishLaws(robot, row, scratch);
  solveTree(scratch.tree);
  applyHinges(robot, row, scratch);
  row.world->Step(float(step), touches ? robot.numbers.velocity_iterations : 1, robot.numbers.position_iterations);
  const b2Body& root = *row.bodies[0];
  row.originSpeedX = root.GetLinearVelocity().x + root.GetAngularVelocity() * row.rootArm.y;
  row.originSpeedY = root.GetLinearVelocity().y - root.GetAngularVelocity() * row.rootArm.x;
  noteCap(robot, row);
  if (!touches && row.cappedBody < 0) placeBodies(robot, row, scratch);
}

}  // namespace door
