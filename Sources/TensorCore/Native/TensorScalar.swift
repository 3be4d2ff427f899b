import CVectorKernels
public import RealModule

/// The element type of tensors: `Float` for training, `Double` for gradient checks and error curves.
///
/// Only `Float` and `Double` conform, since each has its own native kernels.
public protocol TensorScalar: Real, BinaryFloatingPoint, Sendable {
  /// The native kernels that a choice stands for on this processor.
  static func kernels(_ choice: KernelChoice) -> Kernels<Self>
}

extension Float: TensorScalar {
  public static func kernels(_ choice: KernelChoice) -> Kernels<Float> { floatKernels[choice] }
}

extension Double: TensorScalar {
  public static func kernels(_ choice: KernelChoice) -> Kernels<Double> { doubleKernels[choice] }
}

private let floatKernels = KernelsByChoice<Float>(METARL_FLOAT)
private let doubleKernels = KernelsByChoice<Double>(METARL_DOUBLE)

private struct KernelsByChoice<Scalar: TensorScalar>: Sendable {
  private let fastest: Kernels<Scalar>
  private let deterministic: Kernels<Scalar>

  init(_ scalar: metarl_scalar) {
    fastest = Kernels(scalar, .fastest)
    deterministic = Kernels(scalar, .deterministic)
  }

  subscript(choice: KernelChoice) -> Kernels<Scalar> {
    switch choice {
    case .fastest: fastest
    case .deterministic: deterministic
    }
  }
}
