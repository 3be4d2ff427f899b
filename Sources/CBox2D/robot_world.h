#pragma once

// What the two halves of the door share: robots as the pool keeps them.

#include <box2d/box2d.h>

#include <optional>
#include <vector>

#include "box2d_door.h"

namespace door {

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

/// One robot in its world.
struct Row {
  std::optional<b2World> world;
  std::vector<b2Body*> bodies;
  std::vector<b2WeldJoint*> joints;
  std::vector<unsigned char> atLimit;
  std::vector<float> actions;  // of the step before
};

/// The origin of a robot's root, as Box2D's point of its first body.
inline b2Vec2 rootOrigin(const Robot& robot) {
  return b2Vec2(float(-robot.bodies[0].center_x), float(-robot.bodies[0].center_z));
}

/// Puts a row into a fresh world.
void resetRow(const Robot& robot, Row& row, const double* positions, const double* velocities);

/// Makes Box2D fill its table of contact kinds, which it does at the first contact of the process without a lock.
///
/// The first pool is created in one thread or waits here; the worlds of all threads then only read the table.
void prepareContacts();

}  // namespace door
