/// The defaults of a file: for each class, the attributes that elements of a kind have unless they say otherwise.
struct MJCFDefaults {
  /// The class of what has none.
  private static let main = "main"

  /// By class, and then by the kind of an element.
  private var classes: [String: [String: XMLTree]] = [main: [:]]

  /// Reads all default sections of a document. A section may define the defaults of a kind of element once; a later section
  /// of the same class adds to an earlier one. A class in a class has the values of the outer one as its own start.
  mutating func read(_ document: XMLTree) throws(ModelError) {
    for section in document.children where section.name == "default" {
      let name = section.attributes["class"]?.text ?? Self.main
      guard name == Self.main else {
        throw ModelError(
          section.place, subject: "class of an outermost <default>", expected: Self.main, found: "\"\(name)\"")
      }
      try read(section, named: name)
    }
  }

  private mutating func read(_ section: XMLTree, named name: String) throws(ModelError) {
    var kinds: Set<String> = []
    for child in section.children where child.name != "default" {
      guard kinds.insert(child.name).inserted else {
        throw ModelError(
          child.place, subject: "element <\(child.name)> in <default>", expected: "at most one", found: "a second one")
      }
      if let given = child.attributes["name"] ?? child.attributes["joint"] ?? child.attributes["class"] {
        throw ModelError(
          given.place, subject: "<\(child.name)> in <default>", expected: "no name, no joint and no class",
          found: "one, which would be that of every <\(child.name)>")
      }
      classes[name, default: [:]][child.name, default: child].attributes.lay(child.attributes)
    }
    for child in section.children where child.name == "default" {
      guard let inner = child.attributes["class"]?.text, !inner.isEmpty else {
        throw ModelError(child.place, subject: "<default> in <default>", expected: "a class", found: "none")
      }
      guard classes[inner] == nil else {
        throw ModelError(
          child.place, subject: "class of <default>", expected: "a class that no other <default> has",
          found: "\"\(inner)\"")
      }
      classes[inner] = classes[name]
      try read(child, named: inner)
    }
  }

  /// The defaults of an element: those of its own class, or of the class for elements in its place.
  func values(for element: XMLTree, childClass: String?) throws(ModelError) -> XMLTree? {
    let own = element.attributes["class"]
    let name = own?.text ?? childClass ?? Self.main
    guard let values = classes[name] else {
      throw ModelError(
        own?.place ?? element.place, subject: "class of <\(element.name)>", expected: "a class of <default>",
        found: "\"\(name)\"")
    }
    return values[element.name]
  }

  /// Checks that a class exists.
  func check(_ childClass: XMLTree.Attribute) throws(ModelError) {
    guard classes[childClass.text] != nil else {
      throw ModelError(
        childClass.place, subject: "childclass of <body>", expected: "a class of <default>",
        found: "\"\(childClass.text)\"")
    }
  }
}
