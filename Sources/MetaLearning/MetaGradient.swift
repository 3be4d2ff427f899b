public import TensorCore

/// How the outer loss is differentiated through the inner loop: the third of an algorithm's three parts.
public enum MetaGradient: Hashable, Sendable {
  /// Exactly: every inner step is differentiated, second derivatives of the loss included (MAML, eq. 1).
  case unrolled
  /// As if an inner step's gradient, and the momentum of earlier steps, were constants: d phi / d theta = identity on the
  /// adapted parameters (FOMAML).
  case firstOrder
  /// As if the recovered parameters did not depend on the features that they were recovered on (MLSR, theorem 1). Their
  /// own starting point, which is meta-learned, gets the outer gradient of the weights that no step set to 0.
  case direct
  /// As if the inner loop had reached the minimum that its rule describes, whatever its way there: by the implicit
  /// function theorem, with a linear system that conjugate gradients solve (iMAML, lemma 1 and algorithm 2). The rule is
  /// a `PenalizedRule`.
  case implicit(ConjugateGradient)
  /// Not a derivative: the way that the inner loop went, theta - phi (Reptile, algorithm 1). Parameters that are not
  /// adapted do not move.
  case displacement
  /// The gradient of the first inner step's loss before any adaptation: joint training on all tasks.
  case unadapted
  /// None: the meta-parameters stay as they are.
  case none
}
