import CProcessor

/// The native kernels that computations use. The last bits of a result depend on this choice and on the program alone.
public enum KernelChoice: Sendable {
  /// The fastest kernels that this processor supports, and OpenBLAS for large matrix products.
  case fastest
  /// Kernels that give the same bits on every processor: the project's own for x86-64-v4, also for large products.
  case deterministic

  /// The choice for operations on known values, and for programs that are compiled in this scope, wherever they run later.
  @TaskLocal public static var current = KernelChoice.fastest

  /// Calls `body` with this choice of kernels for all computations in it.
  public func computing<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$current.withValue(self, operation: body)
  }

  /// The level of the project's own kernels, such as `x86-64-v4`, and the kernels of OpenBLAS, such as `SkylakeX`;
  /// `deterministic` for the kernels that give the same bits on every processor.
  public var name: String {
    switch self {
    case .fastest: Self.fastestName
    case .deterministic: "deterministic"
    }
  }

  private static let fastestName = "\(Float.kernels(.fastest).levelName)+\(OpenBLAS.kernelName)"

  /// The levels of vector instructions that kernels exist for, the fastest first.
  public static let levels = (0..<METARL_LEVELS.rawValue).map { String(cString: metarl_level_name(metarl_level($0))) }

  /// What the environment's variable `METARL_LEVEL` holds where it is none of ``levels``. One of them limits what the
  /// kernels of this process use; OpenBLAS is then told to use its kernels for such a processor.
  public static var unknownLevel: String? {
    metarl_wanted_level() == METARL_LEVELS ? metarl_wanted_level_name().map { String(cString: $0) } : nil
  }

  /// The peak rate of the Float kernels on one core, in floating-point operations a second: the best of several runs of
  /// independent multiply-adds, which together take some 20 ms.
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
