package import PostgreSQL

extension Migration {
    /// The tables of this module, first in every service's schema.
    package static let messaging = [
        Migration("V000_messaging", PackageResources.V000_messaging_sql),
        Migration("V001_last_id", PackageResources.V001_last_id_sql),
        Migration("V002_known_keys", PackageResources.V002_known_keys_sql),
        // After the services' own single figures, whichever of them were applied first.
        Migration("V010_erasure", PackageResources.V010_erasure_sql),
        Migration("V011_noted_reveals", PackageResources.V011_noted_reveals_sql),
        Migration("V013_calendars", PackageResources.V013_calendars_sql),
        Migration("V018_reasons", PackageResources.V018_reasons_sql),
        Migration("V019_known_units", PackageResources.V019_known_units_sql),
        Migration("V030_eras", PackageResources.V030_eras_sql),
        Migration("V035_origins", PackageResources.V035_origins_sql),
        Migration("V036_acts_are_added", PackageResources.V036_acts_are_added_sql),
        Migration("V037_known_holdings", PackageResources.V037_known_holdings_sql),
        Migration("V039_erased_reasons", PackageResources.V039_erased_reasons_sql),
        Migration("V040_erased_people", PackageResources.V040_erased_people_sql),
    ]
}
