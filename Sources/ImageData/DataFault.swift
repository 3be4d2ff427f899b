public import Parts

extension UserError {
  /// Creates the error of the command line for a fault of data.
  public init(_ error: DataError) {
    let status: Status =
      switch error.kind {
      case .missing: .missingInput
      case .malformed: .malformedData
      case .inputOutput: .inputOutput
      case .cannotCreate: .cannotCreate
      case .unavailable: .unavailable
      }
    self.init(error.description, status: status)
  }
}
