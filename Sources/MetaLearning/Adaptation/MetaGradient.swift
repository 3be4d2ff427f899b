public import TensorCore

/// The source of the outer gradient: the third of an algorithm's three parts. For a gradient that passes through the inner
/// loop, each phase says how it passes.
public enum MetaGradient: Hashable, Sendable {
  /// The derivative of the outer loss through the inner loop.
  case differentiated
  /// The derivative at the minimum that the rule describes, as if the inner loop had reached it, whatever its path. The
  /// implicit function theorem gives it by a linear system, which conjugate gradients solve (iMAML, lemma 1 and algorithm
  /// 2). The rule must be a `PenalizedRule`. The damping is that of the system's matrix.
  case implicit(ConjugateGradient, damping: ImplicitDamping = ImplicitDamping())
  /// The displacement of the inner loop, theta - phi, which is not a derivative (Reptile, algorithm 1). It is zero for
  /// parameters that are not adapted.
  case displacement
  /// The gradient of the first inner step's loss before any adaptation: joint training on all tasks.
  case unadapted
  /// No gradient: the meta-parameters stay as they are.
  case none
}
