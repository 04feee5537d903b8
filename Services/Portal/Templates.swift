/// The templates of the pages, compiled in: each by the name under which others refer to it.
enum Templates {
    static let all: [(name: String, bytes: [UInt8])] = [
        ("account", PackageResources.account_mustache),
        ("code-change", PackageResources.code_change_mustache),
        ("code", PackageResources.code_mustache),
        ("codes", PackageResources.codes_mustache),
        ("factor", PackageResources.factor_mustache),
        ("faults", PackageResources.faults_mustache),
        ("frame", PackageResources.frame_mustache),
        ("hand-in", PackageResources.hand_in_mustache),
        ("held", PackageResources.held_mustache),
        ("home", PackageResources.home_mustache),
        ("invitation", PackageResources.invitation_mustache),
        ("invite", PackageResources.invite_mustache),
        ("invited", PackageResources.invited_mustache),
        ("item", PackageResources.item_mustache),
        ("locked", PackageResources.locked_mustache),
        ("manner", PackageResources.manner_mustache),
        ("new-password", PackageResources.new_password_mustache),
        ("notice", PackageResources.notice_mustache),
        ("others-data", PackageResources.others_data_mustache),
        ("own-data", PackageResources.own_data_mustache),
        ("own-item", PackageResources.own_item_mustache),
        ("outside", PackageResources.outside_mustache),
        ("password", PackageResources.password_mustache),
        ("people", PackageResources.people_mustache),
        ("privacy", PackageResources.privacy_mustache),
        ("quarantine", PackageResources.quarantine_mustache),
        ("receipt-fields", PackageResources.receipt_fields_mustache),
        ("receipt-gone", PackageResources.receipt_gone_mustache),
        ("receipt", PackageResources.receipt_mustache),
        ("recovery", PackageResources.recovery_mustache),
        ("register", PackageResources.register_mustache),
        ("registered", PackageResources.registered_mustache),
        ("second-factor", PackageResources.second_factor_mustache),
        ("sessions", PackageResources.sessions_mustache),
        ("sign-in", PackageResources.sign_in_mustache),
        ("status", PackageResources.status_mustache),
        ("trouble", PackageResources.trouble_mustache),
        ("voter-code", PackageResources.voter_code_mustache),
        ("voter-registered", PackageResources.voter_registered_mustache),
        ("voter", PackageResources.voter_mustache),
    ]
}

/// The files of the catalogue, compiled in.
enum CatalogueFiles {
    static let all: [[UInt8]] = [
        PackageResources.frame_json, PackageResources.hand_in_json, PackageResources.status_json,
        PackageResources.account_json, PackageResources.unit_json, PackageResources.own_json,
    ]
}
