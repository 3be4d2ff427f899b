#pragma once

// The computations on a robot before and after Box2D's own step.

#include <vector>

#include "robot_world.h"
#include "tree_step.h"

namespace shim {

/// A limit that a hinge has exceeded. It pushes back with `inertia * ((outward - outward') / h - push)`, where outward and
/// outward' are the hinge's velocity out of its range before and after the step.
///
/// This is MuJoCo's law f = (-b v - k r - a) d / ((1 - d) A) at penetration r, where a is the hinge's acceleration.
struct Limit {
  int hinge;
  double side;  // 1 above the range, -1 below it, in Box2D's sense
  double inertia, outward, push;
  bool isActive;
};

/// A disc on the ground. By Box2D's law it does not approach the ground, and its friction is bounded by its normal
/// impulse.
struct GroundContact {
  int body;
  double x, y;  // relative to the root's centre of mass
  double friction;
  double normal, tangent;  // impulses, up and along x
  double freeNormal, freeTangent;  // velocities at the end of the step without contacts
  b2ManifoldPoint* point;
};

/// Scratch for a step, sized for the robot.
struct StepScratch {
  std::vector<TreeBody> tree;
  std::vector<Limit> limits;
  std::vector<GroundContact> contacts;
  std::vector<double> responses;  // [2 contacts, 2 contacts]: velocities, normal and along x, for impulses
  std::vector<Spatial> change;
  b2Vec2 origin;  // of the root's frame, before the step

  explicit StepScratch(const Robot& robot);
};

/// Moves a robot by one step of Box2D that ends, in the air, where MuJoCo's Euler step ends.
///
/// The exact step of the tree of hinges is computed first, with the active limits, and with contacts that start from the
/// impulses of the step before. Box2D's joints start from its impulses, so that Box2D's sweeps only spread the changes by
/// contacts, whatever the ratio of a rotor's inertia to its limb's. A robot without contacts gets one sweep and is then
/// placed by its angles; otherwise Box2D's own correction of positions is kept.
/// - Parameter torques: [bodies], of the motors, positive in the model's direction of rotation.
void stepRobot(const Robot& robot, Row& row, const float* torques, StepScratch& scratch);

}  // namespace shim
