// The shim to OpenBLAS, which is loaded at its first use, with one thread from the start.
//
// A program that is linked to OpenBLAS gets a thread for every core before its `main`, whatever it sets afterwards. Under
// a memory limit such a thread waits for its buffer forever, and the end of the program waits for the thread. A program
// that only prints its help does not load the library at all.
#ifndef METARL_OPENBLAS_SHIM_H
#define METARL_OPENBLAS_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The sizes of a product: out[rows, columns] = left[rows, inner] right[inner, columns], row-major, where each factor may
// be stored transposed, and the strides of stored rows.
typedef struct metarl_large_product {
  int32_t is_double;  // 0 for Float
  int32_t transposes_left;  // 0 or 1
  int32_t transposes_right;
  int32_t rows;
  int32_t columns;
  int32_t inner;
  int32_t left_stride;
  int32_t right_stride;
  int32_t out_stride;
  int32_t accumulates;  // 1 to add to `out`
} metarl_large_product;

// Computes a product of arrays of Float or of Double. If the library cannot be loaded, the program ends with one line and
// exit code 72.
void metarl_multiply(const metarl_large_product *product, const void *left, const void *right, void *out);

// The name of the kernels that the library has chosen, and the library's version and build options.
const char *metarl_openblas_kernel_name(void);
const char *metarl_openblas_configuration(void);

// Whether the library has been loaded: 0 or 1.
int metarl_openblas_is_loaded(void);

#ifdef __cplusplus
}
#endif

#endif
