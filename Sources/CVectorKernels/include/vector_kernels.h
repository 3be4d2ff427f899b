// Kernels over flat arrays, compiled once for every level of vector instructions and chosen at start through a table.
//
// Rules that every level keeps:
// - The bits of an element depend on its operands alone, never on where it stands in an array, how long the array is
//   or how it is aligned. Sums have an order that depends on the sizes alone.
// - A product and a sum of operands are fused only where this header says so. METARL_MULTIPLY_ADD is fused at every
//   level, so its bits are the same everywhere.
// - No kernel allocates, keeps state or starts a thread: all may run at once on different outputs.
// - A count or size of 0 is allowed; nothing is then read.
//
// Levels may differ from one another in the last bits of the functions that are not rounded exactly (exp, log, tanh,
// sigmoid, softplus, sin, cos), of sums and of matrix products; the wide levels have the bits of x86-64-v4, as far as the C
// library's functions (all of Double's, and sin and cos of a Float beyond a million) have the same everywhere. Which NaN comes out where one goes in is not specified.
#ifndef METARL_VECTOR_KERNELS_H
#define METARL_VECTOR_KERNELS_H

#ifdef __cplusplus
extern "C" {
#endif

/// Functions of one operand. A NaN gives a NaN unless said otherwise.
typedef enum {
  METARL_NEGATE,      /* -x, also for zeros and NaNs: the sign bit flips. */
  METARL_EXP,         /* e^x; Float: 2 ulp. Infinity above 88.72; denormal results are kept; 0 at -infinity. */
  METARL_LOG,         /* ln x; Float: 2 ulp. log(+-0) = -infinity, log(x < 0) = NaN; denormal operands are right. */
  METARL_TANH,        /* Float: 3 ulp everywhere, near zero too; tanh(-0) = -0; +-1 at +-infinity. */
  METARL_SIGMOID,     /* 1 / (1 + e^-x); Float: 3 ulp on both sides; denormal results are kept; 0, 1 at -+infinity. */
  METARL_RELU,        /* x > 0 or NaN: x; otherwise +0. */
  METARL_SOFTPLUS,    /* ln(1 + e^x); Float: 3 ulp on both sides; 0 at -infinity, infinity at infinity. */
  METARL_SQRT,        /* Rounded exactly; sqrt(x < 0) = NaN, sqrt(-0) = -0. */
  METARL_ABS,         /* The sign bit is cleared, also of a NaN. */
  METARL_SIGN,        /* 1, -1, and x itself where x is +-0 or NaN. */
  METARL_RECIPROCAL,  /* 1 / x, rounded exactly. */
  METARL_SQUARE,      /* x * x */
  METARL_SIN,         /* Float: 2 ulp for every finite operand; NaN at +-infinity. */
  METARL_COS,         /* As METARL_SIN. */
  METARL_IDENTITY,    /* x, its bits unchanged. */
  METARL_STEP         /* 1 where x > 0 else 0; a NaN gives 0. */
} metarl_unary;

/// Functions of two operands. Comparisons give 1 or 0; with a NaN they give 0, METARL_NOT_EQUAL gives 1.
typedef enum {
  METARL_ADD,
  METARL_SUBTRACT,
  METARL_MULTIPLY,
  METARL_DIVIDE,
  METARL_MAXIMUM,  /* a > b ? a : b, and a NaN where either operand is one; equal operands (so also zeros) give b. */
  METARL_MINIMUM,  /* a < b ? a : b, and a NaN where either operand is one; equal operands (so also zeros) give b. */
  METARL_GREATER,
  METARL_GREATER_EQUAL,
  METARL_LESS,
  METARL_LESS_EQUAL,
  METARL_EQUAL,
  METARL_NOT_EQUAL
} metarl_binary;

/// Functions of three operands.
typedef enum {
  METARL_SELECT,       /* a != 0 ? b : c; a NaN counts as not zero, and the operand that is not chosen is ignored. */
  METARL_MULTIPLY_ADD  /* a * b + c, fused: rounded once. */
} metarl_ternary;

/// Windows that slide over images [images, height, width, channels], `stride` pixels apart in both directions, the
/// first one `padding` pixels above and to the left of the first pixel; pixels outside of an image are 0. There are
/// [images, out_height, out_width] places of a window. Window sizes, strides and channels are positive; of pooling,
/// padding is 0 and all windows lie inside.
typedef struct {
  long images, height, width, channels;
  long window_height, window_width;
  long stride, padding;
  long out_height, out_width;
} metarl_windows;

/// How a pass reads an operand: an element for each of its own, one for all, a row that is read again and again and
/// divides the blocks, or any other broadcast.
typedef enum { METARL_CONTIGUOUS, METARL_UNIFORM, METARL_PERIODIC, METARL_STRIDED } metarl_load_kind;

#define METARL_MOST_AXES 6

/// Elements that a block of scratch is rounded up to: a cache line of floats.
#define METARL_LINE 16

typedef struct {
  long size, stride;  // stride in elements, 0 where the operand is stretched
} metarl_axis;

/// An operand of a pass, `offset` elements into the buffers or the constants; periodic and strided ones have axes.
typedef struct {
  metarl_load_kind kind;
  int is_constant;
  long offset;
  int first_axis, axis_count;
} metarl_load;

/// What a step computes: one function, or a second one of the first one's value. Of the first kind all functions; of the
/// others
/// - a binary function and then a unary one: add, subtract, multiply; ReLU, tanh, step, square;
/// - a unary function and then a binary one: step, square, negate; add, subtract, multiply;
/// - two binary ones: add, subtract, multiply.
typedef enum {
  METARL_ONE_UNARY,
  METARL_ONE_BINARY,
  METARL_ONE_TERNARY,
  METARL_BINARY_UNARY,
  METARL_UNARY_BINARY,
  METARL_BINARY_BINARY
} metarl_step_kind;

/// A step of a pass. Functions are a metarl_unary, metarl_binary or metarl_ternary. Operands, those of the first function
/// and then the other one of the second, and the destination are slots: of a pass first its loads, then its registers, then
/// its stores. With is_swapped the first value is the second one to be subtracted: c - a b. Sums and products have it 0.
typedef struct {
  metarl_step_kind kind;
  int first, second, is_swapped;
  int operands[3], destination;
} metarl_step;

/// Element-wise steps over `count` elements in blocks of `block`; ranges of the arrays of metarl_pass_parts.
typedef struct {
  long count, block;
  int first_load, load_count, register_count, first_store, store_count, first_step, step_count;
} metarl_pass;

/// What the passes of a program are made of. A store is an offset into the buffers.
typedef struct {
  const metarl_load *loads;
  const metarl_axis *axes;
  const long *stores;
  const metarl_step *steps;
} metarl_pass_parts;

/// Float kernels of one level.
typedef struct {
  const char *name;  // "x86-64-v4", "x86-64-v3", "portable", "x86-64-v3-wide", "portable-wide"

  // Element-wise. out may be the same pointer as an input; it must not overlap one in any other way.
  // A scalar operand has stride 0, a vector stride 1.
  void (*unary)(metarl_unary op, const float *a, float *out, long count);
  void (*binary)(metarl_binary op, const float *a, long a_stride, const float *b, long b_stride, float *out,
                 long count);
  void (*ternary)(metarl_ternary op, const float *a, long a_stride, const float *b, long b_stride, const float *c,
                  long c_stride, float *out, long count);
  void (*fill)(float value, float *out, long count);

  // A fused pass. scratch holds a block, rounded up to whole lines, for every load and register; slots and strides one entry for every slot.
  void (*pass)(const metarl_pass *pass, const metarl_pass_parts *parts, float *buffers, const float *constants,
               float *scratch, const float **slots, long *strides);

  // Reductions over the middle axis of [outer, reduced, inner] into [outer, inner], which must not overlap a.
  // The order of summation depends on the sizes alone. A sum over nothing is 0, a maximum over nothing -infinity.
  // A maximum over a NaN is NaN; whether one over zeros of both signs is +0 or -0 depends on their order.
  void (*reduce_sum)(const float *a, float *out, long outer, long reduced, long inner);
  void (*reduce_max)(const float *a, float *out, long outer, long reduced, long inner);

  // Adds the rows of [rows, width] to out, one after another. The sum over the middle axis of [1, reduced, inner] with
  // inner > 1 is that of the rows [4, inner] which come of zeros and its rows, four of them as one row, those that are left
  // over added to the first of the four.
  void (*add_rows)(const float *a, float *out, long rows, long width);

  // Inclusive cumulative sum along the middle axis of [outer, length, inner]; reverse != 0 sums from the end.
  // Always one addition after another, in order. out may be a.
  void (*cumulative_sum)(const float *a, float *out, long outer, long length, long inner, int reverse);

  // Row-major copy of a strided array of up to 6 axes into a contiguous one (transpose, slice, broadcast). Strides are
  // in elements and may be 0 or negative; a points at the element of index 0. Rank 0 copies one element. out must not
  // overlap a.
  void (*strided_copy)(const float *a, float *out, int rank, const long *sizes, const long *strides);

  // Small batched matrix products: for b in 0..<batch: out[b] = op(left[b]) op(right[b]) (+ out[b] when accumulate),
  // row-major, op = transpose when the flag is set: op(left[b]) is [rows, inner], op(right[b]) [inner, columns],
  // out[b] [rows, columns]. Strides are from one matrix of the batch to the next, in elements: a batch stride of 0
  // shares that operand; out_stride 0 with accumulate sums over the batch in order. out must not overlap an operand.
  // The order of a sum depends on the sizes and flags alone: over inner in blocks of 128, each block from +0 and in
  // order, fused where the level has the instruction, and added to what is there before the next one; with one column and a
  // left operand that is not transposed, in lanes.
  void (*matrix_product)(int transpose_left, int transpose_right, long rows, long columns, long inner, long batch,
                         const float *left, long left_stride, const float *right, long right_stride, float *out,
                         long out_stride, int accumulate);

  // Convolutions: results and gradients [images, out_height, out_width, filters], weights [window_height, window_width,
  // channels, filters]; for the input's gradient, the adjoint in the images, with the last two axes exchanged. The
  // order of a sum depends on the sizes alone: in blocks of at most 128 steps of a window or 96 places, each from +0, fused
  // where the level has the instruction.
  void (*convolve)(const metarl_windows *windows, long filters, const float *images, const float *weights, float *out);
  void (*convolve_input_gradient)(const metarl_windows *windows, long filters, const float *gradient,
                                  const float *weights, float *images);
  void (*convolve_filter_gradient)(const metarl_windows *windows, long filters, const float *images,
                                   const float *gradient, float *weights);

  // Pooling: which position of its window, counted row by row, holds the largest element of a place and channel (the
  // first of equal ones; a NaN counts as largest), the elements at these positions, and the adjoint of that: values
  // added to zeros at these positions.
  void (*pool_choose)(const metarl_windows *windows, const float *images, float *choice);
  void (*pool_gather)(const metarl_windows *windows, const float *images, const float *choice, float *out);
  void (*pool_scatter)(const metarl_windows *windows, const float *values, const float *choice, float *images);

  // Normalisation over the middle axis of [outer, reduced, inner]; center, gain, offset, slope and constant are
  // [outer, inner]. Two sums into [outer, 2, inner], in blocks of 64 rows, joined in order: the mean and the mean squared
  // deviation from it; the sum of a and of a (b - center), where gain and offset are not NULL of the elements with
  // b gain + offset > 0. Two lines: a gain + offset, or 0 where that is less and is_rectified != 0; g gain - x slope -
  // constant, where g counts as 0 with x gain + offset <= 0 if is_rectified != 0. Products and sums are not fused.
  void (*moments)(const float *a, float *out, long outer, long reduced, long inner);
  void (*centered_sums)(const float *a, const float *b, const float *center, const float *gain, const float *offset,
                        float *out, long outer, long reduced, long inner);
  void (*line)(const float *a, const float *gain, const float *offset, int is_rectified, float *out, long outer,
               long reduced, long inner);
  void (*line_gradient)(const float *g, const float *x, const float *gain, const float *offset, const float *slope,
                        const float *constant, int is_rectified, float *out, long outer, long reduced, long inner);

  // Independent multiply-adds in registers, as a measure of the processor. Writes their sum, and returns how many
  // floating-point operations they were.
  long (*multiply_adds)(long rounds, float *sum);
} metarl_kernels_float;

/// Double kernels of one level. As for Float, but exp, log, tanh, sin and cos are those of the C library, and sigmoid
/// and softplus are built of its exp and log1p without cancellation.
typedef struct {
  const char *name;
  void (*unary)(metarl_unary op, const double *a, double *out, long count);
  void (*binary)(metarl_binary op, const double *a, long a_stride, const double *b, long b_stride, double *out,
                 long count);
  void (*ternary)(metarl_ternary op, const double *a, long a_stride, const double *b, long b_stride, const double *c,
                  long c_stride, double *out, long count);
  void (*fill)(double value, double *out, long count);
  void (*pass)(const metarl_pass *pass, const metarl_pass_parts *parts, double *buffers, const double *constants,
               double *scratch, const double **slots, long *strides);
  void (*reduce_sum)(const double *a, double *out, long outer, long reduced, long inner);
  void (*reduce_max)(const double *a, double *out, long outer, long reduced, long inner);
  void (*add_rows)(const double *a, double *out, long rows, long width);
  void (*cumulative_sum)(const double *a, double *out, long outer, long length, long inner, int reverse);
  void (*strided_copy)(const double *a, double *out, int rank, const long *sizes, const long *strides);
  void (*matrix_product)(int transpose_left, int transpose_right, long rows, long columns, long inner, long batch,
                         const double *left, long left_stride, const double *right, long right_stride, double *out,
                         long out_stride, int accumulate);
  void (*convolve)(const metarl_windows *windows, long filters, const double *images, const double *weights, double *out);
  void (*convolve_input_gradient)(const metarl_windows *windows, long filters, const double *gradient,
                                  const double *weights, double *images);
  void (*convolve_filter_gradient)(const metarl_windows *windows, long filters, const double *images,
                                   const double *gradient, double *weights);
  void (*pool_choose)(const metarl_windows *windows, const double *images, double *choice);
  void (*pool_gather)(const metarl_windows *windows, const double *images, const double *choice, double *out);
  void (*pool_scatter)(const metarl_windows *windows, const double *values, const double *choice, double *images);
  void (*moments)(const double *a, double *out, long outer, long reduced, long inner);
  void (*centered_sums)(const double *a, const double *b, const double *center, const double *gain, const double *offset,
                        double *out, long outer, long reduced, long inner);
  void (*line)(const double *a, const double *gain, const double *offset, int is_rectified, double *out, long outer,
               long reduced, long inner);
  void (*line_gradient)(const double *g, const double *x, const double *gain, const double *offset, const double *slope,
                        const double *constant, int is_rectified, double *out, long outer, long reduced, long inner);
  long (*multiply_adds)(long rounds, double *sum);
} metarl_kernels_double;

/// Names the fastest level that has the bits of x86-64-v4: that one, "x86-64-v3-wide" or "portable-wide".
#define METARL_SAME_BITS "same-bits"

/// The kernels of the level named `wanted`, or NULL if it is unknown or cannot run here; for a NULL name the best this
/// processor has.
const metarl_kernels_float *metarl_select_kernels_float(const char *wanted);

/// As `metarl_select_kernels_float`; the levels are the same.
const metarl_kernels_double *metarl_select_kernels_double(const char *wanted);

#ifdef __cplusplus
}
#endif

#endif
