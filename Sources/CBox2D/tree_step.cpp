#include "tree_step.h"

namespace shim {

namespace {

inline double dot(const Spatial& left, const Spatial& right) {
  return left.turn * right.turn + left.x * right.x + left.y * right.y;
}

inline Spatial product(const SpatialInertia& inertia, const Spatial& vector) {
  return {
      inertia.turnTurn * vector.turn + inertia.turnX * vector.x + inertia.turnY * vector.y,
      inertia.turnX * vector.turn + inertia.xx * vector.x + inertia.xy * vector.y,
      inertia.turnY * vector.turn + inertia.xy * vector.x + inertia.yy * vector.y};
}

inline SpatialInertia rigidInertia(const TreeBody& body) {
  double x = body.centerX, y = body.centerY, mass = body.mass;
  return {body.inertia + mass * (x * x + y * y), -mass * y, mass * x, mass, 0, mass};
}

/// The motion that a hinge allows: a turn about its point.
inline Spatial hingeMotion(const TreeBody& body) { return {1, body.hingeY, -body.hingeX}; }

/// Adds what a body and all beyond it show to its parent through the hinge.
inline void addToParent(TreeBody& body, TreeBody& parent) {
  const SpatialInertia& own = body.articulated;
  const Spatial motion = hingeMotion(body);
  const Spatial response = product(own, motion);
  const double inverse = 1 / (dot(motion, response) + body.law.resistance);
  SpatialInertia& sum = parent.articulated;
  sum.turnTurn += own.turnTurn - response.turn * response.turn * inverse;
  sum.turnX += own.turnX - response.turn * response.x * inverse;
  sum.turnY += own.turnY - response.turn * response.y * inverse;
  sum.xx += own.xx - response.x * response.x * inverse;
  sum.xy += own.xy - response.x * response.y * inverse;
  sum.yy += own.yy - response.y * response.y * inverse;
  body.response = response;
  body.inverseInertia = inverse;
}

/// What is left of impulses on a body for its parent, when its hinge has taken its part.
inline void passOn(const TreeBody& body, const Spatial& bias, double hingeImpulse, Spatial& parentBias) {
  const double drive = (hingeImpulse + dot(hingeMotion(body), bias)) * body.inverseInertia;
  parentBias.turn += bias.turn - body.response.turn * drive;
  parentBias.x += bias.x - body.response.x * drive;
  parentBias.y += bias.y - body.response.y * drive;
}

/// The rate of a body's hinge when its parent moves by `carried`.
inline double rateOf(const TreeBody& body, const Spatial& bias, double hingeImpulse, const Spatial& carried) {
  return (hingeImpulse + dot(hingeMotion(body), bias) - dot(body.response, carried)) * body.inverseInertia;
}

inline Spatial carry(const TreeBody& body, const Spatial& carried, double rate) {
  return {carried.turn + rate, carried.x + body.hingeY * rate, carried.y - body.hingeX * rate};
}

/// The solution of a symmetric positive definite system of three, by elimination.
inline Spatial solve(const SpatialInertia& inertia, const Spatial& right) {
  double byX = inertia.xy / inertia.xx;
  double yy = inertia.yy - byX * inertia.xy;
  double turnByX = inertia.turnX / inertia.xx;
  double turnY = inertia.turnY - turnByX * inertia.xy;
  double turnByY = turnY / yy;
  double turnTurn = inertia.turnTurn - turnByX * inertia.turnX - turnByY * turnY;
  double reducedY = right.y - byX * right.x;
  double turn = (right.turn - turnByX * right.x - turnByY * reducedY) / turnTurn;
  double y = (reducedY - turnY * turn) / yy;
  double x = (right.x - inertia.xy * y - inertia.turnX * turn) / inertia.xx;
  return {turn, x, y};
}

}  // namespace

void factorTree(std::vector<TreeBody>& bodies) {
  for (TreeBody& body : bodies) body.articulated = rigidInertia(body);
  for (std::size_t index = bodies.size() - 1; index > 0; --index) {
    addToParent(bodies[index], bodies[bodies[index].parent]);
  }
}

void solveTree(std::vector<TreeBody>& bodies) {
  for (TreeBody& body : bodies) body.bias = body.momentum;
  for (std::size_t index = bodies.size() - 1; index > 0; --index) {
    const TreeBody& body = bodies[index];
    passOn(body, body.bias, body.law.impulse, bodies[body.parent].bias);
  }
  bodies[0].velocity = solve(bodies[0].articulated, bodies[0].bias);
  for (std::size_t index = 1; index < bodies.size(); ++index) {
    TreeBody& body = bodies[index];
    const Spatial& carried = bodies[body.parent].velocity;
    body.rate = rateOf(body, body.bias, body.law.impulse, carried);
    body.velocity = carry(body, carried, body.rate);
    const Spatial gained = product(body.articulated, body.velocity);
    body.impulse = {gained.turn - body.bias.turn, gained.x - body.bias.x, gained.y - body.bias.y};
  }
}

void respond(std::vector<TreeBody>& bodies, int body, const Spatial& impulse, std::vector<Spatial>& change) {
  // The impulse reaches the bodies between this one and the root alone, and their velocities all the others.
  for (TreeBody& other : bodies) other.bias = Spatial{};
  bodies[body].bias = impulse;
  for (int index = body; index > 0; index = bodies[index].parent) {
    passOn(bodies[index], bodies[index].bias, 0, bodies[bodies[index].parent].bias);
  }
  change[0] = solve(bodies[0].articulated, bodies[0].bias);
  for (std::size_t index = 1; index < bodies.size(); ++index) {
    const TreeBody& other = bodies[index];
    const Spatial& carried = change[other.parent];
    change[index] = carry(other, carried, rateOf(other, other.bias, 0, carried));
  }
}

}  // namespace shim
