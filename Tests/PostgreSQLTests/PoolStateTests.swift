import Testing

@testable import PostgreSQL

struct PoolStateTests {
    @Test func `connections are opened up to the limit and then waited for`() {
        var pool = PoolState<Int, String>(limit: 2)
        guard case .open = pool.lease(), case .open = pool.lease(), case .wait = pool.lease() else {
            Issue.record("not open, open, wait")
            return
        }
        #expect(pool.count == 2)
    }

    @Test func `a returned connection goes to the one who has waited longest`() {
        var pool = PoolState<Int, String>(limit: 1)
        _ = pool.lease()
        pool.wait(1, "first")
        pool.wait(2, "second")
        guard case .give("first", 7) = pool.giveBack(7) else {
            Issue.record("not given to the first")
            return
        }
        guard case .give("second", 7) = pool.giveBack(7) else {
            Issue.record("not given to the second")
            return
        }
        guard case .nobody = pool.giveBack(7), case .use(7) = pool.lease() else {
            Issue.record("not kept")
            return
        }
    }

    @Test func `a lost connection lets the next one in line open another`() {
        var pool = PoolState<Int, String>(limit: 1)
        _ = pool.lease()
        pool.wait(1, "first")
        guard case .mayOpen("first") = pool.lost() else {
            Issue.record("nobody was let in")
            return
        }
        #expect(pool.count == 1, "the place passes on")
        guard case .nobody = pool.lost() else {
            Issue.record("somebody was let in")
            return
        }
        #expect(pool.count == 0)
    }

    @Test func `a cancelled waiter is found once and served never`() {
        var pool = PoolState<Int, String>(limit: 1)
        _ = pool.lease()
        pool.wait(1, "first")
        #expect(pool.cancel(1) == "first")
        #expect(pool.cancel(1) == nil)
        guard case .nobody = pool.giveBack(7) else {
            Issue.record("given to one who has left")
            return
        }
    }
}
