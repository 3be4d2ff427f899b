/// The distribution of a policy's actions, in the form that a collector of episodes uses: the outputs of the policy, which
/// depend on the observations, and standard deviations, which do not. What they mean is the `ActionForm`'s to say.
///
/// Only one thread at a time may use a distribution.
public protocol ActionDistribution: AnyObject {
  /// Writes the policy's outputs for all episodes: the means of vectors, or the logits of choices. It is called once in each
  /// time step and should allocate nothing.
  /// - Parameters:
  ///   - observations: `[episodes, observationSize]`.
  ///   - outputs: `[episodes, outputSize]`.
  func writeOutputs(for observations: Span<Float>, into outputs: inout MutableSpan<Float>)

  /// Writes the standard deviations of the actions. It is called once for each batch.
  /// - Parameter deviations: `[deviationCount]`; empty for choices.
  func writeStandardDeviations(into deviations: inout MutableSpan<Float>)
}
