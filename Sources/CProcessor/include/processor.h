// What code may be compiled for, and whether this processor has it: the one place that asks.
//
// A level is a list of features between commas. The same list is what its functions are compiled for, by
// `#pragma clang attribute push(__attribute__((target(METARL_X86_64_V3))), apply_to = function)`, and what is asked for
// before one of them is called.
#ifndef METARL_PROCESSOR_H
#define METARL_PROCESSOR_H

#ifdef __cplusplus
extern "C" {
#endif

// The features of x86-64-v3 and of x86-64-v4 one by one and not by the levels' names: for arch=x86-64-v4 the compiler
// prefers vectors of 256 bits.
#define METARL_X86_64_V3 "avx2,fma,bmi,bmi2"
#define METARL_X86_64_V4 "avx512f,avx512bw,avx512cd,avx512dq,avx512vl," METARL_X86_64_V3

// The levels that there are kernels for, the highest first.
enum metarl_level { METARL_LEVEL_V4, METARL_LEVEL_V3, METARL_LEVEL_PORTABLE, METARL_LEVELS };

// The name of a level, as the environment's variable METARL_LEVEL has it.
const char *metarl_level_name(enum metarl_level level);

// The list of a level's features, which for the portable one is empty.
const char *metarl_level_features(enum metarl_level level);

// The highest level that may be used, as METARL_LEVEL says; METARL_LEVELS where it is not set or names none, which limits
// nothing.
enum metarl_level metarl_wanted_level(void);

// What METARL_LEVEL holds; NULL where it is not set.
const char *metarl_wanted_level_name(void);

// Whether this processor, and the system on it, has all features of a list, and METARL_LEVEL allows them: 0 or 1. A
// feature that is not known here is one that it does not have.
int metarl_processor_has(const char *features);

// The same for a processor that lacks one feature more, for tests.
int metarl_processor_without(const char *missing, const char *features);

#ifdef __cplusplus
}
#endif

#endif
