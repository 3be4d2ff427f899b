// A robot as the engine keeps it: the caller's numbers, and what follows from the shape of the tree.
#ifndef METARL_LANES_ROBOT_H
#define METARL_LANES_ROBOT_H

#include "lanes_shim.h"

namespace lanes {

/// An index that is known when the engine is compiled.
template <int value> struct Constant {
  constexpr operator int() const { return value; }
};

/// How the axis of a slide lies in the world, where that never changes; otherwise it turns with its frame.
enum Axis { axisFree, axisX, axisZ };

/// What follows from the parents of joints. `capacity` stands for the world.
template <int jointCapacity, int contactCapacity, int pairCapacity> struct Topology {
  static constexpr int world = jointCapacity;
  int parent[jointCapacity + 1] = {};
  /// The hinge whose angle the frame of a joint has: the joint itself, or the nearest one on the way to the world.
  int frame[jointCapacity + 1] = {};
  /// The number of joints on the path to the world, the joint itself included.
  int depth[jointCapacity + 1] = {};
  int longestPath = 0;
  /// The joint that is so many steps nearer to the world.
  int ancestor[jointCapacity + 1][jointCapacity] = {};
  /// The last hinge on the path from that ancestor down to the joint, the ancestor excluded; the world without one.
  int hingeBelow[jointCapacity + 1][jointCapacity] = {};
  /// From the leaves to the world: by depth and then by number, the greater first. Branches alternate, since neither depends
  /// on the other.
  int elimination[jointCapacity] = {};
  /// By depth and then by number.
  int limitOrder[jointCapacity] = {};
  /// The links of contacts: by depth, then by their number on the link, then by link.
  int link[contactCapacity + 1] = {};
  /// The number of each contact on its link.
  int numberOnLink[contactCapacity + 1] = {};
  /// The contacts by link, then by their number on the link.
  int contactByLink[contactCapacity + 1] = {};
  int first[pairCapacity + 1] = {}, second[pairCapacity + 1] = {};
  /// The number of joints that the paths of both links of a pair to the world have in common.
  int sharedDepth[pairCapacity + 1] = {};

  constexpr Topology() = default;

  template <int count>
  constexpr Topology(
      const int (&parents)[count], const int (&contactCounts)[count],
      const int (&pairs)[pairCapacity ? pairCapacity : 1][2]) {
    bool slides[count] = {true, true};
    readJoints(count, parents, slides);
    readContacts(count, contactCounts);
    for (int pair = 0; pair < pairCapacity; ++pair) readPair(pair, pairs[pair][0], pairs[pair][1]);
  }

  constexpr void readJoints(int count, const int *parents, const bool *slides) {
    parent[world] = frame[world] = world;
    for (int joint = 0; joint < count; ++joint) {
      parent[joint] = parents[joint];
      frame[joint] = slides[joint] ? frame[parent[joint]] : joint;
      depth[joint] = depth[parent[joint]] + 1;
      if (depth[joint] > longestPath) longestPath = depth[joint];
      int above = joint, below = world;
      for (int steps = 0; steps < depth[joint]; ++steps) {
        ancestor[joint][steps] = above;
        hingeBelow[joint][steps] = below;
        if (!slides[above]) below = above;
        above = parent[above];
      }
    }
    int place = 0;
    for (int length = 1; length <= longestPath; ++length) {
      for (int joint = 0; joint < count; ++joint) {
        if (depth[joint] != length) continue;
        limitOrder[place] = joint;
        elimination[count - 1 - place] = joint;
        ++place;
      }
    }
  }

  constexpr void readContacts(int joints, const int *contactCounts) {
    int place = 0;
    for (int length = 1; length <= longestPath; ++length) {
      for (int number = 0; number < contactCapacity; ++number) {
        for (int joint = 0; joint < joints; ++joint) {
          if (depth[joint] != length || number >= contactCounts[joint]) continue;
          link[place] = joint;
          numberOnLink[place] = number;
          ++place;
        }
      }
    }
    const int contacts = place;
    place = 0;
    for (int joint = 0; joint <= world; ++joint) {
      for (int contact = 0; contact < contacts; ++contact) {
        if (link[contact] == joint) contactByLink[place++] = contact;
      }
    }
  }

  constexpr void readPair(int pair, int firstLink, int secondLink) {
    first[pair] = firstLink;
    second[pair] = secondLink;
    int one = firstLink, other = secondLink;
    while (depth[one] > depth[other]) one = parent[one];
    while (depth[other] > depth[one]) other = parent[other];
    while (one != other) {
      one = parent[one];
      other = parent[other];
    }
    sharedDepth[pair] = depth[one];
  }
};

using DataTopology = Topology<CLANES_MOST_JOINTS, CLANES_MOST_CONTACTS, CLANES_MOST_PAIRS>;

// The shapes of the trees that are compiled in, for free bodies: x and z, the torso's pitch, and hinges. The world's number
// follows the last joint's.

/// A torso with two legs of three limbs: the half-cheetah, the walker.
struct TwoLegs {
  static constexpr int jointCount = 9, contactCount = 16, pairCount = 0;
  static constexpr int parents[] = {9, 0, 1, 2, 3, 4, 2, 6, 7};
  static constexpr int contactCounts[] = {0, 0, 4, 2, 2, 2, 2, 2, 2};
  static constexpr int pairs[][2] = {{0, 0}};
};

/// A torso on one leg of three limbs, of which the neighbours but one may touch: the hopper.
struct OneLeg {
  static constexpr int jointCount = 6, contactCount = 8, pairCount = 3;
  static constexpr int parents[] = {6, 0, 1, 2, 3, 4};
  static constexpr int contactCounts[] = {0, 0, 2, 2, 2, 2};
  static constexpr int pairs[][2] = {{2, 4}, {2, 5}, {3, 5}};
};

/// A robot, with contacts in the order of its tree.
struct Robot {
  float timeStep, gravity, gravityX;
  /// Whether links may touch each other; otherwise the places of pairs are unused.
  bool hasPairs;
  bool isRungeKutta, isFirstFree, hasInnerSlides;
  int jointCount, contactCount, pairCount, motorCount;
  /// The last one stands for the world.
  clanes_joint joints[CLANES_MOST_JOINTS + 1];
  Axis axes[CLANES_MOST_JOINTS];
  clanes_contact contacts[CLANES_MOST_CONTACTS];
  clanes_pair pairs[CLANES_MOST_PAIRS];
  clanes_motor motors[CLANES_MOST_MOTORS];
  DataTopology topology;
};

}  // namespace lanes

#endif
