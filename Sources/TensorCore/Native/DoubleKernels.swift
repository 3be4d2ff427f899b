import COpenBLAS
import CVectorKernels
public import RealModule

/// The kernels that this process runs now. A switch between the two tables that it chose at its start.
var doubleKernels: metarl_kernels_double { KernelLevel.isDeterministic ? sameBits.pointee : fastest.pointee }

// Pointers to tables of the program, which never change.
private nonisolated(unsafe) let fastest = table(named: nil)
private nonisolated(unsafe) let sameBits = table(named: METARL_SAME_BITS)

private func table(named name: String?) -> UnsafePointer<metarl_kernels_double> {
  guard let table = metarl_select_kernels_double(name) else {
    preconditionFailure("the portable kernels are missing from this build")
  }
  return table
}

extension Double: TensorScalar {
  public static func apply(
    _ function: UnaryFunction, _ a: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, count: Int
  ) {
    doubleKernels.unary(function.native, a, out, count)
  }

  public static func apply(
    _ function: BinaryFunction, _ a: UnsafePointer<Double>, stride aStride: Int, _ b: UnsafePointer<Double>,
    stride bStride: Int, _ out: UnsafeMutablePointer<Double>, count: Int
  ) {
    doubleKernels.binary(function.native, a, aStride, b, bStride, out, count)
  }

  public static func apply(
    _ function: TernaryFunction, _ a: UnsafePointer<Double>, stride aStride: Int, _ b: UnsafePointer<Double>,
    stride bStride: Int, _ c: UnsafePointer<Double>, stride cStride: Int, _ out: UnsafeMutablePointer<Double>,
    count: Int
  ) {
    doubleKernels.ternary(function.native, a, aStride, b, bStride, c, cStride, out, count)
  }

  public static func sum(
    _ a: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, outer: Int, reduced: Int, inner: Int
  ) {
    doubleKernels.reduce_sum(a, out, outer, reduced, inner)
  }

  public static func maximum(
    _ a: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, outer: Int, reduced: Int, inner: Int
  ) {
    doubleKernels.reduce_max(a, out, outer, reduced, inner)
  }

  public static func addRows(
    _ a: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, rows: Int, width: Int
  ) {
    doubleKernels.add_rows(a, out, rows, width)
  }

  public static func cumulativeSum(
    _ a: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, outer: Int, length: Int, inner: Int, reversed: Bool
  ) {
    doubleKernels.cumulative_sum(a, out, outer, length, inner, reversed ? 1 : 0)
  }

  public static func stridedCopy(
    _ a: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, sizes: [Int], strides: [Int]
  ) {
    doubleKernels.strided_copy(a, out, Int32(sizes.count), sizes, strides)
  }

  public static func smallProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>
  ) {
    let sums = plan.outStride == 0 && plan.batch > 1
    if sums, !plan.addsToResult { out.update(repeating: 0, count: plan.rows * plan.columns) }
    doubleKernels.matrix_product(
      plan.transposesLeft ? 1 : 0, plan.transposesRight ? 1 : 0, plan.rows, plan.columns, plan.inner, plan.batch,
      left, plan.leftStride, right, plan.rightStride, out, plan.outStride, sums || plan.addsToResult ? 1 : 0)
  }

  public static func largeProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>,
    accumulating: Bool
  ) {
    var product = metarl_large_product(plan, accumulating: accumulating)
    metarl_dgemm(&product, left, right, out)
  }

  public static func run(
    _ program: CompiledProgram<Double>, instructions: Range<Int>, in workspace: ProgramMemory<Double>
  ) {
    guard let runPass = doubleKernels.pass else { preconditionFailure("the kernels have no passes") }
    program.execute(instructions, in: workspace) { pass, parts, memory in
      var pass = pass
      memory.pointers.withMemoryRebound(to: UnsafePointer<Double>?.self, capacity: program.tape.slotCount) { slots in
        runPass(&pass, parts, memory.buffers, memory.constants, memory.scratch, slots, memory.strides)
      }
    }
  }
}
