/// Five items with all that a pack can make of them: an end, an answer in time, a return, a verdict, more time.
enum PastItems {
    /// The file, an object a line.
    static let lines = [
        // Lead and assisting; a verdict on the attitude without a reason.
        """
        {"number":"DB-1","kind":"formal","state":"closed","outcome":"A","periods":[\
        {"assignment":"01900000-0000-7000-8000-000000000001","department":"zhujian","role":"lead","round":1,\
        "clock":{"startedAt":"2026-03-02T01:00:00Z","term":"P3M","dueAt":"2026-06-02T15:59:59.999999Z","basis":"x"},\
        "reply":{"at":"2026-05-20T02:00:00Z","outcome":"A","commitment":false,"contacted":true}},\
        {"assignment":"01900000-0000-7000-8000-000000000002","department":"jiaojing","role":"assisting","round":1,\
        "clock":{"startedAt":"2026-03-02T01:00:00Z","term":"P2M","dueAt":"2026-05-06T15:59:59.999999Z","basis":"x"},\
        "reply":{"at":"2026-04-20T02:00:00Z","outcome":"A","commitment":false,"contacted":false}}],\
        "verdicts":[{"round":1,"at":"2026-05-25T02:00:00Z","by":"deputy","attitude":"dissatisfied","result":"accepted",\
        "reasoned":false}]}
        """,
        // An opinion that was answered over Spring Festival.
        """
        {"number":"BJ-2","kind":"opinion","state":"closed","outcome":"B","periods":[\
        {"assignment":"01900000-0000-7000-8000-000000000003","department":"chengguan","role":"single","round":1,\
        "clock":{"startedAt":"2026-02-02T01:00:00Z","term":"P30D","dueAt":"2026-03-04T15:59:59.999999Z","basis":"x"},\
        "reply":{"at":"2026-03-10T02:00:00Z","outcome":"B","commitment":true,"contacted":false}}],\
        "verdicts":[{"round":1,"at":"2026-03-12T02:00:00Z","by":"committee","attitude":"satisfied","result":"satisfied",\
        "reasoned":false}]}
        """,
        // Given back on the eleventh day, without a proposal.
        """
        {"number":"DB-3","kind":"formal","state":"open","periods":[\
        {"assignment":"01900000-0000-7000-8000-000000000004","department":"zhujian","role":"single","round":1,\
        "clock":{"startedAt":"2026-03-02T01:00:00Z","term":"P3M","dueAt":"2026-06-02T15:59:59.999999Z","basis":"x"},\
        "returned":{"at":"2026-03-13T02:00:00Z","proposed":false}}],"verdicts":[]}
        """,
        // More time, and it stands still.
        """
        {"number":"BJ-4","kind":"opinion","state":"open","periods":[\
        {"assignment":"01900000-0000-7000-8000-000000000005","department":"chengguan","role":"single","round":1,\
        "clock":{"startedAt":"2026-03-02T01:00:00Z","term":"P30D","dueAt":"2026-05-06T15:59:59.999999Z","basis":"x",\
        "extensions":[{"by":"P30D","grantedBy":"committee:chengjian"}],"pauses":[{"from":"2026-03-16T02:00:00Z"}]}}],\
        "verdicts":[]}
        """,
        // Judged badly, handled again, with a letter that Zhejiang does not have.
        """
        {"number":"DB-5","kind":"formal","state":"answered","periods":[\
        {"assignment":"01900000-0000-7000-8000-000000000006","department":"zhujian","role":"single","round":1,\
        "clock":{"startedAt":"2026-03-02T01:00:00Z","term":"P3M","dueAt":"2026-06-02T15:59:59.999999Z","basis":"x"},\
        "reply":{"at":"2026-06-01T02:00:00Z","outcome":"C","commitment":false,"contacted":true}},\
        {"assignment":"01900000-0000-7000-8000-000000000006","department":"zhujian","role":"single","round":2,\
        "clock":{"startedAt":"2026-06-03T01:00:00Z","term":"P1M","dueAt":"2026-07-03T15:59:59.999999Z","basis":"x"},\
        "reply":{"at":"2026-07-20T02:00:00Z","outcome":"D","commitment":false,"contacted":false}}],\
        "verdicts":[{"round":1,"at":"2026-06-03T01:00:00Z","by":"deputy","attitude":"satisfied","result":"dissatisfied",\
        "reasoned":true}]}
        """,
    ]
}
