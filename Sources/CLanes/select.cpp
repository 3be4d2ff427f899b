// Chooses a level when a pool is made. A table is used and not an ifunc: ifuncs are resolved before a sanitizer's runtime
// is ready and crash under thread sanitizer.
#include <cstring>

#include "levels.h"
#include "processor.h"

namespace lanes {

namespace {

#if defined(__x86_64__)
bool hasV3() { return metarl_processor_has(METARL_X86_64_V3); }

bool hasV4() { return metarl_processor_has(METARL_X86_64_V4); }
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
