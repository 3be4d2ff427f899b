// Kernels over flat arrays, compiled for every level of vector instructions and chosen at start through a table. What each
// one promises is at the beginning of its text, one of those that kernel_list.inc names, and what an element-wise function
// gives is in function_list.inc.
//
// Rules that every level keeps:
// - The bits of an element depend on its operands alone, never on where it stands in an array, how long the array is
//   or how it is aligned. Sums have an order that depends on the sizes alone.
// - A product and a sum are fused only where the promise of a kernel says so.
// - No kernel allocates, keeps state or starts a thread: all may run at once on different outputs.
// - A count or size of 0 is allowed; nothing is then read.
//
// Levels may differ from one another in the last bits of the functions that are not rounded exactly (exp, log, tanh,
// sigmoid, softplus, sin, cos), of normal numbers, of sums and of matrix products; the wide levels have the bits of x86-64-v4, as far as the C
// library's functions (all of Double's, and sin and cos of a Float beyond a million) have the same everywhere. Which NaN
// comes out where one goes in is not specified.
#ifndef METARL_VECTOR_KERNELS_H
#define METARL_VECTOR_KERNELS_H

#ifdef __cplusplus
extern "C" {
#endif

/// Functions of one operand: METARL_NEGATE and the others of function_list.inc.
typedef enum {
#define UNARY(name, value) METARL_##name,
#include "../function_list.inc"
} metarl_unary;

/// Functions of two operands: METARL_ADD and the others of function_list.inc.
typedef enum {
#define BINARY(name, value) METARL_##name,
#include "../function_list.inc"
} metarl_binary;

/// Functions of three operands: METARL_SELECT and the others of function_list.inc.
typedef enum {
#define TERNARY(name, value) METARL_##name,
#include "../function_list.inc"
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

/// Where random numbers are drawn: the key and the first counter of Philox4x32-10.
typedef struct {
  unsigned key[2], counter[4];
} metarl_random_place;

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
