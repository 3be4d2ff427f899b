/// The elements and attributes of MJCF that the reader knows. Anything else may change the physics and is refused.
enum MJCFVocabulary {
  /// The attributes and children that one kind of element may have.
  struct Entry {
    /// The attributes that the reader interprets.
    var attributes: Set<String> = []
    /// The attributes for the appearance, for other solvers or for user data, which do not change the motion.
    var ignoredAttributes: Set<String> = []
    var children: [String: Entry] = [:]
    /// The children that do not change the motion; they are skipped with everything in them.
    var ignoredChildren: Set<String> = []
    /// Whether an element may contain elements of its own kind, such as bodies in bodies.
    var isRecursive = false
  }

  /// The document: the content of <mujoco>.
  static let document = Entry(
    attributes: ["model"],
    children: [
      "compiler": compiler, "option": option, "size": size, "default": defaults, "worldbody": world,
      "actuator": Entry(children: ["motor": motor]),
    ],
    ignoredChildren: ["asset", "visual", "statistic", "custom", "keyframe", "sensor"])

  private static let compiler = Entry(
    attributes: ["angle", "coordinate", "inertiafromgeom", "settotalmass", "autolimits", "inertiagrouprange"],
    ignoredAttributes: ["meshdir", "texturedir", "assetdir", "strippath"])

  // Solver settings do not change the solution of the problem.
  private static let option = Entry(
    attributes: ["gravity", "timestep", "integrator"],
    ignoredAttributes: ["iterations", "tolerance", "solver", "jacobian", "ls_iterations", "ls_tolerance"],
    children: ["flag": flag])

  // The others measure, or choose how MuJoCo computes what it computes; no robot that is read has what they switch.
  private static let flag = Entry(
    attributes: ["constraint", "contact", "limit", "gravity", "eulerdamp"],
    ignoredAttributes: [
      "autoreset", "energy", "equality", "frictionloss", "fwdinv", "invdiscrete", "island", "midphase", "multiccd",
      "nativeccd", "sensor", "sleep", "warmstart",
    ])

  private static let size = Entry(ignoredAttributes: [
    "memory", "njmax", "nconmax", "nstack", "nuserdata", "nkey", "nuser_body", "nuser_jnt", "nuser_geom", "nuser_site",
    "nuser_cam", "nuser_tendon", "nuser_actuator", "nuser_sensor",
  ])

  private static let defaults = Entry(
    attributes: ["class"],
    children: ["joint": joint, "geom": geom, "motor": motor],
    ignoredChildren: ["camera", "light", "site", "material", "mesh", "tendon", "equality", "pair"], isRecursive: true)

  private static let world = Entry(
    children: ["geom": geom, "body": body], ignoredChildren: ["light", "camera", "site"])

  private static let body = Entry(
    attributes: ["name", "pos", "axisangle", "euler", "quat", "xyaxes", "zaxis", "childclass"],
    ignoredAttributes: ["user"], children: ["joint": joint, "geom": geom, "inertial": inertial],
    ignoredChildren: ["light", "camera", "site"], isRecursive: true)

  private static let inertial = Entry(attributes: [
    "pos", "mass", "diaginertia", "fullinertia", "axisangle", "euler", "quat", "xyaxes", "zaxis",
  ])

  private static let joint = Entry(
    attributes: [
      "name", "class", "type", "pos", "axis", "range", "limited", "margin", "ref", "stiffness", "springref", "damping",
      "armature", "solreflimit", "solimplimit",
    ],
    ignoredAttributes: ["group", "user"])

  private static let geom = Entry(
    attributes: [
      "name", "class", "type", "pos", "size", "fromto", "axisangle", "euler", "quat", "xyaxes", "zaxis",
      "density", "mass", "friction",
      "condim", "contype", "conaffinity", "margin", "solref", "solimp", "group",
    ],
    // A gap finds contacts earlier, which then do nothing.
    ignoredAttributes: ["rgba", "material", "user", "gap"])

  private static let motor = Entry(
    attributes: ["name", "class", "joint", "gear", "ctrllimited", "ctrlrange"], ignoredAttributes: ["group", "user"])

  /// The unknown elements and attributes of `element` and of everything in it, in the order of the file.
  static func faults(of element: XMLTree, as entry: Entry = document) -> [ModelError] {
    var faults: [ModelError] = []
    for name in element.attributes.keys.sorted()
    where !entry.attributes.contains(name) && !entry.ignoredAttributes.contains(name) {
      faults.append(
        ModelError(
          element.attributes[name]?.place ?? element.place, subject: "attribute '\(name)' of <\(element.name)>",
          expected: entry.attributes.isEmpty ? "no such attribute" : "only \(list(entry.attributes))",
          found:
            "\(name)=\"\(element.attributes[name]?.text ?? "")\", which may change the physics and is not understood"))
    }
    for child in element.children where !entry.ignoredChildren.contains(child.name) {
      let isNested = entry.isRecursive && child.name == element.name
      guard let childEntry = isNested ? entry : entry.children[child.name] else {
        let known = Set(entry.children.keys).union(entry.isRecursive ? [element.name] : [])
        faults.append(
          ModelError(
            child.place, subject: "element <\(child.name)> in <\(element.name)>",
            expected: known.isEmpty ? "no elements" : "only \(list(known))",
            found: "<\(child.name)>, which may change the physics and is not understood"))
        continue
      }
      faults += self.faults(of: child, as: childEntry)
    }
    return faults
  }

  private static func list(_ names: Set<String>) -> String {
    names.sorted().joined(separator: ", ")
  }
}
