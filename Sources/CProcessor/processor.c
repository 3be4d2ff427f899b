#include "processor.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *features;
} levels[METARL_LEVELS] = {
    [METARL_LEVEL_V4] = {"x86-64-v4", METARL_X86_64_V4},
    [METARL_LEVEL_V3] = {"x86-64-v3", METARL_X86_64_V3},
    [METARL_LEVEL_PORTABLE] = {"portable", ""},
};

enum metarl_level metarl_wanted_level(void) {
  const char *wanted = metarl_wanted_level_name();
  for (int level = 0; wanted && level < METARL_LEVELS; level++)
    if (strcmp(wanted, levels[level].name) == 0) return (enum metarl_level)level;
  return METARL_LEVELS;
}

/// The features that METARL_LEVEL leaves; NULL for all of them.
static const char *limit(void) {
  enum metarl_level wanted = metarl_wanted_level();
  return wanted < METARL_LEVELS ? levels[wanted].features : NULL;
}

static int contains(const char *features, const char *name, size_t length) {
  for (;;) {
    size_t other = strcspn(features, ",");
    if (other == length && memcmp(features, name, length) == 0) return 1;
    if (features[other] == '\0') return 0;
    features += other + 1;
  }
}

#if defined(__x86_64__)
// The compiler's question takes a literal.
#define ASK(feature) \
  if (strlen(feature) == length && memcmp(name, feature, length) == 0) return __builtin_cpu_supports(feature) != 0

static int has(const char *name, size_t length) {
  ASK("avx2");
  ASK("fma");
  ASK("bmi");
  ASK("bmi2");
  ASK("avx512f");
  ASK("avx512bw");
  ASK("avx512cd");
  ASK("avx512dq");
  ASK("avx512vl");
  return 0;
}
#else
static int has(const char *name, size_t length) {
  (void)name;
  (void)length;
  return 0;
}
#endif

int metarl_processor_without(const char *missing, const char *features) {
  const char *allowed = limit();
  for (const char *name = features;; ) {
    size_t length = strcspn(name, ",");
    if (missing && strlen(missing) == length && memcmp(missing, name, length) == 0) return 0;
    if (allowed && !contains(allowed, name, length)) return 0;
    if (!has(name, length)) return 0;
    if (name[length] == '\0') return 1;
    name += length + 1;
  }
}

const char *metarl_wanted_level_name(void) { return getenv("METARL_LEVEL"); }

const char *metarl_level_name(enum metarl_level level) { return levels[level].name; }

const char *metarl_level_features(enum metarl_level level) { return levels[level].features; }

int metarl_processor_has(const char *features) { return metarl_processor_without(NULL, features); }
