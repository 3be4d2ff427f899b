// What every processor has: 128-bit vectors that the compiler maps to SSE2, to NEON or to plain code.
#include <math.h>
#include <string.h>

#include "levels.h"

#define LEVEL_NAME "portable"
#if defined(__aarch64__) || defined(__FMA__)
#define HAS_FUSED 1
#else
#define HAS_FUSED 0
#endif
#define TILE_VECTORS 2

#define SCALAR float
#define LANE_COUNT 4
#define NAME(x) x##_float
#define TABLE metarl_portable_float
#include "kernels.inc"

#define SCALAR double
#define LANE_COUNT 2
#define NAME(x) x##_double
#define TABLE metarl_portable_double
#include "kernels.inc"
