#include "processor.h"

#include <stddef.h>
#include <string.h>

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
  for (const char *name = features;; ) {
    size_t length = strcspn(name, ",");
    if (missing && strlen(missing) == length && memcmp(missing, name, length) == 0) return 0;
    if (!has(name, length)) return 0;
    if (name[length] == '\0') return 1;
    name += length + 1;
  }
}

const char *metarl_level_features(int level) {
  return level == 3 ? METARL_X86_64_V3 : level == 4 ? METARL_X86_64_V4 : NULL;
}

int metarl_processor_has(const char *features) { return metarl_processor_without(NULL, features); }
