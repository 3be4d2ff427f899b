// What every processor has. Where a fused multiply-add is no instruction it is a call to the C library: slow, and the same
// bits.
#include "includes.h"

#define LEVEL_TABLE levelPortable
#define LEVEL_NAME "portable"
#define LANE_COUNT 4
#define COMPILES_TREES 0
#include "engine.inc"
