import CMetaRL
import Parts
import Training

/// A misuse of the C interface, with the status that answers it and a line for the caller.
struct InterfaceFault: Error {
  var status: metarl_status
  var message: String

  init(_ status: metarl_status, _ message: String) { (self.status, self.message) = (status, message) }
}

/// Runs the body of a function of the interface, and answers for what it throws.
func answering(_ body: () throws -> Void) -> metarl_status {
  metarl_clear_message()
  do {
    try body()
    return METARL_OK
  } catch let fault as InterfaceFault {
    metarl_set_message(fault.message)
    return fault.status
  } catch let fault as PolicyExperience.Fault {
    metarl_set_message(fault.description)
    return switch fault {
    case .wrongSize: METARL_WRONG_SIZE
    case .invalidValue: METARL_INVALID_VALUE
    case .wrongState: METARL_WRONG_STATE
    }
  } catch let error as UserError {
    metarl_set_message(([error.message] + error.further).joined(separator: "\n"))
    return METARL_REFUSED
  } catch {
    metarl_set_message("\(error)")
    return METARL_REFUSED
  }
}
