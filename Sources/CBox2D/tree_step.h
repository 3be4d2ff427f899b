#pragma once

// The exact step of a robot's tree of hinges, from which Box2D's iteration starts.

#include <cstddef>
#include <vector>

#include "box2d_shim.h"

namespace shim {

/// A planar spatial vector about one point of the world: rotation, then x and y. Rotations are positive in Box2D's
/// direction, counter-clockwise.
struct Spatial {
  double turn = 0, x = 0, y = 0;
};

/// A symmetric inertia about the same point as the spatial vectors.
struct SpatialInertia {
  double turnTurn = 0, turnX = 0, turnY = 0, xx = 0, xy = 0, yy = 0;
};

/// The response of a hinge within one step: an impulse `impulse - resistance * rate` along the hinge, where `rate` is the
/// hinge's velocity at the end of the step.
struct HingeLaw {
  double resistance = 0, impulse = 0;
};

/// One body of the tree in a step. Positions are relative to the root's centre of mass and depend on angles alone, so that
/// hinges that rounding has separated are closed.
struct TreeBody {
  int parent = -1;
  double mass = 0, inertia = 0;
  double centerX = 0, centerY = 0;  // of mass
  double hingeX = 0, hingeY = 0;
  double angle = 0;
  double spin = 0, speedX = 0, speedY = 0;  // before the step
  double turningX = 0, turningY = 0;        // the acceleration of the centre that the turning of the tree alone makes
  Spatial momentum;  // before the step, with all impulses of the step but the hinges'
  HingeLaw law;

  // Results of `solveTree`: velocity and rate at the end of the step, and the impulse from the parent.
  Spatial velocity;
  double rate = 0;
  Spatial impulse;

  // Results of the factorisation, and scratch.
  SpatialInertia articulated;
  Spatial bias, response;
  double inverseInertia = 0;
};

/// Adds an impulse (x, y) at a point relative to the root's centre of mass.
inline void push(TreeBody& body, double pointX, double pointY, double x, double y) {
  body.momentum.turn += pointX * y - pointY * x;
  body.momentum.x += x;
  body.momentum.y += y;
}

/// Computes the articulated inertia that each body and all bodies beyond it have at the hinge to the parent, with the
/// hinges' resistances. Every body comes after its parent; the root moves freely.
///
/// This is the first pass of Featherstone's articulated-body recursion: linear in the number of bodies, exact but for
/// rounding. Source: R. Featherstone, "Rigid Body Dynamics Algorithms" (2008), chapter 7.
void factorTree(std::vector<TreeBody>& bodies);

/// Computes the velocities at the end of the step, the hinges' rates and their impulses, by the other passes of the
/// recursion.
void solveTree(std::vector<TreeBody>& bodies);

/// Computes the change of all bodies' velocities by an impulse on one body, and writes one vector for each body to
/// `change`.
void respond(std::vector<TreeBody>& bodies, int body, const Spatial& impulse, std::vector<Spatial>& change);

}  // namespace shim
