package import PostgreSQL

extension Migration {
    /// The tables of this module, first in every service's schema.
    package static let messaging = [Migration("V000_messaging", PackageResources.V000_messaging_sql)]
}
