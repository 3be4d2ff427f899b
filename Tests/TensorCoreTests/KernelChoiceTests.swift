import TensorCore
import Testing
import Workers

/// Kernels are a value of a program: what others compute by does not matter.
@Suite struct KernelChoiceTests {
  /// Wide enough for OpenBLAS, whose sums have another order than those of the project's own kernels.
  private static let matrices = (0..<2).map { seed in
    Tensor<Float>(shape: [130, 130], scalars: (0..<130 * 130).map { Float(($0 * 7_919 + seed) % 1_009) / 1_009 })
  }

  private static func product() -> [Float] { matmul(matrices[0], matrices[1]).scalars }

  private static func makeProgram() -> Program<[Tensor<Float>], Tensor<Float>> {
    Program(for: matrices) { matmul($0[0], $0[1]) }
  }

  private static func run(_ program: Program<[Tensor<Float>], Tensor<Float>>) -> [Float] {
    program(matrices).scalars
  }

  private static let fastest = KernelChoice.fastest.computing { product() }
  private static let deterministic = KernelChoice.deterministic.computing { product() }

  /// Without this the other tests could not fail.
  @Test func choicesDifferInTheirLastBits() {
    #expect(Self.fastest != Self.deterministic)
  }

  @Test func knownValuesAreComputedByTheFastestUnlessOthersAreChosen() {
    #expect(Self.product() == Self.fastest)
    KernelChoice.deterministic.computing {
      #expect(Self.product() == Self.deterministic)
      KernelChoice.fastest.computing { #expect(Self.product() == Self.fastest) }
      #expect(Self.product() == Self.deterministic)
    }
    #expect(Self.product() == Self.fastest)
  }

  @Test func programRunsByTheKernelsItWasCompiledFor() {
    let fastest = Self.makeProgram()
    let deterministic = KernelChoice.deterministic.computing { Self.makeProgram() }
    #expect(Self.run(deterministic) == Self.deterministic)
    #expect(Self.run(fastest) == Self.fastest)
    KernelChoice.deterministic.computing { #expect(Self.run(fastest) == Self.fastest) }
  }

  @Test func threadsWithOtherChoicesDoNotDisturbEachOther() throws {
    let results = try WorkerPool(count: 2).map(jobs: 40) { job, _ in
      let choice = job.isMultiple(of: 2) ? KernelChoice.fastest : .deterministic
      return choice.computing { [Self.product(), Self.run(Self.makeProgram())] }
    }
    for (job, result) in results.enumerated() {
      let expected = job.isMultiple(of: 2) ? Self.fastest : Self.deterministic
      #expect(result == [expected, expected], "job \(job)")
    }
  }
}
