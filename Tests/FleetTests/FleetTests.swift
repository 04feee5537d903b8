import Contracts
import Testing

/// Every service as a process of its own, as it is deployed; one fleet at a time, each of which fills a small machine.
@Suite(.serialized) struct FleetTests {
    /// Departments that are played: those that lead most samples, a queue each way, and few enough for a test's broker.
    static let departments = ["chengguan", "zhujian", "jiaoyu", "gongan", "minzheng", "weijian", "xixing"]
        .map(DepartmentCode.init(rawValue:))
}
