public import TensorCore

/// Where the outer gradient comes from: the third of an algorithm's three parts. How it passes through a phase of the inner
/// loop, where it does, is the phase's.
public enum MetaGradient: Hashable, Sendable {
  /// The derivative of the outer loss through the inner loop.
  case differentiated
  /// The derivative as if the inner loop had reached the minimum that its rule describes, whatever its way there: by the
  /// implicit function theorem, with a linear system that conjugate gradients solve (iMAML, lemma 1 and algorithm 2). The rule
  /// is a `PenalizedRule`.
  case implicit(ConjugateGradient)
  /// Not a derivative: the way that the inner loop went, theta - phi (Reptile, algorithm 1). Parameters that are not
  /// adapted do not move.
  case displacement
  /// The gradient of the first inner step's loss before any adaptation: joint training on all tasks.
  case unadapted
  /// None: the meta-parameters stay as they are.
  case none
}
