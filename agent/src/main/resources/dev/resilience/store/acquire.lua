-- A trial permit, in the epoch it was asked for and within the quota of the whole fleet.
-- ARGV  21 asked in  22 lease

local lease = ARGV[22]
start()
advance()
local granted = state == 'HALF_OPEN' and tonumber(ARGV[21]) == epoch and now >= hold_off and leases_out < set.quota
if granted then
  if not leases[lease] then
    leases_out = leases_out + 1
  end
  leases[lease] = now + LEASE
end
return answer(granted)
