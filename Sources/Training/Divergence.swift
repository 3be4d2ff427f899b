import MetaLearning
import Parts
import PolicyLearning
import Rollouts
import Runs

/// Errors for values that are not finite: the settings are such that training diverges.
enum Divergence {
  /// The error for a value that is not finite in a run of this configuration.
  static func error(_ what: String, _ configuration: RunConfiguration) -> UserError {
    UserError(
      "\(what): the training has diverged; \(configuration.metaAlgorithm.divergenceRemedy) may help",
      status: .malformedData, isDivergence: true)
  }

  /// Runs `body`, and rethrows its errors of rollouts, baselines and gradients as errors of the user.
  static func explained<Result>(_ configuration: RunConfiguration, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let failure as NonFiniteValueError where failure.cause != nil {
      // The physics diverged, not the training.
      throw UserError(failure.description, status: .malformedData)
    } catch let failure as NonFiniteValueError where failure.quantity != .action {
      let remedy = "where it is right to do so, \(configuration.metaAlgorithm.divergenceRemedy) may help"
      throw UserError(
        "\(failure.description): the environment of \(configuration.taskName) gave it for finite actions; \(remedy)",
        status: .malformedData, isDivergence: failure.iteration > 1 || failure.adaptationStep > 0)
    } catch let failure as NonFiniteValueError {
      throw error(failure.description, configuration)
    } catch let failure as NonFiniteGradientError {
      throw error(failure.description, configuration)
    } catch let failure as BaselineError {
      throw error(failure.description, configuration)
    }
  }
}
