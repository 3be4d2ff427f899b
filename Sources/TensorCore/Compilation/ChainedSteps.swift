import CVectorKernels

// Pairs of steps that one loop computes. A pass is limited by loads and stores, of which a pair saves a third.

extension [ElementwiseFunction] {
  /// Whether a kernel loop computes these two functions as a pair, the second on the value of the first.
  fileprivate var areChained: Bool {
    let sums: [ElementwiseFunction] = [.binary(Add.self), .binary(Subtract.self), .binary(Multiply.self)]
    let before: [ElementwiseFunction] = [.unary(Step.self), .unary(Square.self), .unary(Negate.self)]
    let after: [ElementwiseFunction] = [.unary(ReLU.self), .unary(Tanh.self), .unary(Step.self), .unary(Square.self)]
    return sums.contains(self[0]) && (sums + after).contains(self[1])
      || before.contains(self[0]) && sums.contains(self[1])
  }
}

extension FusedPass.Step {
  /// This step and `next` as one step, or nil where no loop computes both. `next` must be the only reader of this step's
  /// value.
  fileprivate func chained(with next: Self) -> Self? {
    guard second == nil, next.second == nil, [function, next.function].areChained,
      let position = next.operands.firstIndex(of: destination), next.operands.filter({ $0 == destination }).count == 1
    else { return nil }
    var chain = self
    chain.second = next.function
    chain.operands += next.operands.filter { $0 != destination }
    chain.destination = next.destination
    // Addition and multiplication are commutative; a subtraction depends on which operand is the chained value.
    chain.isSwapped = next.function == .binary(Subtract.self) && position == 1
    return chain
  }

  var native: metarl_step {
    func slot(_ position: Int) -> Int32 { position < operands.count ? Int32(operands[position]) : 0 }
    return metarl_step(
      kind: kind, first: function.number, second: second?.number ?? 0, is_swapped: isSwapped ? 1 : 0,
      operands: (slot(0), slot(1), slot(2)), destination: Int32(destination))
  }

  private var kind: metarl_step_kind {
    switch (function, second) {
    case (.unary, nil): METARL_ONE_UNARY
    case (.binary, nil): METARL_ONE_BINARY
    case (.binary, .unary): METARL_BINARY_UNARY
    case (.unary, _): METARL_UNARY_BINARY
    case (.binary, _): METARL_BINARY_BINARY
    case (.ternary, _): METARL_ONE_TERNARY
    }
  }
}

extension Array {
  /// The same steps, where neighbours that one loop can compute are joined.
  /// - Parameter registers: the slots of values that nothing reads after the pass.
  func chained<Scalar>(registers: Range<Int>) -> [FusedPass<Scalar>.Step] where Element == FusedPass<Scalar>.Step {
    var joined: [Element] = []
    var index = 0
    while index < count {
      if index + 1 < count, registers.contains(self[index].destination),
        !isRead(self[index].destination, after: index + 1), let chain = self[index].chained(with: self[index + 1])
      {
        joined.append(chain)
        index += 2
      } else {
        joined.append(self[index])
        index += 1
      }
    }
    return joined
  }

  /// Whether a step after `index` reads the value in `slot`. The step at `index` itself may overwrite it.
  private func isRead<Scalar>(_ slot: Int, after index: Int) -> Bool where Element == FusedPass<Scalar>.Step {
    if self[index].destination == slot { return false }
    for step in self[(index + 1)...] {
      if step.operands.contains(slot) { return true }
      if step.destination == slot { return false }
    }
    return false
  }
}
