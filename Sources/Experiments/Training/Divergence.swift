import PolicyLearning
import Rollouts

/// Numbers that ran away, told as what they are: settings under which nothing is learned.
enum Divergence {
  /// What to say of a number that is not finite.
  static func error(_ what: String) -> UserError {
    UserError(
      "\(what): the training has diverged; a smaller inner_rate or outer_rate may help", status: .malformedData,
      isDivergence: true)
  }

  /// Runs `body`, whose errors of rollouts and baselines become a user's.
  static func explained<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let failure as NonFiniteValueError {
      throw error(failure.description)
    } catch let failure as BaselineError {
      throw error(failure.description)
    }
  }
}
