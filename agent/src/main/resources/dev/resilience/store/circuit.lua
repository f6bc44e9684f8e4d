-- The machine that every operation shares: what dev.resilience.breaker.Ledger does, step for step, on the server's clock.
-- All times are milliseconds. The ledger is one hash, so that it is lost whole or not at all; the other keys show it to people.
--
-- KEYS  1 ledger  2 state  3 failures  4 successes  5 last_failure  6 half_open_quota
-- ARGV  1 now (tests only, else empty)  2 channel  3 service  4 lease  5 hold-off  6 keep  7 silence  8.. settings
--       24.. the operation's own

local now
if ARGV[1] ~= '' then
  now = tonumber(ARGV[1])
else
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local channel, service = ARGV[2], ARGV[3]
local LEASE, HOLD_OFF, KEEP, SILENCE = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local set = {
  failures = tonumber(ARGV[8]),
  rate = tonumber(ARGV[9]),
  either = ARGV[10] == '1',
  window = tonumber(ARGV[11]),
  timeout = tonumber(ARGV[12]),
  quota = tonumber(ARGV[13]),
  successes = tonumber(ARGV[14]),
  half_open = tonumber(ARGV[15]),
  calls = tonumber(ARGV[16]),
  watches_slowness = ARGV[17] == '1',
  slow_rate = tonumber(ARGV[18]),
  growth = tonumber(ARGV[19]),
  longest = tonumber(ARGV[20]),
  longest_retry_after = tonumber(ARGV[21]),
  instances = tonumber(ARGV[22]),
  ramp_up = tonumber(ARGV[23])
}

local BUCKETS = 20
local ENDLESS = -1
local CAUTION = { CLOSED = 0, HALF_OPEN = 1, OPEN = 2 }

-- Epochs and versions are counted in a circle; see dev.resilience.breaker.Epoch.
local CIRCLE = 2 ^ 52

local function text(number)
  return string.format('%.0f', number)
end

local function following(count)
  return count + 1 < CIRCLE and count + 1 or 1
end

local function newer(one, other)
  return one ~= 0 and one ~= other and (other == 0 or (one - other) % CIRCLE < CIRCLE / 2)
end

-- What is stored: anybody may have written it. What is no whole number in the circle counts as missing, and a ledger
-- without the numbers that it cannot do without as lost.

local MOST_FIELDS = 1000 + 2 * (set.quota + set.instances)

local function stored(key)
  local size = redis.pcall('HLEN', key)
  if type(size) ~= 'number' or size > MOST_FIELDS then
    redis.call('UNLINK', key)
    return {}
  end
  local fields = redis.call('HGETALL', key)
  local hash = {}
  for i = 1, #fields, 2 do
    hash[fields[i]] = fields[i + 1]
  end
  return hash
end

local function whole(text)
  local value = tonumber(text or '')
  if value and value >= 0 and value < CIRCLE and value == math.floor(value) then
    return value
  end
  return nil
end

local function name(text)
  return #text <= 40 and string.match(text, '^[A-Z_]+$')
end

local function line(text)
  return (string.gsub(string.sub(text or '', 1, 1000), '%c', ' '))
end

-- No state lasts longer than the settings let it, whatever was told or written.
local function longest(of)
  if of == 'OPEN' then
    return math.max(set.timeout, set.longest, set.longest_retry_after)
  end
  return set.half_open
end

local before = stored(KEYS[1])

local function number(field)
  return whole(before[field]) or 0
end

-- An end too far ahead is nobody's, unless it is the clock that went back. Who wrote it may have had other settings.
local function lasts()
  local ends = whole(before.ends)
  local most = math.max(longest(before.state), number('longest'))
  return ends and (ends <= now + most + SILENCE or now < number('seen') - SILENCE)
end

local blank = CAUTION[before.state or ''] == nil
  or not whole(before.epoch)
  or before.state ~= 'CLOSED' and not lasts()
if blank and next(before) then
  redis.call('UNLINK', KEYS[1])
  before = {}
end

local state = before.state or 'CLOSED'
local epoch = number('epoch')
-- The newest epoch that the fleet is known to have decided: not by time alone, nor by an instance that was away. Scripts of
-- older versions drop it, and it is guessed until the fleet decides something: binds() in report.lua and what is answered
-- take the guess, which errs towards the fleet's word.
local decided = whole(before.decided) or epoch
local decided_guessed = not blank and (not whole(before.decided) or before.decided_guessed ~= nil)
if newer(decided, epoch) then
  decided = epoch
end
local since = whole(before.since) or now
local ends = number('ends')
local cause = name(before.cause or '') or 'START'
local by = line(before.by)
local opened_failures = number('opened_failures')
local opened_successes = number('opened_successes')
local trial_successes = number('trial_successes')
local relapses = number('relapses')
local hold_off = number('hold_off')
local last_failure = number('last_failure')
local bucket_width = number('bucket')
local seen = number('seen')
local doubted = number('doubted')
local heads_bucket, heads, heads_before = number('heads_bucket'), number('heads'), number('heads_before')
local order = { mode = '', reason = '', who = '', version = 0, endless = false, ends = 0, seen = 0, doubted = 0 }
if before.order_ends == 'never' or whole(before.order_ends) then
  order = {
    mode = name(before.order_mode or '') or '',
    reason = line(before.order_reason),
    who = line(before.order_who),
    version = number('order_version'),
    endless = before.order_ends == 'never',
    ends = number('order_ends'),
    seen = whole(before.order_seen) or number('seen'),
    doubted = number('order_doubted')
  }
end
local window = {}
local leases, leases_out = {}, 0
local troubled, troubled_count = {}, 0

for field, value in pairs(before) do
  local kind = string.sub(field, 1, 2)
  if kind == 'w:' then
    local at = whole(string.sub(field, 3))
    local index, calls, failures, slow = string.match(value, '^(%d+) (%d+) (%d+) (%d+)$')
    index, calls, failures, slow = whole(index), whole(calls), whole(failures), whole(slow)
    if at and at < BUCKETS and index and calls and failures and slow then
      window[at] = { index = index, calls = calls, failures = failures, slow = slow }
    end
  elseif kind == 'l:' then
    leases[string.sub(field, 3)] = whole(value) or 0
    leases_out = leases_out + 1
  elseif kind == 't:' then
    troubled[string.sub(field, 3)] = whole(value) or 0
    troubled_count = troubled_count + 1
  end
end

-- Which server gave the last trial permit, or began to give them, and when.
local granting = {
  server = #(before.server or '') == 40 and string.match(before.server, '^%x+$') or '',
  at = number('granted')
}

local function grant_here()
  local info = redis.pcall('INFO', 'server')
  granting = { server = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or '', at = now }
end

local epoch_before, state_before, order_before = epoch, state, order.version

-- The window

local function counted()
  local sum = { calls = 0, failures = 0, slow = 0 }
  if bucket_width > 0 then
    local newest = math.floor(now / bucket_width)
    for _, bucket in pairs(window) do
      if bucket.index > newest - BUCKETS and bucket.index <= newest then
        sum.calls = sum.calls + bucket.calls
        sum.failures = sum.failures + bucket.failures
        sum.slow = sum.slow + bucket.slow
      end
    end
  end
  return sum
end

local function put(delta, at_time)
  local index = math.floor(at_time / bucket_width)
  local at = index % BUCKETS
  local bucket = window[at]
  if not bucket or bucket.index ~= index then
    bucket = { index = index, calls = 0, failures = 0, slow = 0 }
    window[at] = bucket
  end
  bucket.calls = bucket.calls + delta.calls
  bucket.failures = bucket.failures + delta.failures
  bucket.slow = bucket.slow + delta.slow
end

local function add(delta)
  local width = math.max(1, math.floor(set.window / BUCKETS))
  if width ~= bucket_width then
    -- What was counted stays where it was in time.
    local before_width, counts = bucket_width, window
    window = {}
    bucket_width = width
    for _, bucket in pairs(counts) do
      local began = bucket.index * before_width
      if began <= now and math.floor(began / width) > math.floor(now / width) - BUCKETS then
        put(bucket, began)
      end
    end
  end
  put(delta, now)
end

-- From state to state

local function move(to, to_epoch, why, who)
  state, epoch, since, cause, by = to, to_epoch, now, why, who
end

local function decide(in_epoch)
  if newer(in_epoch, decided) then
    decided = newer(in_epoch, epoch) and epoch or in_epoch
    decided_guessed = false
  end
end

local function open_time(retry_after)
  if retry_after > 0 then
    return math.min(retry_after, set.longest_retry_after)
  end
  local grown = set.timeout
  for _ = 1, math.min(relapses, 1000) do
    if set.growth <= 1 or grown >= set.longest then
      break
    end
    grown = grown * set.growth
  end
  if relapses > 0 and set.growth > 1 then
    grown = grown * (1 + 0.1 * ((epoch % 1048576) * 2654435761 % 4294967296 / 4294967296.0))
  end
  return math.max(set.timeout, math.min(math.floor(grown), set.longest))
end

local function forget()
  window = {}
  troubled, troubled_count = {}, 0
end

local function open(why, retry_after)
  forget()
  move('OPEN', following(epoch), why, '')
  decide(epoch)
  ends = now + open_time(retry_after)
end

local function close(why, who)
  forget()
  trial_successes = 0
  -- A recovery that fails while calls are still let in by degrees failed like any other.
  if why == 'RESET' or set.ramp_up == 0 then
    relapses = 0
  end
  move('CLOSED', following(epoch), why, who)
  decide(epoch)
end

local function start()
  if blank then
    blank = false
    since = now
    seen = now
  end
end

-- After a long silence, or when it went back, the clock may be another server's. And so until that is clear.
local function uncertain()
  return doubted ~= 0 or now < seen - SILENCE or now > seen + SILENCE
end

-- Whether calls were let in by degrees when somebody spoke last.
local function rising()
  return state == 'CLOSED' and cause == 'RECOVERED' and seen - since < set.ramp_up
end

local function shift(by)
  ends = ends + by
  since = since + by
  if hold_off ~= 0 then
    hold_off = hold_off + by
  end
  for lease, ending in pairs(leases) do
    leases[lease] = ending + by
  end
end

local function advance()
  for lease, ending in pairs(leases) do
    leases[lease] = math.min(ending, now + LEASE)
    if ending <= now then
      leases[lease] = nil
      leases_out = leases_out - 1
    end
  end
  for instance, ending in pairs(troubled) do
    troubled[instance] = math.min(ending, now + set.window)
    if ending <= now then
      troubled[instance] = nil
      troubled_count = troubled_count - 1
    end
  end
  -- What lies more than a whole window ahead was counted by another server's clock.
  for at, bucket in pairs(window) do
    if bucket_width > 0 and bucket.index > math.floor(now / bucket_width) + BUCKETS then
      window[at] = nil
    end
  end
  hold_off = math.min(hold_off, now + HOLD_OFF)
  since = math.min(since, now)
  ends = math.min(ends, now + longest(state))
  if state == 'OPEN' and now >= ends then
    move('HALF_OPEN', following(epoch), 'ELAPSED', '')
    ends = now + set.half_open
    trial_successes = 0
    grant_here()
  elseif state == 'HALF_OPEN' and now >= ends then
    relapses = relapses + 1
    open('NO_VERDICT', -1)
  end
end

local function finite()
  return order.mode ~= '' and not order.endless
end

local function hold_order()
  if finite() then
    local back = now < order.seen - SILENCE
    if back or now > order.seen + SILENCE then
      if back then
        order.ends = order.ends + now - order.seen
      end
      order.doubted = now
    end
    order.seen = now
  end
end

-- One that was away and says that it is over is right: what was told before may have waited in a server that was stopped.
local function measured(told, was_away)
  if order.doubted == 0
    or now - order.doubted > SILENCE
    or told.version ~= order.version
    or told.remaining == ENDLESS then
    return
  end
  if told.mode == '' and was_away then
    -- Of another one with the same number, ordered where there was no store to tell, it says nothing.
    if line(told.who) == order.who and line(told.reason) == order.reason then
      order.ends = math.min(order.ends, now)
    end
  else
    order.ends = math.max(order.ends, now + told.remaining)
  end
end

-- The clock is not believed, from now on unless it was doubted lately.
local function doubt()
  if doubted == 0 or now < doubted or now > doubted + SILENCE then
    doubted = now
  end
end

-- Where nobody spoke for long, holders of permits could not renew them: none is given before they have reported.
local function speak()
  if state ~= 'CLOSED' and math.abs(now - seen) > LEASE - HOLD_OFF then
    hold_off = now + HOLD_OFF
  end
  doubted = 0
  seen = now
end

-- Begins an operation that tells nothing of the time left. False when the clock is not to be trusted.
local function begin()
  hold_order()
  start()
  if uncertain() and (state ~= 'CLOSED' or rising()) then
    doubt()
    return false
  end
  if uncertain() then
    since = since + now - seen
  end
  speak()
  advance()
  return true
end

local function verdict(sum)
  local enough_calls = sum.calls >= set.calls
  local count = sum.failures >= set.failures
  local rate = enough_calls and sum.failures > 0 and sum.failures >= set.rate * sum.calls
  if set.either and (count or rate) or not set.either and count and rate then
    return 'FAILURES'
  end
  if set.watches_slowness and enough_calls and sum.slow > 0 and sum.slow >= set.slow_rate * sum.calls then
    return 'SLOWNESS'
  end
  return nil
end

local function trouble(instance)
  if troubled[instance] or troubled_count < set.instances then
    if not troubled[instance] then
      troubled_count = troubled_count + 1
    end
    troubled[instance] = now + set.window
  end
end

local function ramping()
  return state == 'CLOSED' and cause == 'RECOVERED' and now - since < set.ramp_up
end

local function count(instance, counted_in, delta)
  if state ~= 'CLOSED' or counted_in ~= epoch then
    return false
  end
  if set.instances > 1 and (delta.failures > 0 or delta.slow > 0) then
    trouble(instance)
  end
  if delta.calls == 0 and delta.failures == 0 and delta.slow == 0 then
    return true
  end
  add(delta)
  if delta.failures > 0 then
    last_failure = math.floor(now / 1000)
  end
  local sum = counted()
  local is_ramping = ramping()
  local why = verdict(sum)
  if is_ramping and delta.failures > 0 then
    why = 'RELAPSE'
  end
  if why and (troubled_count >= set.instances or set.instances <= 1) then
    opened_failures = sum.failures
    opened_successes = math.max(0, sum.calls - sum.failures)
    relapses = is_ramping and relapses + 1 or 0
    open(why, delta.retry_after)
  end
  return true
end

-- The fleet's size, see dev.resilience.breaker.Headcount

local function head(since_last)
  local present = math.floor(now / 10000)
  if present ~= heads_bucket then
    heads_before = present == heads_bucket + 1 and heads or 0
    heads = 0
    heads_bucket = present
  end
  heads = heads + math.max(0, math.min(since_last, 20000))
end

local function pace()
  local instances = math.floor(math.max(heads_before, heads) / 10000)
  local longest = math.max(1000, math.min(15000, math.floor(set.window / 10)))
  return math.max(1000, math.min(longest, instances * 2))
end

-- Orders of a mode

local function obey(told)
  if newer(told.version, order.version) then
    order = told
    order.ends = now + told.remaining
    order.endless = told.remaining == ENDLESS
    order.seen = now
    order.doubted = 0
  end
end

local function order_left()
  if order.mode == '' then
    return 0
  end
  return order.endless and ENDLESS or math.max(0, order.ends - now)
end

-- What is written, told and answered

local function visible()
  local failures, successes = opened_failures, opened_successes
  if state == 'CLOSED' then
    local sum = counted()
    failures = sum.failures
    successes = math.max(0, sum.calls - sum.failures)
  elseif state == 'HALF_OPEN' then
    successes = trial_successes
  end
  return {
    state = state,
    failures = failures,
    successes = successes,
    quota = math.max(0, set.quota - leases_out),
    remaining = state == 'CLOSED' and 0 or math.max(0, ends - now)
  }
end

local function ledger(touched)
  local hash = {
    state = state,
    epoch = text(epoch),
    decided = text(decided),
    since = text(since),
    ends = text(ends),
    longest = text(math.max(longest(state), ends - now)),
    cause = cause,
    by = by,
    opened_failures = text(opened_failures),
    opened_successes = text(opened_successes),
    trial_successes = text(trial_successes),
    relapses = text(relapses),
    hold_off = text(hold_off),
    last_failure = text(last_failure),
    bucket = text(bucket_width),
    seen = text(seen),
    heads_bucket = text(heads_bucket),
    heads = text(heads),
    heads_before = text(heads_before),
    touched = text(touched)
  }
  if decided_guessed then
    hash.decided_guessed = '1'
  end
  if doubted ~= 0 then
    hash.doubted = text(doubted)
  end
  if granting.server ~= '' then
    hash.server = granting.server
    hash.granted = text(granting.at)
  end
  if order.version > 0 then
    hash.order_version = text(order.version)
    hash.order_mode = order.mode
    hash.order_reason = order.reason
    hash.order_who = order.who
    hash.order_ends = order.endless and 'never' or text(order.ends)
    if finite() then
      hash.order_seen = text(order.seen)
      if order.doubted ~= 0 then
        hash.order_doubted = text(order.doubted)
      end
    end
  end
  for at, bucket in pairs(window) do
    hash['w:' .. text(at)] =
      text(bucket.index) .. ' ' .. text(bucket.calls) .. ' ' .. text(bucket.failures) .. ' ' .. text(bucket.slow)
  end
  for lease, ending in pairs(leases) do
    hash['l:' .. lease] = text(ending)
  end
  for instance, ending in pairs(troubled) do
    hash['t:' .. instance] = text(ending)
  end
  return hash
end

local function write(hash)
  local changed, gone = {}, {}
  for field, value in pairs(hash) do
    if before[field] ~= value then
      changed[#changed + 1] = field
      changed[#changed + 1] = value
    end
  end
  for field in pairs(before) do
    if hash[field] == nil then
      gone[#gone + 1] = field
    end
  end
  -- In parts: what a call may be given at once is limited.
  for i = 1, #changed, 1000 do
    redis.call('HSET', KEYS[1], unpack(changed, i, math.min(i + 999, #changed)))
  end
  for i = 1, #gone, 1000 do
    redis.call('HDEL', KEYS[1], unpack(gone, i, math.min(i + 999, #gone)))
  end
end

-- What calls meet: a mode that was ordered holds the state.
local HELD = { FORCED_OPEN = 'OPEN', FORCED_CLOSED = 'CLOSED', DISABLED = 'CLOSED' }

local function in_force(view)
  return order_left() ~= 0 and HELD[order.mode] or view.state
end

-- People and their scripts read these keys, and may have written or removed them: they are held to the ledger.
local function show(view, refresh, keep)
  local shown = { in_force(view), text(view.failures), text(view.successes), text(last_failure), text(view.quota) }
  local there = redis.call('MGET', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
  for i = 1, #shown do
    if refresh or there[i] ~= shown[i] then
      redis.call('SET', KEYS[i + 1], shown[i], 'PX', text(keep))
    end
  end
end

-- While it is not clear how much time is left: no less than until it will be, and no more than when somebody spoke last.
local function unclear()
  return math.max(0, doubted + HOLD_OFF - now, ends - math.max(now, seen))
end

local function answer(accepted)
  local left = order_left()
  local keep = KEEP
  if left ~= 0 then
    -- A mode is kept over long absences of the whole fleet.
    keep = math.max(KEEP, 30 * 86400000, left)
  end
  local touched = number('touched')
  local refresh = now - touched >= KEEP / 24 or now < touched or order.version ~= order_before
  write(ledger(refresh and now or touched))
  if refresh then
    redis.call('PEXPIRE', KEYS[1], text(keep))
  end
  local view = visible()
  -- An order that ends is not shown for long where nobody is there to see it end.
  show(view, refresh, left > 0 and math.max(KEEP, left) or keep)
  local age = math.max(0, now - since)
  if doubted ~= 0 then
    age = 0
    if state ~= 'CLOSED' then
      view.remaining = unclear()
    end
  end
  local figures = {
    view.state, text(epoch), text(view.remaining), text(age), text(view.failures),
    text(view.successes), text(view.quota), text(last_failure), text(pace()), cause, service, by,
    text(order.version), left == 0 and '' or order.mode, text(left), order.reason, order.who,
    doubted ~= 0 and '1' or '0', text(decided)
  }
  if epoch ~= epoch_before or state ~= state_before or order.version ~= order_before then
    redis.call('PUBLISH', channel, table.concat(figures, '\n'))
  end
  table.insert(figures, 1, accepted and '1' or '0')
  return figures
end
