// The tables of all levels. Each level is one file that compiles the same code, engine.inc, for its instructions.
#ifndef METARL_LANES_LEVELS_H
#define METARL_LANES_LEVELS_H

#include <cstddef>

#include "robot.h"

namespace lanes {

/// The trees that a level may have compiled, and any tree as data.
enum TreeKind { treeOfTwoLegs, treeOfOneLeg, treeAsData, treeKindCount };

/// The functions of one tree at one level.
struct TreeFunctions {
  /// The memory that `step` computes in, aligned to a vector register.
  size_t scratchBytes;
  /// Groups are aligned to a vector register. The lane of a row is row % lanes; lanes beyond the last row repeat the last
  /// row.
  void (*step)(const Robot &robot, const clanes_solver &solver, float *groups, void *scratch, int count,
               const float *actions, int physicsSteps, double *displacements);
};

/// The functions and sizes of one compiled level.
struct Level {
  const char *name;
  /// The number of robots in a group: the lanes of a vector register.
  int lanes;
  /// By `TreeKind`. A level for processors that are rare has all trees as data, which gives the same bits.
  TreeFunctions trees[treeKindCount];
  /// Writes displacements, without the first one where it is free, and velocities. `fields` is the number of a group's
  /// vectors.
  void (*observe)(const Robot &robot, int fields, const float *groups, int count, float *observations);
};

#if defined(__x86_64__)
extern const Level levelV4;
extern const Level levelV3;
#endif
extern const Level levelPortable;

/// The level with the given name, or the best one for nullptr. Returns nullptr if the processor does not have the level.
const Level *selectLevel(const char *wanted);

}  // namespace lanes

#endif
