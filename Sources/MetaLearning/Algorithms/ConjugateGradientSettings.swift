public import Parts
public import TensorCore

/// The settings of the solver of an implicit meta-gradient.
public struct ConjugateGradientSettings: Configurable {
  /// The largest number of steps.
  public var steps: Int
  /// The residual, relative to the outer gradient, at which the solver stops for a task.
  public var tolerance: Double

  public static let settings: [Setting<Self>] = [
    Setting(
      "cg_steps", \.steps, in: 0...10_000,
      "conjugate-gradient steps of a task's meta-gradient, at most; 0: as in fomaml; the column cg_residual "
        + "tells what they leave"
    ).measured(in: "steps"),
    Setting(
      "cg_tolerance", \.tolerance, in: 0...1,
      "residual, relative to the outer gradient, at which a task's conjugate gradients stop"
    ).used("with cg_steps of 1 and more") { $0.steps > 0 },
  ]

  /// Creates the settings.
  public init(steps: Int = 5, tolerance: Double = 0) { (self.steps, self.tolerance) = (steps, tolerance) }

  /// The solver with these settings.
  public var solver: ConjugateGradient { ConjugateGradient(maximumSteps: steps, relativeTolerance: tolerance) }
}
