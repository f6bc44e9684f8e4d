-- Closes and forgets.
-- ARGV  24 who

start()
seen = now
advance()
close('RESET', ARGV[24])
leases = {}
leases_out = 0
return answer(true)
