-- Closes and forgets.
-- ARGV  24 who

hold_order()
start()
speak()
advance()
close('RESET', ARGV[24])
leases = {}
leases_out = 0
return answer(true)
