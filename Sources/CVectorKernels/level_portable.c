// What every processor has: 128-bit vectors that the compiler maps to SSE2, to NEON or to plain code.
#include <math.h>
#include <string.h>

#include "levels.h"

// Functions that take vectors longer than a register are inlined all: there is no calling convention to change.
#pragma clang diagnostic ignored "-Wpsabi"

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

// The bits of x86-64-v3: vectors as long as there. Where a fused multiply-add is no instruction it is a call to the C
// library, which rounds once, too: slow, and the same bits.
#define HAS_FUSED 1
#define TILE_VECTORS 1
#define SCALAR double
#define LANE_COUNT 4
#define NAME(x) x##_double
#define TABLE metarl_portable_double
#include "kernels.inc"
