extension PastItems {
    /// What Chongqing's pack would have made of them in place of Zhejiang's, counted apart from the program by the packs' numbers and the
    /// calendar of 2026; a pack's edition stands there as `v*`.
    static let compared = """
        zhejiang-hangzhou v* → chongqing v* · cn v1

        DB-1 代表建议 · formal suggestions
          jiaojing assisting 第1轮 · round 1，2026-03-02T09:00:00+08:00 起 · from then on
          - 2026-05-06T23:59:59+08:00，2个月 · 2 months（浙江省代表建议办理的规定（2016年文本）第十八条：会办单位两个月内提出书面意见（依据待核））
          + 2026-04-14T23:59:59+08:00，30个工作日 · 30 working days（重庆市代表建议批评和意见工作条例（2018年施行文本，是否修订待核）第二十条：协办单位自交办之日起三十个工作日内报送协办意见（依据待核））
            期限由2个月改为30个工作日（重庆市代表建议批评和意见工作条例（2018年施行文本，是否修订待核）第二十条：协办单位自交办之日起三十个工作日内报送协办意见（依据待核）） · 30 working days in place of 2 months
            由按时变为逾期 · in time before, late now
          ! verdict 第1轮 · round 1 2026-05-25T10:00:00+08:00 required：旧包不准，新包准：对办理态度不满意须说明理由（参照上海市、山东省规定：办理态度、办理结果分别评价，不满意的须填写具体意见（依据待核）） · refused by the old pack alone: dissatisfied with the attitude wants a reason

        BJ-2 社情民意 · opinions
          chengguan single 第1轮 · round 1，2026-02-02T09:00:00+08:00 起 · from then on
          - 2026-03-04T23:59:59+08:00，30日 · 30 days（参照浙江省信访条例（2016年）三十日办结（依据待核））
          + 2026-03-20T23:59:59+08:00，30个工作日 · 30 working days（社情民意答复期限，取三十个工作日（依据待核））
            期限由30日改为30个工作日（社情民意答复期限，取三十个工作日（依据待核）） · 30 working days in place of 30 days
            由逾期变为按时 · late before, in time now

        DB-3 代表建议 · formal suggestions
          ! return 第1轮 · round 1 2026-03-13T10:00:00+08:00 required：新包不准：退办须提出建议承办单位（重庆市条例第十六条要求书面说明理由；参照玉林市（2019年）退办须提出建议承办单位（依据待核）） · refused by the new pack: a return must name the department to which it belongs
          ! return 第1轮 · round 1 2026-03-13T10:00:00+08:00 return-term：旧包不准，新包准：退办期限为10日（浙江省代表建议办理的规定（2016年文本）第十四条：不属于本单位职责范围的，在收到之日起十日内说明情况；进入承办单位系统即为收到（电子签名法第十一条）（依据待核）） · refused by the old pack alone: to be given back within 10 days

        BJ-4 社情民意 · opinions
          ! extension 第1轮 · round 1 not-allowed：新包不准：这类期限不得延长 · refused by the new pack: the rules grant no more time for such a period

        DB-5 代表建议 · formal suggestions
          zhujian single 第2轮 · round 2，2026-06-03T09:00:00+08:00 起 · from then on
          - 2026-07-03T23:59:59+08:00，1个月 · 1 month（浙江省实施代表法办法（2016年文本）第四十三条：不满意的一个月内重新办理并答复（依据待核））
          + 2026-08-03T23:59:59+08:00，2个月 · 2 months（重庆市代表建议批评和意见工作条例（2018年施行文本，是否修订待核）第二十七条：不满意的，收到重新办理要求后两个月内书面答复（依据待核））
            期限由1个月改为2个月（重庆市代表建议批评和意见工作条例（2018年施行文本，是否修订待核）第二十七条：不满意的，收到重新办理要求后两个月内书面答复（依据待核）） · 2 months in place of 1 month
            由逾期变为按时 · late before, in time now
          ! reply 第2轮 · round 2 2026-07-20T10:00:00+08:00 letter：旧包不准，新包准：规则包的答复类型为A、B、C · refused by the old pack alone: the rule pack's letters are A、B、C

        5件，7个期限：1个提前，2个延后；1个答复由按时变为逾期，2个由逾期变为按时；新包另不准2项，另准3项
        5 items, 7 periods: 1 end earlier, 2 later; 1 answers become late, 2 come in time; 2 acts more refused, 3 no longer
        onTime 按时答复率 · answered in time: 3/5 60.00% → 4/5 80.00%
        solved 解决率 · solved or being solved: 1/2 50.00% → 2/2 100.00%
        satisfaction 满意率（不含基本满意） · satisfied, without basically satisfied: 2/3 66.67% → 1/3 33.33%

        """
}
