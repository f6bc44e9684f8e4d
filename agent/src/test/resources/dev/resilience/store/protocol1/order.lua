-- Somebody orders a mode, or gives it back.
-- ARGV  24 mode  25 remaining  26 reason  27 who

begin()
obey({
  version = following(order.version),
  mode = ARGV[24],
  remaining = tonumber(ARGV[25]),
  reason = ARGV[26],
  who = ARGV[27]
})
return answer(true)
