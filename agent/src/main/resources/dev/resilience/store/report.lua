-- An instance tells where it stands and what it counted.
-- ARGV  21 state  22 epoch  23 remaining  24 failures  25 successes  26 cause  27 counted in  28 calls  29 failures  30 slow
--       31 retry-after  32 pace  33.. leases

local told = {
  state = ARGV[21],
  epoch = tonumber(ARGV[22]),
  remaining = tonumber(ARGV[23]),
  failures = tonumber(ARGV[24]),
  successes = tonumber(ARGV[25]),
  cause = ARGV[26]
}

local function take()
  if told.state == 'OPEN' and state == 'HALF_OPEN' then
    relapses = relapses + 1
  end
  if told.state == 'CLOSED' then
    relapses = 0
  end
  window = {}
  move(told.state, told.epoch, told.cause, '')
  ends = now + told.remaining
  opened_failures = told.failures
  opened_successes = told.successes
  trial_successes = 0
  if state == 'HALF_OPEN' then
    hold_off = now + HOLD_OFF
  end
end

local function outranks()
  if told.epoch ~= epoch then
    return told.epoch > epoch
  end
  return CAUTION[told.state] > CAUTION[state]
end

-- An empty ledger was lost, not closed: the first instance that asks says what was in it, and newer ones correct it.
if blank then
  start()
  take()
end
advance()
local accepted = count(tonumber(ARGV[27]), {
  calls = tonumber(ARGV[28]),
  failures = tonumber(ARGV[29]),
  slow = tonumber(ARGV[30]),
  retry_after = tonumber(ARGV[31])
})
if outranks() then
  take()
end
for i = 33, #ARGV do
  local lease = ARGV[i]
  if leases[lease] or now < hold_off or leases_out < set.quota then
    if not leases[lease] then
      leases_out = leases_out + 1
    end
    leases[lease] = now + LEASE
  end
end
return answer(accepted)
