-- A trial permit, in the epoch it was asked for and within the quota of the whole fleet. Another server than the one that
-- gave the last permits may not have heard of them, nor when that was: it gives none before holders have reported.
-- ARGV  24 asked in  25 lease

local lease = ARGV[25]
local granted = begin()
  and state == 'HALF_OPEN'
  and tonumber(ARGV[24]) == epoch
  and now >= hold_off
  and leases_out < set.quota
if granted then
  local last = granting.server
  grant_here()
  local other = last ~= '' and granting.server ~= '' and granting.server ~= last
  if other then
    granted = false
    hold_off = now + HOLD_OFF
  end
end
if granted then
  if not leases[lease] then
    leases_out = leases_out + 1
  end
  leases[lease] = now + LEASE
end
return answer(granted)
