// Every kernel of every level, on the sizes where vectors end and on the values where functions do.
#include <limits>

#include "harness.h"
#include "vector_kernels.h"

namespace {

template <typename Scalar>
std::vector<Scalar> values(long count) {
  using Limits = std::numeric_limits<Scalar>;
  const Scalar special[] = {0, -Scalar(0), 1, -1, Scalar(0.5), 90, -110, Scalar(1e6), Scalar(-3e9), Limits::denorm_min(),
                            Limits::min(), Limits::max(), Limits::lowest(), Limits::infinity(), -Limits::infinity(),
                            Limits::quiet_NaN()};
  Numbers numbers{7};
  std::vector<Scalar> result(count);
  for (long i = 0; i < count; i++) {
    bool isSpecial = numbers.next() % 3 == 0;
    result[i] = isSpecial ? special[numbers.next() % std::size(special)] : Scalar(numbers.uniform(-20, 20));
  }
  return result;
}

const long counts[] = {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 129};

template <typename Scalar>
void runElementwise(const metarl_kernels &kernels) {
  for (long count : counts) {
    // One element further on, so that vectors are not aligned.
    auto a = values<Scalar>(count + 1), b = values<Scalar>(count + 1), c = a;
    std::vector<Scalar> out(count + 1);
    for (int op = METARL_NEGATE; op <= METARL_STEP; op++) {
      kernels.unary(metarl_unary(op), a.data() + 1, out.data() + 1, count);
    }
    for (int op = METARL_ADD; op <= METARL_NOT_EQUAL; op++) {
      for (int strides = 0; strides < 4; strides++) {
        kernels.binary(metarl_binary(op), a.data() + 1, strides & 1, b.data(), strides >> 1, out.data() + 1, count);
      }
    }
    for (int strides = 0; strides < 8; strides++) {
      kernels.ternary(METARL_SELECT, a.data(), strides & 1, b.data(), strides >> 1 & 1, c.data(), strides >> 2, out.data(),
                      count);
    }
  }
}

template <typename Scalar>
void runNormals(const metarl_kernels &kernels) {
  const metarl_random_place place = {{1, 0xffffffffu}, {2, 3, 0xfffffffau, 0xfffffffeu}};
  for (long rows : counts) {
    for (long width : {0, 1, 2, 3, 4, 6, 9}) {
      auto means = values<Scalar>(rows * width + 1), deviations = values<Scalar>(width + 1);
      std::vector<Scalar> out(rows * width + 1);
      kernels.normals(&place, rows, width, means.data() + 1, deviations.data() + 1, out.data() + 1);
    }
  }
}

template <typename Scalar>
void runReductions(const metarl_kernels &kernels) {
  for (long outer : {0, 1, 3, 5}) {
    for (long reduced : {0, 1, 4, 15, 16, 17, 70}) {
      for (long inner : {1, 2, 7, 16, 33}) {
        auto a = values<Scalar>(outer * reduced * inner + 1);
        std::vector<Scalar> out(outer * reduced * inner + outer * inner + 1);
        kernels.reduce_sum(a.data(), out.data(), outer, reduced, inner);
        kernels.reduce_max(a.data(), out.data(), outer, reduced, inner);
        kernels.add_rows(a.data(), out.data(), outer * reduced, inner);
        kernels.cumulative_sum(a.data(), out.data(), outer, reduced, inner, 0);
        kernels.cumulative_sum(a.data(), out.data(), outer, reduced, inner, 1);
      }
    }
  }
  auto a = values<Scalar>(6 * 35 * 6);
  std::vector<Scalar> out(a.size());
  const long sizes[] = {6, 35, 6}, turned[] = {1, 6, 210}, repeated[] = {0, 6, 1}, backward[] = {-210, -6, -1};
  kernels.strided_copy(a.data(), out.data(), 3, sizes, turned);
  kernels.strided_copy(a.data(), out.data(), 3, sizes, repeated);
  kernels.strided_copy(a.data() + a.size() - 1, out.data(), 3, sizes, backward);
  kernels.strided_copy(a.data(), out.data(), 0, sizes, turned);
}

template <typename Scalar>
void runProducts(const metarl_kernels &kernels) {
  for (long rows : {1, 2, 5, 12, 13, 40}) {
    for (long columns : {1, 2, 6, 8, 9, 16, 17, 65}) {
      for (long inner : {0, 1, 3, 128, 129}) {
        const long batch = 2;
        auto left = values<Scalar>(batch * rows * inner + 1), right = values<Scalar>(batch * inner * columns + 1);
        std::vector<Scalar> out(batch * rows * columns);
        for (int flags = 0; flags < 16; flags++) {
          const bool sums = flags & 8;
          kernels.matrix_product(flags & 1, flags >> 1 & 1, rows, columns, inner, batch, left.data(), rows * inner,
                                 right.data(), flags & 4 ? 0 : inner * columns, out.data(), sums ? 0 : rows * columns,
                                 sums);
        }
      }
    }
  }
}

template <typename Scalar>
void runLevels(metarl_scalar scalar) {
  for (const char *level : {"x86-64-v4", "x86-64-v3", "portable"}) {
    const metarl_kernels *kernels = metarl_select_kernels(scalar, level);
    if (!kernels) continue;
    std::printf("kernels, %s, %zu bytes\n", level, sizeof(Scalar));
    runElementwise<Scalar>(*kernels);
    runNormals<Scalar>(*kernels);
  runReductions<Scalar>(*kernels);
    runProducts<Scalar>(*kernels);
  }
}

}  // namespace

void runKernels() {
  runLevels<float>(METARL_FLOAT);
  runLevels<double>(METARL_DOUBLE);
}
