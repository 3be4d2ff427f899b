// AVX-512: 16 robots to a vector.
#if defined(__x86_64__)
#include "includes.h"

// The features of x86-64-v4 one by one and not arch=x86-64-v4, which would have the compiler prefer 256-bit vectors.
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,bmi,bmi2"))), \
                             apply_to = function)

#define LEVEL_TABLE levelV4
#define LEVEL_NAME "x86-64-v4"
#define LANE_COUNT 16
#include "engine.inc"

#pragma clang attribute pop
#endif
