import TensorCore
import Testing

/// Values made of tensors, and the memory of their parts.
@Suite struct TensorStructureTests {
  private struct Pair: TensorStructure {
    var first: Tensor<Double>
    var others: [Tensor<Double>]
    var last: Tensor<Double>?

    mutating func forEachTensor(_ body: (inout Tensor<Double>) throws -> Void) rethrows {
      try first.forEachTensor(body)
      try others.forEachTensor(body)
      try last.forEachTensor(body)
    }
  }

  /// A member that nothing visits.
  private struct Forgetful: TensorStructure {
    var visited: Tensor<Double>
    var inner = Inner()

    struct Inner: Sendable { var forgotten = [Tensor<Double>(1)] }

    mutating func forEachTensor(_ body: (inout Tensor<Double>) throws -> Void) rethrows {
      try visited.forEachTensor(body)
    }
  }

  private let pair = Pair(first: Tensor([1, 2]), others: [Tensor(3), Tensor([4, 5, 6])], last: Tensor(7))

  @Test func tensorsAreThoseOfTheMembersInOrder() {
    #expect(pair.tensors.map(\.scalars) == [[1, 2], [3], [4, 5, 6], [7]])
    #expect(pair.shapes == [[2], [], [3], []])
    let doubled = pair.mapTensors { $0 * 2 }
    #expect(doubled.others[1].scalars == [8, 10, 12] && doubled.last?.scalar == 14)
    #expect(pair.replacingTensors(doubled.tensors).tensors.map(\.scalars) == doubled.tensors.map(\.scalars))
    #expect(pair.innerProduct(with: doubled).scalar == 2 * (1 + 4 + 9 + 16 + 25 + 36 + 49))
    #expect(Pair(first: Tensor(1), others: [], last: nil).tensors.count == 1)
  }

  @Test func gradientHasTheStructureOfThePoint() {
    let derivative = gradient(at: pair) { point in (point.first * point.first).sum() + point.others[1].sum() }
    #expect(derivative.first.scalars == [2, 4])
    #expect(derivative.others.map(\.scalars) == [[0], [1, 1, 1]])
    let product = hessianVectorProduct(at: pair, along: pair) { ($0.first * $0.first * $0.first).sum() }
    // The third power's second derivative, 6 x, times x.
    #expect(product.first.scalars == [6, 24] && product.last?.scalar == 0)
  }

  @Test func partsAreFoundByTheirNames() {
    let program = Program(for: pair) { Pair(first: $0.first + $0.others[0], others: [], last: $0.last) }
    let workspace = program.makeWorkspace()
    workspace.inputs.first.write([10, 20])
    workspace.inputs.others[0].write(Tensor(5))
    workspace.inputs.others[1].write([0, 0, 0])
    workspace.inputs.last.write(Tensor(7))
    workspace.run()
    #expect(workspace.outputs.read().first.scalars == [15, 25])
    #expect(workspace.outputs.last.scalars == [7])
    workspace.inputs.others[0].withElements { $0[0] = 1 }
    workspace.run()
    #expect(workspace.outputs.first.scalars == [11, 21])
    #expect(workspace.inputs.scalars == [10, 20, 1, 0, 0, 0, 7])
    #expect(workspace.inputs.part { [$0.others[1], $0.first] }.arrays == [[0, 0, 0], [10, 20]])
  }

  @Test func forgottenMemberStopsTheProgramByItsName() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Program(for: Forgetful(visited: Tensor(1))) { $0.visited }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("Forgetful.forEachTensor does not visit inner.forgotten[0]"), "\(message)")
  }

  @Test func valueOfAnotherShapeStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      Program(for: Tensor<Float>.placeholder([2])) { $0 }.makeWorkspace().inputs.write(Tensor([1, 2, 3]))
    }
  }

  @Test func tensorThatWasComputedIsNoBuffer() async {
    await #expect(processExitsWith: .failure) {
      _ = Program(for: Tensor<Float>.placeholder([2])) { $0 }.makeWorkspace().inputs.part { $0 + 1 }
    }
  }
}
