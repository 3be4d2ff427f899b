// Kernels over flat arrays, compiled for every level of vector instructions and chosen at start through a table. What
// there is is in kernel_list.inc.
//
// Rules that every level keeps:
// - The bits of an element depend on its operands alone, never on where it stands in an array, how long the array is
//   or how it is aligned. Sums have an order that depends on the sizes alone.
// - A product and a sum are fused only where kernel_list.inc says so.
// - No kernel allocates, keeps state or starts a thread: all may run at once on different outputs.
// - A count or size of 0 is allowed; nothing is then read.
//
// Levels may differ from one another in the last bits of the functions that are not rounded exactly (exp, log, tanh,
// sigmoid, softplus, sin, cos), of sums and of matrix products; the wide levels have the bits of x86-64-v4, as far as the C
// library's functions (all of Double's, and sin and cos of a Float beyond a million) have the same everywhere. Which NaN
// comes out where one goes in is not specified.
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
  METARL_SELECT  /* a != 0 ? b : c; a NaN counts as not zero, and the operand that is not chosen is ignored. */
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

/// What the numbers of an array are.
typedef enum { METARL_FLOAT, METARL_DOUBLE } metarl_scalar;

/// The kernels of one level for one scalar. Those of Double have the same bits at every level; its exp, log, tanh, sin and
/// cos are those of the C library, and sigmoid and softplus are built of its exp and log1p without cancellation.
typedef struct {
  const char *name;  // "x86-64-v4", "x86-64-v3", "portable", "x86-64-v3-wide", "portable-wide"
#define KERNEL(result, name, parameters, arguments) result(*name) parameters;
#include "../kernel_list.inc"
#undef KERNEL
} metarl_kernels;

/// Names the fastest level that has the bits of x86-64-v4: that one, "x86-64-v3-wide" or "portable-wide".
#define METARL_SAME_BITS "same-bits"

/// The kernels of the level named `wanted`, or NULL if it is unknown or cannot run here; for a NULL name the best this
/// processor has. Double is compiled for "x86-64-v3" and "portable" only, and every other level has the kernels of one of
/// these.
const metarl_kernels *metarl_select_kernels(metarl_scalar scalar, const char *wanted);

#ifdef __cplusplus
}
#endif

#endif
