// The bits of x86-64-v4 on every processor. Where a fused multiply-add is no instruction it is a call to the C library,
// which rounds once, too: slow, and the same bits.
#include <math.h>
#include <string.h>

#include "levels.h"

// Functions that take vectors longer than a register are inlined all: there is no calling convention to change.
#pragma clang diagnostic ignored "-Wpsabi"

#define LEVEL_NAME "portable-wide"
#define HAS_FUSED 1
#define TILE_VECTORS 1
#define SCALAR float
#define LANE_COUNT 16
#define NAME(x) x##_float
#define TABLE metarl_portable_wide_float
#include "kernels.inc"
