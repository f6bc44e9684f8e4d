-- An instance tells where it stands and what it counted.
-- ARGV  24 instance  25 state  26 epoch  27 remaining  28 since  29 failures  30 successes  31 cause  32 counted in
--       33 calls  34 failures  35 slow  36 retry-after  37 since its last report  38 order's version  39 mode
--       40 remaining  41 reason  42 who  43 relapses  44 parted in  45.. leases

local told = {
  state = ARGV[25],
  epoch = tonumber(ARGV[26]),
  remaining = tonumber(ARGV[27]),
  since = tonumber(ARGV[28]),
  failures = tonumber(ARGV[29]),
  successes = tonumber(ARGV[30]),
  cause = ARGV[31],
  parted_in = tonumber(ARGV[44]),
  order = {
    version = tonumber(ARGV[38]),
    mode = ARGV[39],
    remaining = tonumber(ARGV[40]),
    reason = ARGV[41],
    who = ARGV[42]
  }
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
  decide(told.parted_in < 0 and epoch or told.parted_in)
  since = now - told.since
  if told.state == 'OPEN' and last_failure == 0 then
    last_failure = math.max(0, math.floor(now / 1000) - math.floor(told.since / 1000))
  end
  ends = now + math.min(told.remaining, longest(told.state))
  opened_failures = told.failures
  opened_successes = told.successes
  trial_successes = 0
  if state ~= 'CLOSED' then
    hold_off = now + HOLD_OFF
  end
  if state == 'HALF_OPEN' then
    grant_here()
  end
end

-- An instance that was away may have counted on from an epoch that is over: its numbers say nothing then.
local function binds()
  local decided_since = told.parted_in >= 0 and newer(decided, told.parted_in)
  return decided_since and (told.state ~= 'OPEN' or state == 'CLOSED')
end

local function outranks()
  if binds() then
    return false
  end
  if told.epoch ~= epoch then
    return newer(told.epoch, epoch)
  end
  return CAUTION[told.state] > CAUTION[state]
end

-- Where two masters both answered for a while one side may have counted further, and yet an OPEN of the other be the later
-- word: by more than clocks may differ unnoticed.
local function later_open()
  local earned = state == 'OPEN' and decided == epoch and not decided_guessed and cause ~= 'NO_VERDICT'
  return earned and told.state ~= 'OPEN' and told.since - SILENCE > now - since
end

-- Two sides that opened without hearing of each other may have come to the same number: while both last, each stays open
-- for its time. So that is twice its time at most; one whose clock stood still may tell of more.
-- An end that is told may seem later by the way of the messages.
local WAY = 1000

local function lengthen_open()
  local latest = since + 2 * open_time(-1)
  local told_ends = math.min(now + math.min(told.remaining, longest(told.state)), latest)
  -- Who but guesses tells of an age of 0.
  if told.since > 0 and told_ends - ends > WAY then
    ends = told_ends
  end
end

-- Whether it is clear how much time is left though the clock may have jumped: an instance that stands where the ledger does
-- knows, and one that outranks it makes it so. If there is none, the clock is believed after a while.
local function clear()
  -- What was heard while in doubt proves nothing; who knows no more tells of an age of 0.
  local knows = doubted == 0 or now >= doubted and told.since > now - doubted
  if knows and told.state == state and told.epoch == epoch then
    if state == 'CLOSED' then
      since = now - told.since
    else
      shift(now + told.remaining - ends)
    end
    return true
  end
  if state == 'CLOSED' and not rising() or outranks() then
    -- A clock that went back must not begin the rise anew, and of one that jumped ahead nothing is older.
    since = since + now - seen
    return true
  end
  doubt()
  if now < doubted + HOLD_OFF then
    return false
  end
  if now < seen then
    -- It went back, surely: what was left when somebody spoke last is left now.
    shift(now - seen)
  end
  return true
end

-- An empty ledger was lost, not closed: the first instance that asks says what was in it, and newer ones correct it.
local clock_holds = not uncertain()
hold_order()
measured(told.order, told.parted_in >= 0)
if blank then
  start()
  take()
elseif uncertain() and not clear() then
  return answer(false)
end
speak()
head(tonumber(ARGV[37]))
obey(told.order)
advance()
local accepted = count(ARGV[24], tonumber(ARGV[32]), {
  calls = tonumber(ARGV[33]),
  failures = tonumber(ARGV[34]),
  slow = tonumber(ARGV[35]),
  retry_after = tonumber(ARGV[36])
})
if outranks() and clock_holds and later_open() then
  -- The next one would be that of a trial that failed there.
  epoch = following(following(told.epoch))
  decide(epoch)
elseif outranks() then
  take()
elseif clock_holds and told.parted_in >= 0 and state == 'OPEN' and told.state == state and told.epoch == epoch then
  lengthen_open()
end
if state ~= 'CLOSED' and told.state == state and told.epoch == epoch then
  relapses = math.max(relapses, tonumber(ARGV[43]))
end
for i = 45, #ARGV do
  local lease = ARGV[i]
  if leases[lease] or now < hold_off or leases_out < set.quota then
    if not leases[lease] then
      leases_out = leases_out + 1
    end
    leases[lease] = now + LEASE
  end
end
return answer(accepted)
