-- The machine that every operation shares: what dev.resilience.breaker.Ledger does, step for step, on the server's clock.
-- All times are milliseconds. The ledger is one hash, so that it is lost whole or not at all; the other keys show it to people.
--
-- KEYS  1 ledger  2 state  3 failures  4 successes  5 last_failure  6 half_open_quota
-- ARGV  1 now (tests only, else empty)  2 channel  3 service  4 lease  5 hold-off  6 keep  7.. settings  21.. the operation's own

local now
if ARGV[1] ~= '' then
  now = tonumber(ARGV[1])
else
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local channel, service = ARGV[2], ARGV[3]
local LEASE, HOLD_OFF, KEEP = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local set = {
  failures = tonumber(ARGV[7]),
  rate = tonumber(ARGV[8]),
  either = ARGV[9] == '1',
  window = tonumber(ARGV[10]),
  timeout = tonumber(ARGV[11]),
  quota = tonumber(ARGV[12]),
  successes = tonumber(ARGV[13]),
  half_open = tonumber(ARGV[14]),
  calls = tonumber(ARGV[15]),
  watches_slowness = ARGV[16] == '1',
  slow_rate = tonumber(ARGV[17]),
  growth = tonumber(ARGV[18]),
  longest = tonumber(ARGV[19]),
  longest_retry_after = tonumber(ARGV[20])
}

local BUCKETS = 20
local CAUTION = { CLOSED = 0, HALF_OPEN = 1, OPEN = 2 }

local function text(number)
  return string.format('%.0f', number)
end

-- What is stored

local function stored(key)
  local fields = redis.pcall('HGETALL', key)
  if fields.err then
    redis.call('DEL', key)
    return {}
  end
  local hash = {}
  for i = 1, #fields, 2 do
    hash[fields[i]] = fields[i + 1]
  end
  return hash
end

local before = stored(KEYS[1])

local function number(field)
  return tonumber(before[field] or '') or 0
end

local blank = CAUTION[before.state or ''] == nil
if blank then
  before = {}
end

local state = before.state or 'CLOSED'
local epoch = number('epoch')
local since = number('since')
local ends = number('ends')
local cause = before.cause or 'START'
local by = before.by or ''
local opened_failures = number('opened_failures')
local opened_successes = number('opened_successes')
local trial_successes = number('trial_successes')
local relapses = number('relapses')
local hold_off = number('hold_off')
local last_failure = number('last_failure')
local bucket_width = number('bucket')
local window = {}
local leases, leases_out = {}, 0

for field, value in pairs(before) do
  local kind = string.sub(field, 1, 2)
  if kind == 'w:' then
    local index, calls, failures, slow = string.match(value, '^(%d+) (%d+) (%d+) (%d+)$')
    if index then
      window[tonumber(string.sub(field, 3))] =
        { index = tonumber(index), calls = tonumber(calls), failures = tonumber(failures), slow = tonumber(slow) }
    end
  elseif kind == 'l:' then
    leases[string.sub(field, 3)] = tonumber(value) or 0
    leases_out = leases_out + 1
  end
end

local epoch_before, state_before = epoch, state

-- The window

local function counted()
  local sum = { calls = 0, failures = 0, slow = 0 }
  if bucket_width > 0 then
    local newest = math.floor(now / bucket_width)
    for _, bucket in pairs(window) do
      if bucket.index > newest - BUCKETS then
        sum.calls = sum.calls + bucket.calls
        sum.failures = sum.failures + bucket.failures
        sum.slow = sum.slow + bucket.slow
      end
    end
  end
  return sum
end

local function put(delta)
  local index = math.floor(now / bucket_width)
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
    local carried = counted()
    window = {}
    bucket_width = width
    if carried.calls ~= 0 or carried.failures ~= 0 or carried.slow ~= 0 then
      put(carried)
    end
  end
  put(delta)
end

-- From state to state

local function move(to, to_epoch, why, who)
  state, epoch, since, cause, by = to, to_epoch, now, why, who
end

local function open_time(retry_after)
  if retry_after > 0 then
    return math.min(retry_after, set.longest_retry_after)
  end
  local grown = set.timeout
  for _ = 1, relapses do
    if set.growth <= 1 or grown >= set.longest then
      break
    end
    grown = grown * set.growth
  end
  return math.max(set.timeout, math.min(math.floor(grown), set.longest))
end

local function open(why, retry_after)
  window = {}
  move('OPEN', epoch + 1, why, '')
  ends = now + open_time(retry_after)
end

local function close(why, who)
  window = {}
  relapses = 0
  trial_successes = 0
  move('CLOSED', epoch + 1, why, who)
end

local function start()
  if blank then
    blank = false
    since = now
  end
end

local function advance()
  for lease, ending in pairs(leases) do
    if ending <= now then
      leases[lease] = nil
      leases_out = leases_out - 1
    end
  end
  if state == 'OPEN' and now >= ends then
    move('HALF_OPEN', epoch + 1, 'ELAPSED', '')
    ends = now + set.half_open
    trial_successes = 0
  elseif state == 'HALF_OPEN' and now >= ends then
    relapses = relapses + 1
    open('NO_VERDICT', -1)
  end
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

local function count(counted_in, delta)
  if state ~= 'CLOSED' or counted_in ~= epoch then
    return false
  end
  if delta.calls == 0 and delta.failures == 0 and delta.slow == 0 then
    return true
  end
  add(delta)
  if delta.failures > 0 then
    last_failure = math.floor(now / 1000)
  end
  local sum = counted()
  local why = verdict(sum)
  if why then
    opened_failures = sum.failures
    opened_successes = math.max(0, sum.calls - sum.failures)
    open(why, delta.retry_after)
  end
  return true
end

-- What is written, told and answered

local function seen()
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
    since = text(since),
    ends = text(ends),
    cause = cause,
    by = by,
    opened_failures = text(opened_failures),
    opened_successes = text(opened_successes),
    trial_successes = text(trial_successes),
    relapses = text(relapses),
    hold_off = text(hold_off),
    last_failure = text(last_failure),
    bucket = text(bucket_width),
    touched = text(touched)
  }
  for at, bucket in pairs(window) do
    hash['w:' .. text(at)] =
      text(bucket.index) .. ' ' .. text(bucket.calls) .. ' ' .. text(bucket.failures) .. ' ' .. text(bucket.slow)
  end
  for lease, ending in pairs(leases) do
    hash['l:' .. lease] = text(ending)
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
  if #changed > 0 then
    redis.call('HSET', KEYS[1], unpack(changed))
  end
  if #gone > 0 then
    redis.call('HDEL', KEYS[1], unpack(gone))
  end
end

-- People and their scripts read these keys, and may have written or removed them: they are held to the ledger.
local function show(view, refresh)
  local shown = { view.state, text(view.failures), text(view.successes), text(last_failure), text(view.quota) }
  local there = redis.call('MGET', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
  for i = 1, #shown do
    if refresh or there[i] ~= shown[i] then
      redis.call('SET', KEYS[i + 1], shown[i], 'PX', KEEP)
    end
  end
end

local function answer(accepted)
  local touched = number('touched')
  local refresh = now - touched >= KEEP / 24 or now < touched
  write(ledger(refresh and now or touched))
  if refresh then
    redis.call('PEXPIRE', KEYS[1], KEEP)
  end
  local view = seen()
  show(view, refresh)
  local pace = 1000
  local figures = {
    view.state, text(epoch), text(view.remaining), text(math.max(0, now - since)), text(view.failures),
    text(view.successes), text(view.quota), text(last_failure), text(pace), cause, service, by
  }
  if epoch ~= epoch_before or state ~= state_before then
    redis.call('PUBLISH', channel, table.concat(figures, '\n'))
  end
  table.insert(figures, 1, accepted and '1' or '0')
  return figures
end
