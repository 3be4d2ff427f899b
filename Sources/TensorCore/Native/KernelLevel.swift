import COpenBLAS
import CVectorKernels
import Synchronization

/// Which kernels compute: what the last bits of a result may depend on beside the program.
public enum KernelLevel {
  /// What kernels are chosen for.
  public enum Choice: Sendable {
    /// The fastest that this processor has; OpenBLAS for large matrix products.
    case fastest
    /// The same bits on every processor: those of the project's own kernels for x86-64-v4, for large products, too.
    case deterministic
  }

  private static let deterministic = Atomic<Bool>(false)

  /// Chooses the kernels of the whole process, for computations that begin afterwards.
  public static func choose(_ choice: Choice) { deterministic.store(choice == .deterministic, ordering: .relaxed) }

  /// Whether the kernels in use are those that have the same bits everywhere.
  static var isDeterministic: Bool { deterministic.load(ordering: .relaxed) }

  /// The level of the project's own kernels, such as `x86-64-v4`, and the kernels of OpenBLAS, such as `SkylakeX`;
  /// `deterministic` for those that have the same bits everywhere.
  public static var name: String { name(of: isDeterministic ? .deterministic : .fastest) }

  /// The same for a choice, whichever is in use.
  public static func name(of choice: Choice) -> String {
    switch choice {
    case .fastest: fastest
    case .deterministic: "deterministic"
    }
  }

  /// Floating-point operations a second of one core in the Float kernels in use: the best of several runs of multiply-adds
  /// that wait for nothing, in some 20 ms.
  public static func measuredPeak() -> Double {
    guard let multiplyAdds = floatKernels.multiply_adds else { return 0 }
    let clock = ContinuousClock()
    var sum: Float = 0
    return (0..<10).map { _ in
      let start = clock.now
      let operations = multiplyAdds(200_000, &sum)
      return Double(operations) / ((clock.now - start) / .seconds(1))
    }.max() ?? 0
  }

  private static let fastest: String = {
    let own = metarl_select_kernels_float(nil).map { String(cString: $0.pointee.name) } ?? "none"
    return "\(own)+\(OpenBLAS.kernelName)"
  }()
}
