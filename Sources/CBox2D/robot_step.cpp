#include "robot_step.h"

#include <algorithm>
#include <cmath>

namespace shim {

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

/// How many discs Box2D will find on the ground in this step.
std::size_t countTouchingDiscs(const Robot& robot, const Row& row) {
  std::size_t count = 0;
  for (const cbox2d_disc& disc : robot.discs) {
    const cbox2d_body& owner = robot.bodies[disc.body];
    const b2Vec2 offset(float(disc.x - owner.center_x), float(disc.z - owner.center_z));
    const float height = b2Mul(row.bodies[disc.body]->GetTransform(), offset).y;
    count += height - groundSurface(robot) <= float(disc.radius);
  }
  return count;
}

// MARK: - Contacts

/// Takes the contacts that Box2D knows of and that still touch, with the impulses of the step before.
void takeContacts(Row& row, StepScratch& scratch) {
  scratch.contacts.clear();
  for (b2Contact* contact = row.world->GetContactList(); contact; contact = contact->GetNext()) {
    if (!contact->IsTouching()) continue;
    b2WorldManifold place;
    contact->GetWorldManifold(&place);
    if (place.separations[0] > 0) continue;
    // Of a polygon and a circle Box2D puts the polygon first.
    b2Body& moving = *contact->GetFixtureB()->GetBody();
    GroundContact ground{};
    ground.body = int(moving.GetUserData().pointer);
    const b2Vec2 arm = place.points[0] - moving.GetWorldCenter();
    const TreeBody& body = scratch.tree[ground.body];
    ground.x = body.centerX + arm.x;
    ground.y = body.centerY + arm.y;
    ground.friction = contact->GetFriction();
    ground.point = &contact->GetManifold()->points[0];
    ground.normal = ground.point->normalImpulse;
    ground.tangent = ground.point->tangentImpulse;
    scratch.contacts.push_back(ground);
  }
}

/// Finds the contacts of this step.
///
/// Box2D finds contacts within its step. Where there is a new one it is made to look now, so that its impulses can be given to
/// it; its own search then finds the same ones again and keeps their impulses.
void findContacts(Row& row, std::size_t touchingDiscs, StepScratch& scratch) {
  takeContacts(row, scratch);
  if (scratch.contacts.size() == touchingDiscs) return;
  auto& manager = const_cast<b2ContactManager&>(row.world->GetContactManager());
  manager.FindNewContacts();
  manager.Collide();
  takeContacts(row, scratch);
}

/// Adds the contacts' impulses to the momenta, or takes them away.
void pushByContacts(StepScratch& scratch, double share) {
  for (const GroundContact& contact : scratch.contacts) {
    push(scratch.tree[contact.body], contact.x, contact.y, share * contact.tangent, share * contact.normal);
  }
}

inline double normalSpeed(const Spatial& velocity, const GroundContact& contact) {
  return velocity.y + velocity.turn * contact.x;
}

inline double tangentSpeed(const Spatial& velocity, const GroundContact& contact) {
  return velocity.x - velocity.turn * contact.y;
}

/// Finds how every contact's impulses move every contact, by the factor of the tree.
void findResponses(StepScratch& scratch) {
  const std::size_t count = scratch.contacts.size();
  scratch.responses.resize(4 * count * count);
  double* entry = scratch.responses.data();
  for (const GroundContact& contact : scratch.contacts) {
    const Spatial impulses[2] = {{contact.x, 0, 1}, {-contact.y, 1, 0}};
    for (const Spatial& impulse : impulses) {
      respond(scratch.tree, contact.body, impulse, scratch.change);
      for (const GroundContact& other : scratch.contacts) {
        *entry++ = normalSpeed(scratch.change[other.body], other);
        *entry++ = tangentSpeed(scratch.change[other.body], other);
      }
    }
  }
}

/// The sum of a row of responses times the impulses.
inline double gained(const StepScratch& scratch, std::size_t row) {
  const std::size_t width = 2 * scratch.contacts.size();
  const double* entry = &scratch.responses[row * width];
  double sum = 0;
  for (const GroundContact& contact : scratch.contacts) {
    sum += *entry++ * contact.normal;
    sum += *entry++ * contact.tangent;
  }
  return sum;
}

/// Finds the contacts' impulses by projected Gauss-Seidel on the exact responses, from those that they have. Returns whether
/// these were right already, to a hundredth of the largest.
bool solveContacts(StepScratch& scratch) {
  constexpr int greatestSweeps = 50;
  constexpr double tolerance = 1e-5, settled = 1e-2;
  const std::size_t width = 2 * scratch.contacts.size();
  double moved = 0, largest = 0;
  for (int sweep = 0; sweep < greatestSweeps; ++sweep) {
    double change = 0;
    largest = 0;
    for (std::size_t index = 0; index < scratch.contacts.size(); ++index) {
      GroundContact& contact = scratch.contacts[index];
      const std::size_t row = 2 * index, next = row + 1;
      const double before = contact.normal, tangentBefore = contact.tangent;
      const double normalSpeed = contact.freeNormal + gained(scratch, row);
      contact.normal = std::max(0.0, before - normalSpeed / scratch.responses[row * width + row]);
      const double most = contact.friction * contact.normal;
      const double tangentSpeed = contact.freeTangent + gained(scratch, next);
      contact.tangent =
          std::clamp(tangentBefore - tangentSpeed / scratch.responses[next * width + next], -most, most);
      change = std::max({change, std::abs(contact.normal - before), std::abs(contact.tangent - tangentBefore)});
      largest = std::max(largest, contact.normal);
    }
    moved += change;
    if (!(change > tolerance * largest)) break;
  }
  return !(moved > settled * largest);
}

/// Finds the contacts' velocities without their impulses, by the factor of the tree.
void findFreeSpeeds(StepScratch& scratch) {
  solveTree(scratch.tree);
  for (GroundContact& contact : scratch.contacts) {
    const Spatial& velocity = scratch.tree[contact.body].velocity;
    contact.freeNormal = normalSpeed(velocity, contact);
    contact.freeTangent = tangentSpeed(velocity, contact);
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
/// at once is fast; from the third round on only the first wrong one flips, which is Murty's rule and ends, almost always within
/// twice as many rounds as there are limits. Where it takes longer, the last set is near enough for one step.
void solveLimits(StepScratch& scratch, double step) {
  const std::size_t greatestRounds = 8 + 8 * scratch.limits.size();
  for (std::size_t round = 0; round < greatestRounds; ++round) {
    factorTree(scratch.tree);
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

/// Finds what limits, contacts and hinges do in the step; the contacts' impulses are in the momenta afterwards.
///
/// Limits are found for the contacts' impulses and contacts for the limits', by turns, until the contacts' hardly change:
/// a limit that answered to the impact of the step before would make energy.
void solveStep(const Robot& robot, Row& row, const float* torques, StepScratch& scratch) {
  constexpr int greatestRounds = 3;
  for (int round = 0; round < greatestRounds; ++round) {
    setLaws(robot, row, torques, scratch);
    if (!scratch.limits.empty()) {
      pushByContacts(scratch, 1);
      solveLimits(scratch, robot.numbers.time_step);
      pushByContacts(scratch, -1);
    }
    finishLaws(robot, row, scratch);
    factorTree(scratch.tree);
    if (scratch.contacts.empty()) break;
    if (round == 0) findResponses(scratch);
    findFreeSpeeds(scratch);
    const bool isSettled = solveContacts(scratch);
    if (scratch.limits.empty() || isSettled) break;
  }
  pushByContacts(scratch, 1);
  solveTree(scratch.tree);
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

/// Notes a body that turns or moves as fast as Box2D lets it within one step, whose motion is no longer the robot's, and one
/// that is beyond the ground's end.
void noteCap(const Robot& robot, Row& row) {
  const float step = float(robot.numbers.time_step);
  const float fastest = 0.999f * b2_maxRotation / step, farthest = 0.999f * b2_maxTranslation / step;
  for (int index = 0; index < robot.numbers.body_count; ++index) {
    const b2Body& body = *row.bodies[index];
    const bool isFree = std::abs(body.GetAngularVelocity()) < fastest &&
                        body.GetLinearVelocity().LengthSquared() < farthest * farthest &&
                        std::abs(body.GetPosition().x) < float(CBOX2D_GROUND_REACH);
    // NaN is not free either.
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
  contacts.reserve(robot.discs.size());
  responses.reserve(4 * robot.discs.size() * robot.discs.size());
  change.resize(robot.bodies.size());
}

void stepRobot(const Robot& robot, Row& row, const float* torques, StepScratch& scratch) {
  const double step = robot.numbers.time_step;
  placeTree(robot, row, scratch);
  const std::size_t touchingDiscs = countTouchingDiscs(robot, row);
  const bool touches = touchingDiscs > 0;
  scratch.contacts.clear();
  if (touches) findContacts(row, touchingDiscs, scratch);
  solveStep(robot, row, torques, scratch);
  applyHinges(robot, row, scratch);
  for (const GroundContact& contact : scratch.contacts) {
    contact.point->normalImpulse = float(contact.normal);
    contact.point->tangentImpulse = float(contact.tangent);
  }
  row.world->Step(float(step), touches ? robot.numbers.velocity_iterations : 1, robot.numbers.position_iterations);
  const b2Body& root = *row.bodies[0];
  row.originSpeedX = root.GetLinearVelocity().x + root.GetAngularVelocity() * row.rootArm.y;
  row.originSpeedY = root.GetLinearVelocity().y - root.GetAngularVelocity() * row.rootArm.x;
  noteCap(robot, row);
  if (!touches && row.cappedBody < 0) placeBodies(robot, row, scratch);
}

}  // namespace shim
