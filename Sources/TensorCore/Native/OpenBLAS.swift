import COpenBLAS

/// What the project knows of the OpenBLAS library it runs on.
public enum OpenBLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// One thread a product: the project is parallel over tasks.
  static func useOneThread() { singleThreaded }

  /// The name of the kernels in use, such as `SkylakeX`.
  public static var kernelName: String { String(cString: openblas_get_corename()) }

  /// The library's version and build options.
  public static var configuration: String { String(cString: openblas_get_config()) }
}
