-- An instance tells where it stands and what it counted.
-- ARGV  24 instance  25 state  26 epoch  27 remaining  28 failures  29 successes  30 cause  31 counted in  32 calls
--       33 failures  34 slow  35 retry-after  36 since its last report  37 order's version  38 mode  39 remaining  40 reason
--       41 who  42.. leases

local told = {
  state = ARGV[25],
  epoch = tonumber(ARGV[26]),
  remaining = tonumber(ARGV[27]),
  failures = tonumber(ARGV[28]),
  successes = tonumber(ARGV[29]),
  cause = ARGV[30]
}

local function take()
  if told.state == 'OPEN' and state == 'HALF_OPEN' then
    relapses = relapses + 1
  end
  if told.state == 'CLOSED' then
    relapses = 0
  end
  forget()
  move(told.state, told.epoch, told.cause, '')
  ends = now + math.min(told.remaining, longest(told.state))
  opened_failures = told.failures
  opened_successes = told.successes
  trial_successes = 0
  if state == 'HALF_OPEN' then
    hold_off = now + HOLD_OFF
  end
end

local function outranks()
  if told.epoch ~= epoch then
    return newer(told.epoch, epoch)
  end
  return CAUTION[told.state] > CAUTION[state]
end

-- An empty ledger was lost, not closed: the first instance that asks says what was in it, and newer ones correct it.
if blank then
  start()
  take()
elseif suspicious() and told.state == state and told.epoch == epoch then
  shift(now + told.remaining - ends)
end
seen = now
head(tonumber(ARGV[36]))
obey({
  version = tonumber(ARGV[37]),
  mode = ARGV[38],
  remaining = tonumber(ARGV[39]),
  reason = ARGV[40],
  who = ARGV[41]
})
advance()
local accepted = count(ARGV[24], tonumber(ARGV[31]), {
  calls = tonumber(ARGV[32]),
  failures = tonumber(ARGV[33]),
  slow = tonumber(ARGV[34]),
  retry_after = tonumber(ARGV[35])
})
if outranks() then
  take()
end
for i = 42, #ARGV do
  local lease = ARGV[i]
  if leases[lease] or now < hold_off or leases_out < set.quota then
    if not leases[lease] then
      leases_out = leases_out + 1
    end
    leases[lease] = now + LEASE
  end
end
return answer(accepted)
