#include "vector_kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define SCALAR float
#define NAME(x) x##_float
#define MATH(x) x##f
#include "kernels.inc"
#undef SCALAR
#undef NAME
#undef MATH

#define SCALAR double
#define NAME(x) x##_double
#define MATH(x) x
#include "kernels.inc"

#define TABLE(type)                                                                                                 \
  static const metarl_kernels_##type portable_##type = {                                                            \
      "portable",        unary_##type,      binary_##type,         ternary_##type,      fill_##type,                \
      reduce_sum_##type, reduce_max_##type, cumulative_sum_##type, strided_copy_##type, matrix_product_##type};     \
  const metarl_kernels_##type *metarl_select_kernels_##type(const char *wanted) {                                   \
    return wanted == NULL || strcmp(wanted, "portable") == 0 ? &portable_##type : NULL;                             \
  }
TABLE(float)
TABLE(double)
