/// Which kernels compute: what the last bits of a result may depend on beside the program.
public enum KernelChoice: Sendable {
  /// The fastest that this processor has; OpenBLAS for large matrix products.
  case fastest
  /// The same bits on every processor: those of the project's own kernels for x86-64-v4, for large products, too.
  case deterministic

  /// What computes here: operations on known values, and the programs that are compiled here wherever they run later.
  @TaskLocal public static var current = KernelChoice.fastest

  /// Does `body`, and all computations of this thread in it, by these kernels.
  public func computing<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$current.withValue(self, operation: body)
  }

  /// The level of the project's own kernels, such as `x86-64-v4`, and the kernels of OpenBLAS, such as `SkylakeX`;
  /// `deterministic` for those that have the same bits everywhere.
  public var name: String {
    switch self {
    case .fastest: Self.fastestName
    case .deterministic: "deterministic"
    }
  }

  private static let fastestName = "\(Float.kernels(.fastest).levelName)+\(OpenBLAS.kernelName)"

  /// Floating-point operations a second of one core in the Float kernels: the best of several runs of multiply-adds that
  /// wait for nothing, in some 20 ms.
  public func measuredPeak() -> Double {
    let clock = ContinuousClock()
    let kernels = Float.kernels(self)
    return (0..<10).map { _ in
      let start = clock.now
      let operations = kernels.multiplyAdds(rounds: 200_000)
      return Double(operations) / ((clock.now - start) / .seconds(1))
    }.max() ?? 0
  }
}
