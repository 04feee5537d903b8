package import PostgreSQL

extension Migration {
    /// The tables of this module, first in every service's schema.
    package static let messaging = [
        Migration("V000_messaging", PackageResources.V000_messaging_sql),
        Migration("V001_last_id", PackageResources.V001_last_id_sql),
        Migration("V002_known_keys", PackageResources.V002_known_keys_sql),
        // After the services' own single figures, whichever of them were applied first.
        Migration("V010_erasure", PackageResources.V010_erasure_sql),
    ]
}
