import Foundation

extension WorkCalendar {
    /// China's calendar with the notices that ship: 2024, 2025, 2026.
    ///
    /// 国办发明电〔2023〕7号 (2023-10-25), 国办发明电〔2024〕12号 (2024-11-12) and the notice of 2025-11-04. Later years are imported.
    package static let china: WorkCalendar = {
        do {
            let years = [PackageResources.cn_2024_json, PackageResources.cn_2025_json, PackageResources.cn_2026_json]
            return try years.reduce(bare) { try $0.adding(HolidayNotice(json: Data($1))) }
        } catch {
            preconditionFailure("a notice that ships is not well formed: \(error)")
        }
    }()

    /// China's calendar without any notice.
    static let bare: WorkCalendar = {
        do {
            return try WorkCalendar(name: "cn", version: 1)
        } catch {
            preconditionFailure("an office's week is no week: \(error)")
        }
    }()
}
