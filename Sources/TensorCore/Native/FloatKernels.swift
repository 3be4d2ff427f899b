import COpenBLAS
import CVectorKernels
public import RealModule

/// The kernels that this process runs now. A switch between the two tables that it chose at its start.
var floatKernels: metarl_kernels_float { KernelLevel.isDeterministic ? sameBits.pointee : fastest.pointee }

// Pointers to tables of the program, which never change.
private nonisolated(unsafe) let fastest = table(named: nil)
private nonisolated(unsafe) let sameBits = table(named: METARL_SAME_BITS)

private func table(named name: String?) -> UnsafePointer<metarl_kernels_float> {
  guard let table = metarl_select_kernels_float(name) else {
    preconditionFailure("the portable kernels are missing from this build")
  }
  return table
}

extension Float: TensorScalar {
  public static func apply(
    _ function: UnaryFunction, _ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, count: Int
  ) {
    floatKernels.unary(function.native, a, out, count)
  }

  public static func apply(
    _ function: BinaryFunction, _ a: UnsafePointer<Float>, stride aStride: Int, _ b: UnsafePointer<Float>,
    stride bStride: Int, _ out: UnsafeMutablePointer<Float>, count: Int
  ) {
    floatKernels.binary(function.native, a, aStride, b, bStride, out, count)
  }

  public static func apply(
    _ function: TernaryFunction, _ a: UnsafePointer<Float>, stride aStride: Int, _ b: UnsafePointer<Float>,
    stride bStride: Int, _ c: UnsafePointer<Float>, stride cStride: Int, _ out: UnsafeMutablePointer<Float>, count: Int
  ) {
    floatKernels.ternary(function.native, a, aStride, b, bStride, c, cStride, out, count)
  }

  public static func sum(
    _ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, outer: Int, reduced: Int, inner: Int
  ) {
    floatKernels.reduce_sum(a, out, outer, reduced, inner)
  }

  public static func maximum(
    _ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, outer: Int, reduced: Int, inner: Int
  ) {
    floatKernels.reduce_max(a, out, outer, reduced, inner)
  }

  public static func addRows(
    _ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, rows: Int, width: Int
  ) {
    floatKernels.add_rows(a, out, rows, width)
  }

  public static func cumulativeSum(
    _ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, outer: Int, length: Int, inner: Int, reversed: Bool
  ) {
    floatKernels.cumulative_sum(a, out, outer, length, inner, reversed ? 1 : 0)
  }

  public static func stridedCopy(
    _ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, sizes: [Int], strides: [Int]
  ) {
    floatKernels.strided_copy(a, out, Int32(sizes.count), sizes, strides)
  }

  public static func smallProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    let sums = plan.outStride == 0 && plan.batch > 1
    if sums, !plan.addsToResult { out.update(repeating: 0, count: plan.rows * plan.columns) }
    floatKernels.matrix_product(
      plan.transposesLeft ? 1 : 0, plan.transposesRight ? 1 : 0, plan.rows, plan.columns, plan.inner, plan.batch,
      left, plan.leftStride, right, plan.rightStride, out, plan.outStride, sums || plan.addsToResult ? 1 : 0)
  }

  public static func largeProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>,
    accumulating: Bool
  ) {
    var product = metarl_large_product(plan, accumulating: accumulating)
    metarl_sgemm(&product, left, right, out)
  }

  public static func run(
    _ program: CompiledProgram<Float>, instructions: Range<Int>, in workspace: ProgramMemory<Float>
  ) {
    guard let runPass = floatKernels.pass else { preconditionFailure("the kernels have no passes") }
    program.execute(instructions, in: workspace) { pass, parts, memory in
      var pass = pass
      memory.pointers.withMemoryRebound(to: UnsafePointer<Float>?.self, capacity: program.tape.slotCount) { slots in
        runPass(&pass, parts, memory.buffers, memory.constants, memory.scratch, slots, memory.strides)
      }
    }
  }
}
