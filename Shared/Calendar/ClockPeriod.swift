package import Contracts

extension Period {
    /// The period that a clock tells of, with all that has happened to it: the one place in which facts become a period.
    ///
    /// Nil when a term of it is none: no program of ours has written such a clock, and nobody may guess what it means.
    package init?(_ clock: Clock) {
        guard let term = Term(clock.term) else { return nil }
        var granted: [Extension] = []
        for entry in clock.extensions ?? [] {
            let ground = Ground(by: entry.grantedBy, basis: entry.basis)
            if entry.by == nil, let whole = entry.to.flatMap(Term.init) {
                granted.append(.to(whole, ground))
            } else if entry.to == nil, let more = entry.by.flatMap(Term.init) {
                granted.append(.by(more, ground))
            } else {
                return nil
            }
        }
        self.init(
            start: clock.startedAt,
            term: term,
            pauses: (clock.pauses ?? []).map {
                Pause(from: $0.from, until: $0.until, ground: Ground(by: $0.by, basis: $0.basis))
            },
            extensions: granted,
            restarts: clock.restarts ?? [],
            restartGround: Ground(basis: clock.restartBasis),
            fixed: clock.fixed.map { Fixed(dueAt: $0.dueAt, by: $0.by, at: $0.at) }
        )
    }

    /// What has happened to it since it began, in words: a phrase a fact; none when nothing has.
    package func words(in zone: FixedZone = .china) -> [Words] {
        func day(_ moment: Timestamp) -> CivilDate { CivilDate(of: moment, in: zone) }
        var words = extensions.map { granted in
            switch granted {
            case .by(let more, let ground):
                Words(zh: "延长\(more.words.zh)", en: "extended by \(more.words.en)").with(ground)
            case .to(let whole, let ground):
                Words(zh: "延长至共\(whole.words.zh)", en: "extended to \(whole.words.en) in all").with(ground)
            }
        }
        words += pauses.sorted { $0.from < $1.from }.map { pause in
            guard let until = pause.until else {
                return Words(zh: "\(day(pause.from)) 起中止", en: "stands still from \(day(pause.from)) on")
                    .with(pause.ground)
            }
            return Words(
                zh: "\(day(pause.from)) 起中止，\(day(until)) 恢复",
                en: "stood still from \(day(pause.from)), ran again on \(day(until))"
            ).with(pause.ground)
        }
        words += restarts.sorted().map { moment in
            Words(zh: "\(day(moment)) 起重新计算", en: "began anew on \(day(moment))")
                .with(moment == restarts.max() ? restartGround : nil)
        }
        if let standing {
            words.append(
                Words(
                    zh: "\(day(standing.at)) 由 \(standing.by) 定为 \(zone.text(of: standing.dueAt)) 止",
                    en: "set by \(standing.by) on \(day(standing.at)) to end at \(zone.text(of: standing.dueAt))"
                )
            )
        }
        return words
    }
}

extension Words {
    /// The same with who has decided it, and what allows it.
    fileprivate func with(_ ground: Period.Ground?) -> Self {
        guard let ground else { return self }
        let words = [ground.by, ground.basis].compactMap(\.self)
        return Words(
            zh: "\(zh)（\(words.joined(separator: "，"))）",
            en: "\(en) (\(words.joined(separator: ", ")))"
        )
    }
}
