import COpenBLAS
import CVectorKernels

/// Which kernels compute here: what the last bits of a result may depend on beside the program.
public enum KernelLevel {
  /// The level of the project's own kernels, such as `x86-64-v4`, and the kernels of OpenBLAS, such as `SkylakeX`.
  public static let name: String = {
    let own = metarl_select_kernels_float(nil).map { String(cString: $0.pointee.name) } ?? "none"
    return "\(own)+\(OpenBLAS.kernelName)"
  }()
}
