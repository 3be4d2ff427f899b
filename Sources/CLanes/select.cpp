// Chooses a level when a pool is made. A table is used and not an ifunc: ifuncs are resolved before a sanitizer's runtime
// is ready and crash under thread sanitizer.
#include <cstring>

#include "levels.h"

namespace lanes {

namespace {

#if defined(__x86_64__)
bool hasV3() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool hasV4() {
  return hasV3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

bool isWanted(const char *wanted, const Level &level) { return !wanted || std::strcmp(wanted, level.name) == 0; }

}  // namespace

const Level *selectLevel(const char *wanted) {
#if defined(__x86_64__)
  if (isWanted(wanted, levelV4) && hasV4()) return &levelV4;
  if (isWanted(wanted, levelV3) && hasV3()) return &levelV3;
#endif
  return isWanted(wanted, levelPortable) ? &levelPortable : nullptr;
}

}  // namespace lanes
