import CVectorKernels

/// A function of one number, applied to every element.
enum UnaryFunction: Hashable, Sendable, CaseIterable {
  case negate, exp, log, tanh, sigmoid, relu, softplus, sqrt, abs, sign, reciprocal, square, sin, cos
  /// 1 where the operand is positive, 0 elsewhere.
  case step
  /// A copy of the operand.
  case identity

  var native: metarl_unary {
    switch self {
    case .negate: METARL_NEGATE
    case .exp: METARL_EXP
    case .log: METARL_LOG
    case .tanh: METARL_TANH
    case .sigmoid: METARL_SIGMOID
    case .relu: METARL_RELU
    case .softplus: METARL_SOFTPLUS
    case .sqrt: METARL_SQRT
    case .abs: METARL_ABS
    case .sign: METARL_SIGN
    case .reciprocal: METARL_RECIPROCAL
    case .square: METARL_SQUARE
    case .sin: METARL_SIN
    case .cos: METARL_COS
    case .step: METARL_STEP
    case .identity: METARL_IDENTITY
    }
  }
}

/// A function of two elements; a comparison gives 1 where it holds and 0 elsewhere.
enum BinaryFunction: Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum
  case greater, greaterOrEqual, less, lessOrEqual, equal, notEqual

  var native: metarl_binary {
    switch self {
    case .add: METARL_ADD
    case .subtract: METARL_SUBTRACT
    case .multiply: METARL_MULTIPLY
    case .divide: METARL_DIVIDE
    case .maximum: METARL_MAXIMUM
    case .minimum: METARL_MINIMUM
    case .greater: METARL_GREATER
    case .greaterOrEqual: METARL_GREATER_EQUAL
    case .less: METARL_LESS
    case .lessOrEqual: METARL_LESS_EQUAL
    case .equal: METARL_EQUAL
    case .notEqual: METARL_NOT_EQUAL
    }
  }
}

/// A function of three elements.
enum TernaryFunction: Hashable, Sendable, CaseIterable {
  /// The second operand where the first is not 0, else the third.
  case select

  var native: metarl_ternary { METARL_SELECT }
}
