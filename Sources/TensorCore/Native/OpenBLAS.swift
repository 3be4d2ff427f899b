import COpenBLAS

/// Facts about the OpenBLAS library in use, which is loaded at its first use.
public enum OpenBLAS {
  /// The name of the kernels in use, such as `SkylakeX`.
  public static var kernelName: String { String(cString: metarl_openblas_kernel_name()) }

  /// The library's version and build options.
  public static var configuration: String { String(cString: metarl_openblas_configuration()) }

  /// Whether the library has been loaded yet.
  static var isLoaded: Bool { metarl_openblas_is_loaded() != 0 }
}

extension metarl_large_product {
  /// Converts a plan; the product is added to the existing elements if `accumulating`, else it replaces them.
  init(_ plan: ProductPlan, isDouble: Bool, accumulating: Bool) {
    self.init(
      is_double: isDouble ? 1 : 0, transposes_left: plan.transposesLeft ? 1 : 0,
      transposes_right: plan.transposesRight ? 1 : 0,
      rows: Int32(plan.rows), columns: Int32(plan.columns), inner: Int32(plan.inner),
      left_stride: Int32(plan.transposesLeft ? plan.rows : plan.inner),
      right_stride: Int32(plan.transposesRight ? plan.inner : plan.columns), out_stride: Int32(plan.columns),
      accumulates: accumulating ? 1 : 0)
  }
}
