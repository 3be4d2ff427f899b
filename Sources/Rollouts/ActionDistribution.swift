/// A policy as a collector of episodes sees it: normal actions around means that depend on the observations, with
/// standard deviations that do not.
///
/// One thread at a time uses a distribution.
public protocol ActionDistribution: AnyObject {
  /// Writes the means of the actions of all episodes; asked once a time step, it should allocate nothing.
  /// - Parameters:
  ///   - observations: `[episodes, observationSize]`.
  ///   - means: `[episodes, actionSize]`.
  func writeMeans(for observations: Span<Float>, into means: inout MutableSpan<Float>)

  /// Writes the standard deviations of the actions; asked once a batch.
  /// - Parameter deviations: `[actionSize]`.
  func writeStandardDeviations(into deviations: inout MutableSpan<Float>)
}
