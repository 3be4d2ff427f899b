import CVectorKernels

/// The levels that have the bits of x86-64-v4.
let wideLevels = ["x86-64-v3-wide", "portable-wide"]

/// The levels that this processor can run.
let runnableLevels: [String] = (["x86-64-v4", "x86-64-v3", "portable"] + wideLevels).filter { (level: String) in
  metarl_select_kernels(METARL_FLOAT, level) != nil
}

/// Float and Double with the kernels of a level on arrays, so that each test is written once for both.
protocol KernelScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  associatedtype Bits: FixedWidthInteger & Sendable
  var bitPattern: Bits { get }

  /// Which scalar it is.
  static var native: metarl_scalar { get }
}

extension Float: KernelScalar {
  static var native: metarl_scalar { METARL_FLOAT }
}

extension Double: KernelScalar {
  static var native: metarl_scalar { METARL_DOUBLE }
}

enum Reduction: CaseIterable { case sum, maximum }

/// The arguments of a batched product that are not arrays.
struct ProductShape {
  var transposeLeft = false
  var transposeRight = false
  var rows: Int
  var columns: Int
  var inner: Int
  var batch = 1
  var sharesLeft = false
  var sharesRight = false
  var sharesOut = false
  var accumulates = false

  var leftStride: Int { sharesLeft ? 0 : rows * inner }
  var rightStride: Int { sharesRight ? 0 : inner * columns }
  var outStride: Int { sharesOut ? 0 : rows * columns }
}

extension KernelScalar {
  static func kernels(_ level: String) -> metarl_kernels {
    guard let table = metarl_select_kernels(native, level) else { preconditionFailure("no kernels for \(level)") }
    return table.pointee
  }

  static func unary(
    _ level: String, _ op: metarl_unary, _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int
  ) {
    kernels(level).unary(op, a, out, count)
  }

  static func binary(
    _ level: String, _ op: metarl_binary, _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>,
    _ bStride: Int, _ out: UnsafeMutablePointer<Self>, _ count: Int
  ) {
    kernels(level).binary(op, a, aStride, b, bStride, out, count)
  }

  static func ternary(
    _ level: String, _ op: metarl_ternary, _ operands: [(UnsafePointer<Self>, Int)],
    _ out: UnsafeMutablePointer<Self>, _ count: Int
  ) {
    let (a, b, c) = (operands[0], operands[1], operands[2])
    kernels(level).ternary(op, a.0, a.1, b.0, b.1, c.0, c.1, out, count)
  }

  static func reduce(
    _ level: String, _ kind: Reduction, _ a: [Self], _ out: UnsafeMutablePointer<Self>, _ sizes: [Int]
  ) {
    switch kind {
    case .sum: kernels(level).reduce_sum(a, out, sizes[0], sizes[1], sizes[2])
    case .maximum: kernels(level).reduce_max(a, out, sizes[0], sizes[1], sizes[2])
    }
  }

  static func addRows(_ level: String, _ a: [Self], _ out: inout [Self], _ rows: Int, _ width: Int) {
    kernels(level).add_rows(a, &out, rows, width)
  }

  static func cumulativeSum(
    _ level: String, _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ sizes: [Int], reverse: Bool
  ) {
    kernels(level).cumulative_sum(a, out, sizes[0], sizes[1], sizes[2], reverse ? 1 : 0)
  }

  static func stridedCopy(
    _ level: String, _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ sizes: [Int], _ strides: [Int]
  ) {
    kernels(level).strided_copy(a, out, Int32(sizes.count), sizes, strides)
  }

  static func matrixProduct(
    _ level: String, _ shape: ProductShape, _ left: [Self], _ right: [Self], _ out: UnsafeMutablePointer<Self>
  ) {
    kernels(level).matrix_product(
      shape.transposeLeft ? 1 : 0, shape.transposeRight ? 1 : 0, shape.rows, shape.columns, shape.inner, shape.batch,
      left, shape.leftStride, right, shape.rightStride, out, shape.outStride, shape.accumulates ? 1 : 0)
  }
}
