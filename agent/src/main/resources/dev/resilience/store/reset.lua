-- Closes and forgets.
-- ARGV  24 who

hold_order()
start()
speak()
advance()
close('RESET', ARGV[24])
return answer(true)
