// AVX-512: 16 robots to a vector.
#if defined(__x86_64__)
#include "includes.h"
#include "processor.h"

#pragma clang attribute push(__attribute__((target(METARL_X86_64_V4))), apply_to = function)

#define LEVEL_TABLE levelV4
#define LEVEL_NAME "x86-64-v4"
#define LANE_COUNT 16
#define COMPILES_TREES 1
#include "engine.inc"

#pragma clang attribute pop
#endif
