// The tree and the contact list that the engine is compiled for.
#ifndef METARL_LANES_TOPOLOGY_H
#define METARL_LANES_TOPOLOGY_H

#include "lanes_shim.h"

namespace lanes {

constexpr int bodyCount = CLANES_BODY_COUNT;
constexpr int coordinateCount = CLANES_COORDINATE_COUNT;
constexpr int contactCount = CLANES_CONTACT_COUNT;
constexpr int limitCount = CLANES_LIMIT_COUNT;
/// The length of the longest path from a coordinate to x.
constexpr int longestPath = 6;

constexpr int parentBody[bodyCount] = {-1, 0, 1, 2, 0, 4, 5};

/// The parent of each coordinate in the elimination tree. Velocities are x, z and the absolute pitch of every body: x
/// comes first, then z, then the bodies in their own tree.
constexpr int parentCoordinate[coordinateCount] = {-1, 0, 1, 2, 3, 4, 2, 6, 7};
/// The number of coordinates on the path from each coordinate to x, both included.
constexpr int pathLength[coordinateCount] = {1, 2, 3, 4, 5, 6, 4, 5, 6};

/// The coordinate of a body's pitch.
constexpr int pitch(int body) { return body + 2; }

/// The coordinate that is `steps` steps nearer to x.
constexpr int ancestor(int coordinate, int steps) {
  for (int step = 0; step < steps; ++step) coordinate = parentCoordinate[coordinate];
  return coordinate;
}

/// The order of elimination, from the leaves to the root. The two legs alternate, since neither depends on the other.
constexpr int eliminationOrder[coordinateCount] = {8, 5, 7, 4, 6, 3, 2, 1, 0};

constexpr int contactBody[contactCount] = {0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6};
/// The order of contacts: those of the torso, then those of the legs, alternating.
constexpr int contactOrder[contactCount] = {0, 1, 2, 3, 4, 10, 5, 11, 6, 12, 7, 13, 8, 14, 9, 15};
/// The order of limits: hinges by their limb less one, with the legs alternating.
constexpr int limitOrder[limitCount] = {0, 3, 1, 4, 2, 5};

}  // namespace lanes

#endif
