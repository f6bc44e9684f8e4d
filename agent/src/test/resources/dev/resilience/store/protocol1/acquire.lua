-- A trial permit, in the epoch it was asked for and within the quota of the whole fleet. Another server than the one that
-- gave the last permit may not have heard of it: it gives none before holders have reported.
-- ARGV  24 asked in  25 lease

local lease = ARGV[25]
local granted = begin()
  and state == 'HALF_OPEN'
  and tonumber(ARGV[24]) == epoch
  and now >= hold_off
  and leases_out < set.quota
if granted then
  local info = redis.pcall('INFO', 'server')
  local server = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
  local other = (before.server or server) ~= server and now - number('granted') < LEASE + HOLD_OFF
  granting = { server = server, at = now }
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
