import PolicyLearning
import Rollouts

/// Numbers that ran away, told as what they are: settings under which nothing is learned.
enum Divergence {
  /// What to say of a number that is not finite in a run of this configuration.
  static func error(_ what: String, _ configuration: RunConfiguration) -> UserError {
    let hint =
      switch configuration.algorithm {
      case "imaml-hf": "a larger regularization or a smaller outer_rate"
      case "imaml": "a smaller inner_rate or outer_rate, or a larger regularization,"
      case "mlsr-maml": "a smaller recovery_rate, inner_rate or outer_rate"
      case "random": "a smaller inner_rate"
      default: "a smaller inner_rate or outer_rate"
      }
    return UserError(
      "\(what): the training has diverged; \(hint) may help", status: .malformedData, isDivergence: true)
  }

  /// Runs `body`, whose errors of rollouts, baselines and gradients become a user's.
  static func explained<Result>(_ configuration: RunConfiguration, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let failure as NonFiniteValueError where failure.cause != nil {
      // The robot ran away, not the training.
      throw UserError(failure.description, status: .malformedData)
    } catch let failure as NonFiniteValueError {
      throw error(failure.description, configuration)
    } catch let failure as NonFiniteGradientError {
      throw error(failure.description, configuration)
    } catch let failure as BaselineError {
      throw error(failure.description, configuration)
    }
  }
}
