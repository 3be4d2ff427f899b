public import Parts

extension UserError {
  /// A fault of data as the command line tells it.
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
