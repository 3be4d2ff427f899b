/// The distribution of a policy's actions, in the form that a collector of episodes uses: normal around means that depend
/// on the observations, with standard deviations that do not.
///
/// Only one thread at a time may use a distribution.
public protocol ActionDistribution: AnyObject {
  /// Writes the means of the actions of all episodes. It is called once in each time step and should allocate nothing.
  /// - Parameters:
  ///   - observations: `[episodes, observationSize]`.
  ///   - means: `[episodes, actionSize]`.
  func writeMeans(for observations: Span<Float>, into means: inout MutableSpan<Float>)

  /// Writes the standard deviations of the actions. It is called once for each batch.
  /// - Parameter deviations: `[actionSize]`.
  func writeStandardDeviations(into deviations: inout MutableSpan<Float>)
}
