/// Computes one operation on known values, with the kernel that compiled programs use too.
enum EagerEvaluation {
  static func evaluate<Scalar: TensorScalar>(
    _ operation: some Operation, _ operands: [Node<Scalar>], result: Shape
  ) -> [Scalar] {
    let values = operands.compactMap { $0.value }
    let lowering = operation.lowering(operands: operands.map { $0.shape }, result: result)
    if case .view = lowering { return values[0] }
    // The standard library would write to its one empty array, which all threads share.
    guard result.count > 0 else { return [] }
    return [Scalar](unsafeUninitializedCapacity: result.count) { buffer, count in
      count = result.count
      guard let out = buffer.baseAddress else { return }
      out.initialize(repeating: 0, count: count)  // What a reduction of no elements leaves.
      let kernels = Kernels<Scalar>.current
      withPointers(to: values) { pointers in
        switch lowering {
        case .view: break
        case .elementwise(let function): apply(function, pointers, out, count: result.count, by: kernels)
        case .broadcast: BroadcastCopy(from: operands[0].shape, to: result).run(pointers, out, by: kernels)
        case .kernel(let kernel): kernel.run(pointers, out, by: kernels)
        case .partSum: preconditionFailure("a sum over parts is computed by a staged program alone")
        }
      }
    }
  }

  private static func apply<Scalar: TensorScalar>(
    _ function: ElementwiseFunction, _ operands: UnsafePointer<UnsafePointer<Scalar>>,
    _ out: UnsafeMutablePointer<Scalar>, count: Int, by kernels: Kernels<Scalar>
  ) {
    switch function {
    case .unary(let function): kernels.apply(function, operands[0], out, count: count)
    case .binary(let function):
      kernels.apply(function, operands[0], stride: 1, operands[1], stride: 1, out, count: count)
    case .ternary(let function):
      kernels.apply(
        function, operands[0], stride: 1, operands[1], stride: 1, operands[2], stride: 1, out, count: count)
    }
  }

  /// Calls `body` with the address of each array's elements.
  private static func withPointers<Scalar: TensorScalar>(
    to arrays: [[Scalar]], _ body: (UnsafePointer<UnsafePointer<Scalar>>) -> Void
  ) {
    var pointers: [UnsafePointer<Scalar>] = []
    func descend(_ index: Int) {
      guard index < arrays.count else { return pointers.withUnsafeBufferPointer { $0.baseAddress.map(body) ?? () } }
      arrays[index].withUnsafeBufferPointer { buffer in
        // An empty array has no address; kernels never read an operand without elements.
        guard let address = buffer.baseAddress else { return }
        pointers.append(address)
        descend(index + 1)
      }
    }
    descend(0)
  }
}
