// swiftlint placeholder
