import MetaLearning
import Parts
import PolicyLearning
import Rollouts
import Runs

/// Numbers that ran away, told as what they are: settings under which nothing is learned.
enum Divergence {
  /// What to say of a number that is not finite in a run of this configuration.
  static func error(_ what: String, _ configuration: RunConfiguration) -> UserError {
    UserError(
      "\(what): the training has diverged; \(configuration.metaAlgorithm.divergenceRemedy) may help",
      status: .malformedData, isDivergence: true)
  }

  /// Runs `body`, whose errors of rollouts, baselines and gradients become a user's.
  static func explained<Result>(_ configuration: RunConfiguration, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let failure as NonFiniteValueError where failure.cause != nil {
      // The robot ran away, not the training.
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
