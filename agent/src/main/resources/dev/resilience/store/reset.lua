-- Closes and forgets.
-- ARGV  21 who

start()
advance()
close('RESET', ARGV[21])
leases = {}
leases_out = 0
return answer(true)
