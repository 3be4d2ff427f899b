// The tables of all levels. Each level is one file that compiles the same code, engine.inc, for its instructions.
#ifndef METARL_LANES_LEVELS_H
#define METARL_LANES_LEVELS_H

#include "lanes_shim.h"

namespace lanes {

/// The fields of a group of robots, in the order in which they are stored: each field has one lane for each robot.
enum Field {
  fieldX = 0,
  fieldZ = 1,
  fieldPitch = 2,
  fieldSpeedX = 9,
  fieldSpeedZ = 10,
  fieldSpin = 11,
  fieldNormalImpulse = 18,
  fieldTangentImpulse = 34,
  fieldLimitImpulse = 50,
  fieldCount = 56,
};

/// The functions and sizes of one compiled level.
struct Level {
  const char *name;
  /// The number of robots in a group: the lanes of a vector register.
  int lanes;
  /// Groups are aligned to a vector register. The lane of a row is row % lanes; lanes beyond the last row repeat the last
  /// row.
  void (*step)(const clanes_robot &robot, const clanes_solver &solver, float *groups, int count, const float *actions,
               int physicsSteps, double *displacements);
  void (*observe)(const float *groups, int count, float *observations);
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
