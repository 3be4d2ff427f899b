#pragma once

// What the two halves of the shim share: robots as the pool keeps them.

#include <box2d/box2d.h>

#include <optional>
#include <vector>

#include "box2d_shim.h"

namespace shim {

/// A hinge's numbers in the model's turning sense; `sign` turns them into Box2D's (counter-clockwise, so nose-up).
struct Hinge {
  int32 parent;
  double sign;
  b2Vec2 anchorOnParent, anchorOnBody;  // from the centres of mass
  double stiffness, damping, armature;
  bool limited;
  double lower, upper;
  double limitStiffness, limitDamping;
  double leastImpedance, impedanceRange, inverseWidth, inverseInertia;
};

struct Robot {
  std::vector<cbox2d_body> bodies;
  std::vector<cbox2d_disc> discs;
  std::vector<cbox2d_motor> motors;
  std::vector<Hinge> hinges;
  cbox2d_robot numbers;

  explicit Robot(const cbox2d_robot& robot);
  int coordinates() const { return numbers.body_count + 2; }
};

/// One robot in its world.
struct Row {
  std::optional<b2World> world;
  std::vector<b2Body*> bodies;
  std::vector<b2WeldJoint*> joints;
  std::vector<unsigned char> atLimit;  // whether the hinge's limit pushed in the step before
  double originSpeedX, originSpeedY;   // of the origin of the root's frame
  b2Vec2 rootArm;                      // from there to the root's centre of mass, at the start of the step
  int cappedBody = -1;                 // the first body that reached a bound of Box2D's, -1 for none
};

/// The origin of a robot's root, as Box2D's point of its first body.
inline b2Vec2 rootOrigin(const Robot& robot) {
  return b2Vec2(float(-robot.bodies[0].center_x), float(-robot.bodies[0].center_z));
}

/// The height of the ground in the worlds: Box2D lets resting shapes sink by its slop, and raised by as much, the ground
/// carries them where they should stand.
inline float groundSurface(const Robot& robot) { return float(robot.numbers.ground_height) + b2_linearSlop; }

/// Puts a row into a fresh world.
void resetRow(const Robot& robot, Row& row, const double* positions, const double* velocities);

/// Makes Box2D fill its table of contact kinds, which it does at the first contact of the process without a lock.
///
/// The first pool is created in one thread or waits here; the worlds of all threads then only read the table.
void prepareContacts();

}  // namespace shim
