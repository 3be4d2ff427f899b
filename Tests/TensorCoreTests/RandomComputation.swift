import RandomStreams
import TensorCore
import TestSupport
import Testing

/// A random computation: which operations it makes depends on its number and on shapes alone, so that it is the same
/// one eagerly, traced, differentiated, in Float and in Double.
struct RandomComputation: Sendable, CustomTestStringConvertible {
  let number: Int
  /// Also operations that give infinities and NaNs.
  var isWild = false

  var testDescription: String { "\(isWild ? "wild " : "")computation \(number)" }

  /// Results larger than this are not made.
  private static let largestCount = 6000
  private static let operationCount = 30

  /// Sizes around the ends of vectors and of blocks, which have at most 2,048 elements; and now and then nothing at all.
  private static let shortSizes = [1, 2, 3, 5, 8, 17]
  private static let longSizes = [1, 31, 64, 65, 129, 257, 700, 2049]

  private var stream: RandomStream { RandomAddress(seed: 11, purpose: .test, iteration: number).stream }

  var shapes: [Shape] {
    var stream = RandomAddress(seed: 12, purpose: .test, iteration: number).stream
    let rows = number % 9 == 8 ? 0 : Self.shortSizes.randomElement(using: &stream) ?? 1
    let columns = number % 11 == 10 ? 0 : Self.longSizes.randomElement(using: &stream) ?? 1
    let inner = [1, 2, 4].randomElement(using: &stream) ?? 1
    return [
      [rows, columns], [columns], [rows, 1], [1, columns], [], [inner, rows], [rows, inner, 1], [rows * columns],
    ]
  }

  func arguments<Scalar: TensorScalar>() -> [Tensor<Scalar>] {
    shapes.enumerated().map { testValues($1, seed: 31 * number + $0) }
  }

  /// Several results; some are arguments, constants, views or the same as another.
  func callAsFunction<Scalar: TensorScalar>(_ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
    var builder = Builder(pool: arguments, stream: stream, isWild: isWild)
    while builder.pool.count < arguments.count + Self.operationCount { builder.grow(largestCount: Self.largestCount) }
    let last = builder.pool.suffix(3)
    let others = (0..<3).map { _ in builder.any() }
    return last + others + [last[last.startIndex], Tensor(repeating: 2, shape: [3])]
  }

  /// A single number that depends on every element of every result.
  func objective<Scalar: TensorScalar>(_ arguments: [Tensor<Scalar>]) -> Tensor<Scalar> {
    callAsFunction(arguments).enumerated().map { index, result in
      (result * testValues(result.shape, seed: index)).sum()
    }.reduce(Tensor(0.25), +)
  }
}

/// The tensors so far, and what to do next.
private struct Builder<Scalar: TensorScalar> {
  var pool: [Tensor<Scalar>]
  var stream: RandomStream
  let isWild: Bool

  private mutating func choose(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &stream) }

  /// Any tensor; a recent one more often, so that the computation gets deep.
  mutating func any() -> Tensor<Scalar> {
    let recent = choose(2) == 0
    return recent ? pool[pool.count - 1 - choose(min(6, pool.count))] : pool[choose(pool.count)]
  }

  mutating func grow(largestCount: Int) {
    let made: Tensor<Scalar>? =
      switch choose(12) {
      case 0, 1, 2: unary()
      case 3, 4, 5, 6: binary()
      case 7: selection()
      case 8: reduction()
      case 9, 10: movement()
      default: product()
      }
    guard let made, made.shape.count <= largestCount else { return }
    pool.append(made)
  }

  private mutating func unary() -> Tensor<Scalar> {
    let x = any()
    if isWild, choose(2) == 0 {
      switch choose(4) {
      case 0: return log(x)
      case 1: return sqrt(x)
      case 2: return exp(square(x) * 30)
      default: return reciprocal(relu(x))
      }
    }
    switch choose(15) {
    case 0: return tanh(x)
    case 1: return sigmoid(x)
    case 2: return relu(x)
    case 3: return softplus(x)
    case 4: return abs(x)
    case 5: return sign(x)
    case 6: return step(x)
    case 7: return sin(x)
    case 8: return cos(x)
    case 9: return -x
    case 10: return exp(tanh(x))
    case 11: return log(1 + square(x))
    case 12: return sqrt(1 + square(x))
    case 13: return reciprocal(2 + sin(x))
    default: return stopGradient(x)
    }
  }

  private func fits(_ a: Shape, _ b: Shape) -> Bool {
    zip(a.sizes.reversed(), b.sizes.reversed()).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
  }

  private mutating func partner(of x: Tensor<Scalar>) -> Tensor<Scalar> {
    for _ in 0..<20 {
      let y = any()
      let rank = max(x.shape.rank, y.shape.rank)
      let count = (0..<rank).map { axis in
        max(
          axis < x.shape.rank ? x.shape[x.shape.rank - 1 - axis] : 1,
          axis < y.shape.rank ? y.shape[y.shape.rank - 1 - axis] : 1)
      }.reduce(1, *)
      if fits(x.shape, y.shape), count < 6000 { return y }
    }
    return x
  }

  private mutating func binary() -> Tensor<Scalar> {
    let x = any()
    // Constants that simplify, and one that does not. 0 is left out where signs of zeros can show.
    let constants: [Scalar] = isWild ? [1, 3] : [0, 1, 3]
    let y = choose(5) == 0 ? Tensor(constants[choose(constants.count)]) : partner(of: x)
    switch choose(12) {
    case 0, 1: return x + y
    case 2, 3: return x - y
    case 4, 5: return tanh(x) * y
    case 6: return isWild ? x / y : x / (1 + square(y))
    case 7: return maximum(x, y)
    case 8: return minimum(y, x)
    case 9: return x .> y
    case 10: return [x .>= y, x .< y, x .<= y, x .== y, x .!= y][choose(5)]
    default: return softThreshold(x, by: sigmoid(y))
    }
  }

  private mutating func selection() -> Tensor<Scalar>? {
    let (x, y) = (any(), any())
    guard fits(x.shape, y.shape) else { return nil }
    let both = x + y
    let z = partner(of: both)
    guard fits(both.shape, z.shape) else { return nil }
    return select(x .> 0, y, z)
  }

  private mutating func reduction() -> Tensor<Scalar>? {
    let x = any()
    guard x.shape.rank > 0 else { return nil }
    let axis = choose(x.shape.rank)
    let keeps = choose(2) == 0
    switch choose(6) {
    case 0: return tanh(x.sum())
    case 1: return tanh(x.sum(axes: axis, keepingAxes: keeps))
    case 2: return x.shape[axis] > 0 ? x.maximum(axes: axis, keepingAxes: keeps) : nil
    case 3: return x.shape[axis] > 0 ? x.mean(axes: axis, keepingAxes: keeps) : nil
    case 4: return tanh(x.cumulativeSum(axis: axis, reversed: keeps))
    default: return x.shape[axis] > 0 ? x.logSumExp(axis: axis, keepingAxes: keeps) : nil
    }
  }

  private mutating func movement() -> Tensor<Scalar>? {
    let x = any()
    switch choose(8) {
    case 0: return x.flattened()
    case 1: return x.shape.rank > 3 ? nil : x.insertingAxis(choose(x.shape.rank + 1))
    case 2: return x.shape.rank > 3 ? nil : x.broadcast(to: Shape([choose(4) + 1] + x.shape.sizes))
    case 3: return x.transposed(permutation: (0..<x.shape.rank).shuffled(using: &stream))
    default: break
    }
    guard x.shape.rank > 0 else { return nil }
    let axis = choose(x.shape.rank)
    let size = x.shape[axis]
    switch choose(4) {
    case 0:
      let start = choose(size + 1)
      return x.sliced(axis: axis, start..<start + choose(size - start + 1))
    case 1: return x.padded(axis: axis, before: choose(3), after: choose(3))
    case 2: return concatenate([x, tanh(x), x], axis: axis)
    default:
      guard x.shape[0] > 0 else { return nil }
      let rows = (0..<choose(5)).map { _ in Scalar(choose(x.shape[0])) }
      return gather(x, rows: Tensor(rows))
    }
  }

  private mutating func product() -> Tensor<Scalar>? {
    let (x, y) = (any(), any())
    let (left, right) = (choose(2) == 0, choose(2) == 0)
    guard (2...3).contains(x.shape.rank), (2...3).contains(y.shape.rank) else { return nil }
    let inner = x.shape[x.shape.rank - (left ? 2 : 1)]
    guard inner == y.shape[y.shape.rank - (right ? 1 : 2)] else { return nil }
    guard x.shape.rank == 2 || y.shape.rank == 2 || x.shape[0] == y.shape[0] else { return nil }
    let rows = x.shape[x.shape.rank - (left ? 1 : 2)]
    let columns = y.shape[y.shape.rank - (right ? 2 : 1)]
    guard rows * columns * inner < 60_000 else { return nil }
    return tanh(matmul(x, transposed: left, y, transposed: right))
  }
}
