// The bits of x86-64-v4 on a processor with AVX2 only: its vectors are twice as long as the registers, so that sums in
// lanes have the same order. For runs that ask for the same bits everywhere.
#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#include "levels.h"
#include "processor.h"

// Functions that take vectors longer than a register are inlined all: there is no calling convention to change.
#pragma clang diagnostic ignored "-Wpsabi"

#pragma clang attribute push(__attribute__((target(METARL_X86_64_V3))), apply_to = function)

#define LEVEL_NAME "x86-64-v3-wide"
#define HAS_FUSED 1
// One of these vectors is two registers: 6 rows of it are 12 of 16.
#define TILE_VECTORS 1
#define SCALAR float
#define LANE_COUNT 16
#define NAME(x) x##_float
#define TABLE metarl_x86_64_v3_wide_float
#include "kernels.inc"

#pragma clang attribute pop
#endif
