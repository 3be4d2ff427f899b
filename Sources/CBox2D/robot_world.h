#pragma once

// The types that both halves of the shim share: robots as the pool stores them.

#include <box2d/box2d.h>

#include <optional>
#include <vector>

#include "box2d_shim.h"

namespace shim {

/// The constants of a hinge in the model's direction of rotation; `sign` converts them to Box2D's (counter-clockwise, so
/// nose-up).
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

/// The origin of a robot's root frame in Box2D's coordinates.
inline b2Vec2 rootOrigin(const Robot& robot) {
  return b2Vec2(float(-robot.bodies[0].center_x), float(-robot.bodies[0].center_z));
}

/// The height of the ground in the worlds. Box2D lets resting shapes sink by its slop, so the ground is raised by as much
/// to carry them at the right height.
inline float groundSurface(const Robot& robot) { return float(robot.numbers.ground_height) + b2_linearSlop; }

/// Resets a row in a fresh world.
void resetRow(const Robot& robot, Row& row, const double* positions, const double* velocities);

/// Makes Box2D fill its table of contact types, which it otherwise does without a lock at the first contact of the
/// process.
///
/// The first pool is created in one thread or waits here; the worlds of all threads then only read the table.
void prepareContacts();

}  // namespace shim
