public import Parts

extension RunFolder {
  /// Checks that the folder has a run of a configuration, but for what a resumed run may change.
  /// - Returns: the configuration of the run.
  /// - Throws: `UserError` that names the first key of another value.
  package func configuration(
    wanted: RunConfiguration, catalog: Catalog
  ) throws(UserError) -> RunConfiguration {
    let found = try configuration(catalog: catalog)
    if let difference = try RunIdentity(found).firstDifference(from: RunIdentity(wanted)) {
      throw UserError(
        "\(path): expected a run with \(difference.key) \(difference.other), found one with \(difference.own); give the "
          + "settings of that run, or another folder", status: .usage)
    }
    return found
  }

  /// Returns the number of iterations that the newest checkpoint includes; 0 where there is no checkpoint.
  public func storedIterations() throws(UserError) -> Int { try checkpoints.iterations().last ?? 0 }
}
